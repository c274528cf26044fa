/* spawn.h: starts the core and the workers, each in a process group of its own. */
#ifndef FRAMEBROKER_KEEPER_SPAWN_H
#define FRAMEBROKER_KEEPER_SPAWN_H
#include <sys/types.h>

#define SPAWN_PATH 4096

/* Where a program of ours lies: in $FRAMEBROKER_LIBEXEC, else beside this program, else where it was installed. 0, or
 * -ENOENT with error text. */
int spawn_find(const char *program, char ret_path[SPAWN_PATH]);

/* Starts the core with argv; each of fds that is not -1 stays open in it under its number. Returns the pid once the
 * program runs, or a negative errno with error text. */
pid_t spawn_core(const char *path, char *const argv[], const int *fds, size_t fd_count);

/* Starts a worker as "program name 3": its socket is descriptor 3, what it prints goes to error_fd, it has nothing else
 * of ours. As spawn_core(). */
pid_t spawn_worker(const char *program, const char *name, int socket, int error_fd);

#endif
