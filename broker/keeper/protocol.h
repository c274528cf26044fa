/* protocol.h: the messages between keeper and core, over their SOCK_SEQPACKET pair: a head of one fixed size, and
 * behind that of some a blob, which the keeper does not read. */
#ifndef FRAMEBROKER_KEEPER_PROTOCOL_H
#define FRAMEBROKER_KEEPER_PROTOCOL_H
#include <stddef.h>
#include <stdint.h>

/* The core's exit status when trying again would not help: a broken configuration, a socket that another broker holds.
 */
#define KEEPER_CORE_REFUSED 78
#define KEEPER_CORE_ANEW 79 /* it has made way for another: start that at once */

#define KEEPER_TEXT 512
#define KEEPER_BLOB (64 * 1024)
#define KEEPER_FDS 112 /* the objects of one generation: a page for each of LIMIT_READERS, and seven more */

enum keeper_type {
	/* Core to keeper; the answer in brackets */
	KEEPER_LISTEN = 1, /* text: the socket's path; mode, gid (-1: as it is) [LISTENING or FAILED] */
	KEEPER_RECALL,     /* the next of the records that are kept [KEPT, or KEPT_END] */
	KEEPER_READY,  /* clients are served; number: how log lines look, text: the broker's keys, for the next core;
			* value:  orphan_timeout in nanoseconds */
	KEEPER_CONFIG, /* fd: a file with the configuration in force, for the next core */
	KEEPER_SPAWN,  /* id, program, text: the name; fds: the worker's socket, its standard error [STARTED or FAILED]
			*/
	KEEPER_KILL,   /* id: ends it at once [DIED] */
	KEEPER_BURIED, /* id: its DIED has arrived, and the records say so */
	KEEPER_KEEP,   /* value: a key, blob, fds: the record for the next core, in place of one with that key */
	KEEPER_DROP,   /* value: the key */
	KEEPER_FORGET, /* drops all records, and ends all workers */
	/* Keeper to core */
	KEEPER_LISTENING, /* text: the path; fd: the listening socket */
	KEEPER_STARTED,   /* id, number: the pid */
	KEEPER_FAILED,    /* id (0: LISTEN), number: an errno, text: why */
	KEEPER_DIED,      /* id, number: the status of waitpid(); from KEPT_END on */
	KEEPER_KEPT,      /* value: the key, blob, fds */
	KEEPER_KEPT_END,  /* that were all; number: an errno where some could not be kept, blob: struct keeper_child of
			   * each worker that a core before this one started, and whose end was told to none */
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
	uint32_t blob_size; /* filled by keeper_send_blob() */
	uint64_t value;
	char text[KEEPER_TEXT];
};

struct keeper_child { /* in the blob of KEPT_END */
	uint32_t id;
	int32_t pid;
	int32_t dead, status; /* dead: 1, with the status of waitpid(); else 0 */
};

struct keeper_packet { /* a received message */
	struct keeper_message message;
	int fds[KEEPER_FDS]; /* the receiver's to take or close; -1: none */
	size_t fd_count;
	uint8_t blob[KEEPER_BLOB];
};

/* Sends one message without waiting; the fds stay the caller's. -EAGAIN: the other side reads nothing; -EPIPE: it is
 * gone. */
int keeper_send(int socket, const struct keeper_message *message, const int *fds, size_t fd_count);

/* The same with a blob of at most KEEPER_BLOB bytes. -EMSGSIZE: it is longer. */
int keeper_send_blob(int socket, const struct keeper_message *message, const void *blob, size_t blob_size,
		     const int *fds, size_t fd_count);

/* Receives one message without waiting. -EAGAIN: none there; -EPIPE: the other side is gone; -EPROTO with error text:
 * not a message of this protocol; -EMFILE: there was no room for its descriptors, which are lost, but its message is
 * here. */
int keeper_receive(int socket, struct keeper_packet *ret_packet);

/* Closes the descriptors that are still there. */
void keeper_packet_clear(struct keeper_packet *packet);

#endif
