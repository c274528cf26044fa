/* early_packets.h: copies of the packets that come before it is known which of them are wanted. */
#ifndef FRAMEBROKER_SINK_EARLY_PACKETS_H
#define FRAMEBROKER_SINK_EARLY_PACKETS_H
#include <framebroker.h>

#define EARLY_PACKETS 512

/* Zeroed before its first use. */
struct early_packets {
	struct fb_frame packets[EARLY_PACKETS]; /* data[0] and metadata are copies; they hold nothing in the ring */
	unsigned count;
};

/* Copies it, without its info; what does not fit any more is left out. */
void early_packets_add(struct early_packets *early, const struct fb_frame *packet);
void early_packets_clear(struct early_packets *early);

#endif
