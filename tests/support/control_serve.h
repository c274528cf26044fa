/* control_serve.h: the core's socket server, as the rest of a process that ends with its parent. */
#ifndef TESTS_SUPPORT_CONTROL_SERVE_H
#define TESTS_SUPPORT_CONTROL_SERVE_H

/* Serves in that folder until SIGTERM; exits with 0 where nothing was left. worker: its worker's socket; ready: a byte
 * is written to it when clients may come. */
void control_serve(const char *folder, int worker, int ready) __attribute__((noreturn));

#endif
