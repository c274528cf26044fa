/* backlog.h: a track's packets since its last key packet, so that decoding can begin at any time with a picture at
 * once.
 */
#ifndef FRAMEBROKER_SOURCE_BACKLOG_H
#define FRAMEBROKER_SOURCE_BACKLOG_H
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

#define BACKLOG_PACKETS 1024
#define BACKLOG_BYTES (64 << 20)

struct backlog {
	AVPacket *packets[BACKLOG_PACKETS]; /* references */
	int64_t serials[BACKLOG_PACKETS];   /* of their arrivals */
	unsigned count;
	uint64_t bytes;
	bool broken; /* the key packet is gone: nothing is kept until the next */
};

/* Keeps a reference to the packet; a key packet ends what was before. Where there are too many, none is kept. */
void backlog_add(struct backlog *backlog, const AVPacket *packet, int64_t serial);
void backlog_clear(struct backlog *backlog);

#endif
