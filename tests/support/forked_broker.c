/* forked_broker.c: keeper, core and workers without exec(); stands in place of keeper/spawn.c. */
#include "support/forked_broker.h"
#include "api/worker.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "core/run.h"
#include "keeper/keeper.h"
#include "keeper/spawn.h"
#include "memory/reserve.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define FIRST_FD 3

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak)); /* where it is built with that sanitizer */

static struct forked *shared;

/* ---- in the children ---- */

static void begin_child(void)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* fd becomes descriptor 3, and nothing else stays but the standard ones. */
static void keep_only(int fd)
{
	if (fd != FIRST_FD)
		dup2(fd, FIRST_FD);
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	close_range(FIRST_FD + 1, ~0u, 0);
}

static void count_gave_up(int signal)
{
	(void)signal;
	shared->gave_up++; /* and abort() goes on */
}

static _Noreturn void run_core(const char *const argv[], int fd)
{
	struct core_options options = {.keeper = FIRST_FD, .last_config = -1};
	for (size_t i = 1; argv[i]; i += 2) {
		if (!strcmp(argv[i], "--config"))
			options.config = argv[i + 1];
		else if (!strcmp(argv[i], "--socket"))
			options.socket = argv[i + 1];
		else if (!strcmp(argv[i], "--last-keys"))
			options.last_keys = argv[i + 1];
	}
	keep_only(fd);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGABRT, count_gave_up);
	reserve_prepare();
	log_to_stderr(LOG_INFO, false);
	if (shared->victim == shared->cores)
		inject_begin(&shared->inject, getpid(), shared->nth);
	int status = core_run(&options);
	if (shared->victim == shared->cores)
		inject_end();
	bool clean = !__lsan_do_recoverable_leak_check || __lsan_do_recoverable_leak_check() == 0;
	shared->ended += clean;
	_exit(clean ? status : 1);
}

static void write_pictures(fb_broker *broker, const char *stream)
{
	struct fb_worker_layout layout = {.claims = 2, .linesize = {64}};
	layout.info = (struct fb_stream_info){.media = FB_VIDEO,
					      .width = 64,
					      .height = 16,
					      .format = "gray",
					      .frame_rate = {25, 1},
					      .planes = 1,
					      .plane = {{16, 64, 1, 1}},
					      .slot_bytes = 1024};
	fb_writer *writer = NULL;
	int64_t pts_ns = 0;
	if (fb_worker_writer_open(broker, stream, &layout, &writer) < 0)
		_exit(1);
	fb_worker_report(broker, FB_LIVE, "{\"statistics\": {\"frames\": 1}}");
	while (!fb_worker_stopping(broker)) {
		struct fb_slot slot;
		if (fb_writer_claim(writer, NULL, SECOND / 100, &slot) == 0) {
			slot.pts_ns = pts_ns += 1000;
			fb_slot_publish(&slot, NULL);
		}
		usleep(5000);
	}
	fb_writer_close(&writer);
}

static _Noreturn void run_worker(bool is_source, const char *name, int socket, int error_fd)
{
	fb_broker *broker = NULL;
	char *job;
	dup2(error_fd, STDERR_FILENO);
	keep_only(socket);
	signal(SIGPIPE, SIG_IGN);
	if (fb_connect("fd:3", SECOND * 10, &broker) < 0 || fb_worker_job(broker, SECOND * 10, &job) < 0)
		_exit(1);
	free(job);
	if (is_source)
		write_pictures(broker, name);
	fb_worker_report(broker, FB_LIVE, "{}");
	while (!fb_worker_stopping(broker))
		usleep(5000);
	fb_worker_report(broker, FB_ENDED, "{}");
	fb_close(&broker);
	_exit(0);
}

/* ---- keeper/spawn.h ---- */

int spawn_find(const char *program, char ret_path[SPAWN_PATH])
{
	snprintf(ret_path, SPAWN_PATH, "%s", program);
	return 0;
}

pid_t spawn_core(const char *path, char *const argv[], const int *fds, size_t fd_count)
{
	(void)path;
	(void)fd_count;
	shared->cores++;
	pid_t pid = fork();
	if (pid == 0) {
		begin_child();
		run_core((const char *const *)argv, fds[0]);
	}
	if (pid < 0)
		return error_set_errno(errno, "fork");
	setpgid(pid, pid);
	shared->core = pid;
	return pid;
}

pid_t spawn_worker(const char *program, const char *name, int socket, int error_fd)
{
	pid_t pid = fork();
	if (pid == 0) {
		begin_child();
		run_worker(!strcmp(program, "framebroker-source"), name, socket, error_fd);
	}
	if (pid < 0)
		return error_set_errno(errno, "fork");
	setpgid(pid, pid);
	return pid;
}

/* ---- for the tests ---- */

void forked_broker_create(struct forked_broker *broker, const char *config)
{
	*broker = (struct forked_broker){.folder = "/tmp/forked-broker-XXXXXX"};
	broker->shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(broker->shared, MAP_FAILED);
	shared = broker->shared;
	assert_non_null(mkdtemp(broker->folder));
	snprintf(broker->path, sizeof broker->path, "%s/socket", broker->folder);
	snprintf(broker->log, sizeof broker->log, "%s/log", broker->folder);
	snprintf(broker->config, sizeof broker->config, "%s/config.yaml", broker->folder);
	FILE *file = fopen(broker->config, "we");
	assert_non_null(file);
	fprintf(file, config, broker->folder); // NOLINT: the test's own format
	fclose(file);
}

void forked_broker_destroy(struct forked_broker *broker)
{
	char runtime[96];
	snprintf(runtime, sizeof runtime, "%s/runtime", broker->folder);
	unlink(runtime);
	unlink(broker->log);
	unlink(broker->config);
	assert_int_equal(rmdir(broker->folder), 0);
	munmap(broker->shared, sizeof *broker->shared);
}

static _Noreturn void run_keeper(const struct forked_broker *broker, int ready)
{
	const struct keeper_options options = {
		.config = broker->config, .socket = broker->path, .private_fd = -1, .ready_fd = ready};
	int log = open(broker->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	dup2(log, STDERR_FILENO);
	fd_close(&log);
	log_to_stderr(LOG_WARNING, false);
	_exit(keeper_run(&options));
}

bool forked_broker_start(struct forked_broker *broker)
{
	int ready[2];
	char bytes[16];
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	broker->shared->cores = broker->shared->ended = broker->shared->gave_up = broker->shared->killed = 0;
	broker->keeper = fork();
	if (broker->keeper == 0) {
		close(ready[0]);
		run_keeper(broker, ready[1]);
	}
	close(ready[1]);
	ssize_t size = read(ready[0], bytes, sizeof bytes);
	close(ready[0]);
	return size > 0;
}

bool forked_broker_end(struct forked_broker *broker)
{
	int status = 0;
	kill(broker->keeper, SIGTERM);
	waitpid(broker->keeper, &status, 0);
	broker->keeper = 0;
	unsigned accounted = broker->shared->ended + broker->shared->gave_up + broker->shared->killed;
	return WIFEXITED(status) && broker->shared->cores == accounted && access(broker->path, F_OK) < 0;
}

void forked_broker_show_log(const struct forked_broker *broker)
{
	char bytes[4096];
	FD_AUTO log = open(broker->log, O_RDONLY | O_CLOEXEC);
	for (ssize_t size; (size = read(log, bytes, sizeof bytes)) > 0;)
		fwrite(bytes, 1, (size_t)size, stderr);
}
