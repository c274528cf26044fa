/* lock.h: SOCKET.lock, held by the one broker that serves the socket. */
#ifndef FRAMEBROKER_KEEPER_LOCK_H
#define FRAMEBROKER_KEEPER_LOCK_H

/* Locks the file beside the socket and writes our pid to it. The lock ends with the descriptor, a dead broker's has
 * ended already. *ret_fd is the caller's to close; -EADDRINUSE with error text: a live broker holds it. */
int lock_take(const char *socket_path, int *ret_fd);

/* Removes the file while the lock is still held. */
void lock_remove(const char *socket_path);

#endif
