/* protocol.h: the messages between keeper and core, of one fixed size, over their SOCK_SEQPACKET pair. */
#ifndef FRAMEBROKER_KEEPER_PROTOCOL_H
#define FRAMEBROKER_KEEPER_PROTOCOL_H
#include <stddef.h>
#include <stdint.h>

/* The core's exit status when trying again would not help: a broken configuration, a socket that another broker holds.
 */
#define KEEPER_CORE_REFUSED 78

#define KEEPER_TEXT 512
#define KEEPER_FDS 2

enum keeper_type {
	/* Core to keeper; the answer in brackets */
	KEEPER_LISTEN = 1, /* text: the socket's path; mode, gid (-1: as it is) [LISTENING or FAILED] */
	KEEPER_READY, /* clients are served; number: how log lines look, text: the broker's keys, for the next core */
	KEEPER_SPAWN, /* id, program, text: the name; fds: the worker's socket, its standard error [STARTED or FAILED]
		       */
	KEEPER_KILL,  /* id: ends it at once [DIED] */
	/* Keeper to core */
	KEEPER_LISTENING, /* text: the path; fd: the listening socket */
	KEEPER_STARTED,   /* id, number: the pid */
	KEEPER_FAILED,    /* id (0: LISTEN), number: an errno, text: why */
	KEEPER_DIED,      /* id, number: the status of waitpid() */
	KEEPER_RELOAD,
	KEEPER_STOP,
	KEEPER_TYPE_END
};

enum keeper_log { KEEPER_LOG_TEXT, KEEPER_LOG_JSON };

/* A program is named by number: no path ever comes from a message. */
enum keeper_program { KEEPER_SOURCE, KEEPER_SINK, KEEPER_PROGRAM_END };

struct keeper_message {
	uint32_t magic, type; /* magic is filled by keeper_send() */
	uint32_t id;          /* of the worker: the core's number for it, never 0 */
	int32_t number;
	uint32_t program, mode, gid;
	char text[KEEPER_TEXT];
};

/* Sends one message without waiting; the fds stay the caller's. -EAGAIN: the other side reads nothing; -EPIPE: it is
 * gone. */
int keeper_send(int socket, const struct keeper_message *message, const int *fds, size_t fd_count);

/* Receives one message without waiting. *ret_fds holds the descriptors that came, the caller's to close, else -1.
 * -EAGAIN: none there; -EPIPE: the other side is gone; -EPROTO with error text: not a message of this protocol. */
int keeper_receive(int socket, struct keeper_message *ret_message, int ret_fds[KEEPER_FDS]);

#endif
