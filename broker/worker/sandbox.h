/* sandbox.h: the key `sandbox: strict`: from here on the process reaches nothing but what its job names, whatever the
 * bytes that it parses make of it. Landlock bounds the files, a list of system calls the rest. */
#ifndef FRAMEBROKER_WORKER_SANDBOX_H
#define FRAMEBROKER_WORKER_SANDBOX_H
#include "media/reach.h"

/* 0, or -EINVAL with why not: then nothing may be opened, as what was asked for is not given. Whether this machine can
 * do it, and nothing else. */
int sandbox_check(struct media_error *ret_error);

/* Confines the process, for good. To be called while it has one thread, and before anything of the input is read. 0, or
 * -EINVAL as sandbox_check(), also where a path is not there. */
int sandbox_enter(const struct reach *reach, struct media_error *ret_error);

#endif
