/* packet_room.h: how large the ring of a source's packets is to be. */
#ifndef FRAMEBROKER_SOURCE_PACKET_ROOM_H
#define FRAMEBROKER_SOURCE_PACKET_ROOM_H
#include <libavformat/avformat.h>
#include <stdint.h>

struct packet_room {
	uint64_t bytes;
	uint32_t packets;
	int64_t reach_ns; /* how much time that is */
};

/* Room for preroll_ns and ten seconds more, in which the key frame before it lies, at one and a half times the bit rate
 * that the container tells, or else one that such pictures and sound may have. At least 4 MiB. */
struct packet_room packet_room(const AVFormatContext *format, int64_t preroll_ns);

#endif
