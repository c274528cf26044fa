/* role_page.c: the page, and how long calls take. */
#include "role_page.h"
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static atomic_uint stops;

struct role_page *role_page_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *page =
		fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct role_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	close(fd);
	return page;
}

int64_t role_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct role_call role_call_begin(void)
{
	return (struct role_call){.begin_ns = role_now_ns(), .stops = atomic_load(&stops)};
}

void role_call_end(struct role_page *page, const struct role_call *call, int64_t timeout_ns)
{
	int64_t late_ns = role_now_ns() - call->begin_ns - timeout_ns;
	if (call->stops == atomic_load(&stops) && late_ns > 0 && (uint64_t)late_ns > page->late_ns)
		page->late_ns = (uint64_t)late_ns;
}

static void on_continue(int number)
{
	(void)number;
	atomic_fetch_add(&stops, 1);
}

void role_watch_stops(void)
{
	sigaction(SIGCONT, &(struct sigaction){.sa_handler = on_continue}, NULL);
}
