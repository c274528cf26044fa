/* available.h: whether there is memory for a ring, before any of it is taken. */
#ifndef FRAMEBROKER_MEMORY_AVAILABLE_H
#define FRAMEBROKER_MEMORY_AVAILABLE_H
#include <stdbool.h>
#include <stdint.h>

/* Bytes that processes may still take, by the machine's MemAvailable and the limits of our cgroups (v2) up the tree;
 * UINT64_MAX where neither tells. Reads /proc and /sys. */
uint64_t available_memory(void);

/* Bytes free in /dev/shm; 0 where there is none. */
uint64_t available_shm(void);

struct available_need {
	const char *stream; /* for the sentence */
	uint64_t bytes;
	bool shm;             /* taken from /dev/shm */
	uint64_t limit, used; /* memory_limit, and what all streams have of it */
};

/* 0, or -ENOSPC with a sentence: needed, free, and how to mend it. */
int available_check(const struct available_need *need);

#endif
