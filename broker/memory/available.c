/* available.c: reads what the machine, our cgroups and /dev/shm still have. */
#include "memory/available.h"
#include "base/error.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

/* The number in a file of one number; "max" and what cannot be read is UINT64_MAX. */
static uint64_t read_number(const char *directory, const char *name)
{
	char path[4352];
	uint64_t number = UINT64_MAX;
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	if (!file)
		return UINT64_MAX;
	if (fscanf(file, "%" SCNu64, &number) != 1)
		number = UINT64_MAX;
	fclose(file);
	return number;
}

/* The number behind a word at a line's beginning; 0 where there is none. */
static uint64_t read_entry(const char *directory, const char *name, const char *word)
{
	char path[4352], line[256];
	uint64_t number = 0;
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof line, file)) {
		if (strncmp(line, word, strlen(word)) == 0) {
			number = strtoull(line + strlen(word), NULL, 10);
			break;
		}
	}
	fclose(file);
	return number;
}

/* What is left in one cgroup; pages of files are given back when others need them. */
static uint64_t left_in_cgroup(const char *directory)
{
	uint64_t max = read_number(directory, "memory.max"), used = read_number(directory, "memory.current");
	if (max == UINT64_MAX || used == UINT64_MAX)
		return UINT64_MAX;
	uint64_t files = read_entry(directory, "memory.stat", "inactive_file ") +
			 read_entry(directory, "memory.stat", "active_file ");
	used -= files < used ? files : used;
	return max > used ? max - used : 0;
}

static uint64_t left_in_cgroups(void)
{
	char line[4096 + 8], directory[sizeof CGROUP_ROOT + sizeof line];
	uint64_t left = UINT64_MAX;
	FILE *file = fopen("/proc/self/cgroup", "re");
	if (!file)
		return left;
	directory[0] = '\0';
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			snprintf(directory, sizeof directory, CGROUP_ROOT "%s", line + 3);
	}
	fclose(file);
	while (strlen(directory) >= strlen(CGROUP_ROOT)) {
		uint64_t here = left_in_cgroup(directory);
		left = here < left ? here : left;
		*strrchr(directory, '/') = '\0';
	}
	return left;
}

uint64_t available_memory(void)
{
	uint64_t kib = read_entry("/proc", "meminfo", "MemAvailable:"), cgroups = left_in_cgroups();
	uint64_t machine = kib ? kib * 1024 : UINT64_MAX;
	return cgroups < machine ? cgroups : machine;
}

uint64_t available_shm(void)
{
	struct statvfs shm;
	if (statvfs("/dev/shm", &shm) < 0)
		return 0;
	return (uint64_t)shm.f_bavail * shm.f_frsize;
}

static int no_room(const struct available_need *need, uint64_t left, const char *where, const char *mend)
{
	const double mib = 1024 * 1024;
	return error_set(ENOSPC, "stream %s needs %.2f MiB, %.2f MiB are free (%s): %s", need->stream,
			 (double)need->bytes / mib, (double)left / mib, where, mend);
}

int available_check(const struct available_need *need)
{
	uint64_t left = need->limit > need->used ? need->limit - need->used : 0;
	if (need->bytes > left)
		return no_room(need, left, "of memory_limit",
			       "remove streams, lower depth/spare, or raise memory_limit");
	left = available_shm();
	if (need->shm && need->bytes > left)
		return no_room(need, left, "in /dev/shm", "make room, lower depth/spare, or set memory: memfd");
	left = available_memory();
	if (need->bytes > left)
		return no_room(need, left, "in memory", "make room, or lower depth/spare");
	return 0;
}
