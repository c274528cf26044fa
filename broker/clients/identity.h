/* identity.h: who is at the other end of a socket, as the kernel tells it. */
#ifndef FRAMEBROKER_CLIENTS_IDENTITY_H
#define FRAMEBROKER_CLIENTS_IDENTITY_H
#include <stddef.h>
#include <sys/types.h>

/* Groups: the primary one and all others. *ret_groups: free(). */
int identity_of_peer(int socket, pid_t *ret_pid, uid_t *ret_uid, gid_t **ret_groups, size_t *ret_group_count);

/* The process's command line, its words joined by spaces, UTF-8 without control characters, cut to size; "" where it
 * cannot be read. For people's eyes only: pids are used again, and a process may say what it likes. */
void identity_command(pid_t pid, char *buffer, size_t size);

#endif
