/* message.h: the control messages and their pure codec: bytes to struct and back, no I/O, no allocation.
 *
 * A message is a header (magic, type, serial, size), then fields: tag, length, bytes. Unknown fields are skipped, so that a
 * later version can add some; a missing, repeated or misshapen one refuses the message. docs/protocol.md tells who sends
 * which message when. */
#ifndef FRAMEBROKER_WIRE_MESSAGE_H
#define FRAMEBROKER_WIRE_MESSAGE_H
#include "base/limits.h"
#include <stddef.h>
#include <stdint.h>

#define WIRE_PROTOCOL 1

enum wire_type {
	/* Both ways */
	WIRE_ERROR = 1,     /* reply: error (a positive errno), text */
	WIRE_DONE,          /* reply: it is done */
	/* Client to core; the reply in brackets (or ERROR) */
	WIRE_HELLO,         /* protocol, abi, name (the program) [WELCOME] */
	WIRE_READER_OPEN,   /* name (the stream), mode, max_held, group_name [PLACE] */
	WIRE_READER_ATTACH, /* place, generation (the one it is done with, 0 at first) [GENERATION with fds, or PENDING] */
	WIRE_READER_CLOSE,  /* place [DONE] */
	WIRE_WRITER_OPEN,   /* name, text (create keys as YAML, "" for a declared stream), layout, count (claims) [GENERATION, fds; perhaps a PENDING before] */
	WIRE_WRITER_READY,  /* place: mapped; readers may attach [DONE] */
	WIRE_WRITER_CLOSE,  /* place, flags (WIRE_END_OF_STREAM) [DONE] */
	WIRE_WAIT,          /* name [LAYOUT once frames flow]; WIRE_CANCEL ends it */
	WIRE_CANCEL,        /* count: the serial of the request (WAIT, WRITER_OPEN) to forget; no reply */
	WIRE_STATUS,        /* [TEXT] */
	WIRE_EVENTS,        /* from now on EVENT messages come [DONE] */
	WIRE_ADD,           /* kind, name, text (keys) [DONE] */
	WIRE_REMOVE,        /* kind, name [DONE] */
	WIRE_RESTART,       /* kind, name [DONE] */
	WIRE_RELOAD,        /* [DONE] */
	WIRE_KICK,          /* count: the client's id [DONE] */
	WIRE_JOB,           /* a worker asks for its work [TEXT] */
	WIRE_REPORT,        /* a worker tells: state, text (one JSON object: error, statistics); no reply */
	/* Core to client */
	WIRE_WELCOME,       /* protocol, count (client id), name (the broker's version), position (a number that no broker before had: when it began) */
	WIRE_PLACE,         /* place, state */
	WIRE_GENERATION,    /* place, generation, layout; count (its number, a pool's writer too); reader: position (where to begin, 0: the newest);
	                     * a group's member: group, lead (number of the group's own place) + fds */
	WIRE_PENDING,       /* place, state: nothing newer yet; a STREAM message follows when there is. error: ENODATA at the end
	                     * WRITER_OPEN: place, name (the stream whose layout it waits for), flags (WIRE_MORE) */
	WIRE_LAYOUT,        /* state, layout */
	WIRE_TEXT,          /* text, or where it is long one fd: a sealed memfd, count bytes */
	WIRE_STREAM,        /* unasked: place, state, generation: something changed for this place */
	WIRE_EVENT,         /* unasked: text (JSON) */
	WIRE_STOP,          /* unasked, to a worker: finish in order */
	WIRE_RESUMED,       /* unasked: a new core has taken this connection over; requests without an answer are to be sent again (WIRE_AGAIN) */
	/* Client to core */
	WIRE_UPGRADE,       /* the core makes way for a new one, which answers when this comes again [DONE] */
	WIRE_TYPE_END
};

#define WIRE_MORE 2u          /* flags of PENDING: it is not the answer yet, which comes under the same serial */
#define WIRE_END_OF_STREAM 1u /* flags of WRITER_CLOSE: the stream has ended, not only this writer */
#define WIRE_AGAIN 4u         /* flags of any request: it was sent before, under this serial, perhaps to a core that has died */

#define WIRE_LAYOUT_MAX 512
#define WIRE_KIND 16

/* One struct for all messages: each type uses the fields that its line above names, the rest is zero. Pointers point into
 * the decoded buffer. */
struct wire_message {
	enum wire_type type;
	uint32_t serial; /* a reply carries its request's; 0 for what nobody asked for */
	int32_t error;
	uint32_t protocol, abi, place, generation, mode, max_held, state, count, flags;
	uint32_t group, lead;
	uint64_t position;
	char name[LIMIT_NAME + 1];
	char group_name[LIMIT_NAME + 1];
	char kind[WIRE_KIND];
	const char *text; /* text_size bytes, not terminated */
	size_t text_size;
	const void *layout;
	size_t layout_size;
};

/* Writes the message to buffer. Returns its size in bytes, or -EMSGSIZE. */
int wire_encode(const struct wire_message *message, uint8_t *buffer, size_t size);

/* Reads a message; everything is checked against the buffer's size. 0, or -EPROTO with error text. text and layout point
 * into buffer. Names are valid stream names or empty. */
int wire_decode(const uint8_t *buffer, size_t size, struct wire_message *ret_message);

/* "reader-open" …, for logs. */
const char *wire_type_name(enum wire_type type);

#endif
