/* seccomp.h: which system calls the process may still make. */
#ifndef FRAMEBROKER_WORKER_SECCOMP_H
#define FRAMEBROKER_WORKER_SECCOMP_H
#include "media/errors.h"
#include <stdbool.h>

/* 0, or -EINVAL: the kernel has no such filters. */
int seccomp_check(struct media_error *ret_error);

/* All others fail with EPERM from now on, in every thread. network: sockets of IP, too. 0, or -EINVAL with what is
 * wrong. */
int seccomp_enter(bool network, struct media_error *ret_error);

#endif
