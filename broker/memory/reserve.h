/* reserve.h: takes the memory behind an object now, so that nobody is killed by SIGBUS later.
 *
 * A cgroup at its limit kills whoever takes the page that is too much, and a gigabyte takes a quarter of a second: so a
 * short-lived child does it, and the loop hears when it is done. */
#ifndef FRAMEBROKER_MEMORY_RESERVE_H
#define FRAMEBROKER_MEMORY_RESERVE_H
#include "loop/loop.h"
#include <stddef.h>
#include <stdint.h>

struct reserve;

/* err: 0, or -ENOSPC … without text. The reserve is freed after the call. */
typedef void reserve_done_fn(void *context, int err);

#define RESERVE_FDS 2

/* While the process is still dumpable: its children will volunteer to be killed when memory runs out. Without it the
 * kernel chooses. */
void reserve_prepare(void);

/* Begins to reserve the whole of each of count <= RESERVE_FDS files. fds stay the caller's. */
int reserve_start(struct loop *loop, const int *fds, const uint64_t *bytes, size_t count, reserve_done_fn *done,
		  void *context, struct reserve **ret_reserve);

/* Ends it before it is done; done is not called. NULL is fine. */
void reserve_cancel(struct reserve *reserve);

#endif
