/* listen.h: the broker's listening socket. */
#ifndef FRAMEBROKER_KEEPER_LISTEN_H
#define FRAMEBROKER_KEEPER_LISTEN_H
#include <sys/types.h>

/* Makes the socket at path, in place of one that a dead broker left; the lock beside it must be ours. gid (gid_t)-1: as
 * it is. *ret_fd listens, does not block, and is the caller's to close. */
int listen_open(const char *path, mode_t mode, gid_t gid, int *ret_fd);

#endif
