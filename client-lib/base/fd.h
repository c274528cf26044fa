/* fd.h: file descriptors that close themselves at the end of their scope. */
#ifndef FRAMEBROKER_BASE_FD_H
#define FRAMEBROKER_BASE_FD_H

/* Closes *fd where it is >= 0 and sets it to -1; errno is kept. */
void fd_close(int *fd);

/* Gives the descriptor away: returns *fd and sets it to -1. */
int fd_take(int *fd);

#define FD_AUTO __attribute__((cleanup(fd_close))) int

#endif
