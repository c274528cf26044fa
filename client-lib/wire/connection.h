/* connection.h: control messages and file descriptors over a Unix SOCK_SEQPACKET socket. Never blocks: poll the fd. */
#ifndef FRAMEBROKER_WIRE_CONNECTION_H
#define FRAMEBROKER_WIRE_CONNECTION_H
#include "wire/message.h"
#include <stdbool.h>

/* A received message; the fds are the caller's to close (wire_packet_clear). */
struct wire_packet {
	struct wire_message message; /* points into buffer */
	int fds[LIMIT_MESSAGE_FDS];
	size_t fd_count;
	bool fds_lost; /* some had no room in this process (ulimit -n); fd_count is 0 then */
	uint8_t buffer[LIMIT_MESSAGE];
};

/* A connected, non-blocking, close-on-exec socket, or -errno with error text (ENOENT, ECONNREFUSED: no broker there).
 */
int wire_connect(const char *path);

/* Sends one message. fds stay the caller's. -EAGAIN: the peer's queue is full; -EPIPE: it is gone; -EMSGSIZE. */
int wire_send(int socket, const struct wire_message *message, const int *fds, size_t fd_count);

/* Receives one message. -EAGAIN: none there; -EPIPE: the peer is gone; -EPROTO: garbage, too long, or descriptors that
 * were not to come. accept_fds false: no control buffer, so that a peer cannot fill our descriptor table. */
int wire_receive(int socket, struct wire_packet *ret_packet, bool accept_fds);

void wire_packet_clear(struct wire_packet *packet);

#endif
