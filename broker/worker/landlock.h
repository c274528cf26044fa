/* landlock.h: which files the process may still open. */
#ifndef FRAMEBROKER_WORKER_LANDLOCK_H
#define FRAMEBROKER_WORKER_LANDLOCK_H
#include "media/reach.h"

/* The version of the kernel's Landlock; -1 with errno: it has none, or it is switched off. */
int landlock_version(void);

/* Confines the calling thread, and those that it starts. 0, or -EINVAL with what is wrong. */
int landlock_enter(const struct reach *reach, struct media_error *ret_error);

#endif
