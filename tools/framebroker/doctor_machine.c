/* doctor_machine.c: what the machine or container gives: shared memory, memory, open files. */
#include "doctor.h"
#include "finding.h"
#include "human.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#define MIB (INT64_C(1) << 20)
#define SHARED_MEMORY_BYTES (256 * MIB) /* a handful of 1080p streams */
#define AVAILABLE_BYTES (512 * MIB)
#define OPEN_FILES 1024 /* each client and each ring costs the broker a few */

static void examine_shared_memory(json_t *findings)
{
	static const char check[] = "shared memory";
	struct statvfs shm;
	char free_text[HUMAN_SIZE], size_text[HUMAN_SIZE];
	if (statvfs("/dev/shm", &shm) < 0) {
		finding_add(findings, check, "warn", "mount a tmpfs there, or use memory: memfd",
			    "/dev/shm is not there: %s", strerror(errno));
		return;
	}
	int64_t size = (int64_t)shm.f_blocks * (int64_t)shm.f_frsize,
		left = (int64_t)shm.f_bavail * (int64_t)shm.f_frsize;
	bool enough = left >= SHARED_MEMORY_BYTES;
	finding_add(findings, check, enough ? "ok" : "warn",
		    enough ? ""
			   : "give the container more (--shm-size=1g), or use memory: memfd, which does not need it",
		    "%s of %s free in /dev/shm", human_bytes(left, free_text), human_bytes(size, size_text));
}

static int64_t available_bytes(void)
{
	char line[128];
	long long kib = -1;
	FILE *file = fopen("/proc/meminfo", "re");
	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lld kB", &kib) != 1)
			kib = -1;
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

static void examine_memory(json_t *findings)
{
	char text[HUMAN_SIZE];
	int64_t available = available_bytes();
	if (available < 0) {
		finding_add(findings, "memory", "warn", "mount /proc", "/proc/meminfo does not say what is free");
		return;
	}
	bool enough = available >= AVAILABLE_BYTES;
	finding_add(findings, "memory", enough ? "ok" : "warn",
		    enough ? "" : "fewer or smaller outputs, less depth and spare, or a machine with more memory",
		    "%s free", human_bytes(available, text));
}

static void examine_open_files(json_t *findings)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	bool enough = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= OPEN_FILES;
	finding_add(findings, "open files", enough ? "ok" : "warn",
		    enough ? "" : "ulimit -Hn 4096, or LimitNOFILE=4096", "at most %llu in a process",
		    (unsigned long long)limit.rlim_max);
}

void doctor_machine(json_t *findings)
{
	examine_shared_memory(findings);
	examine_memory(findings);
	examine_open_files(findings);
}
