/* packet_room.h: how large a ring of packets is to be. */
#ifndef FRAMEBROKER_MEDIA_PACKET_ROOM_H
#define FRAMEBROKER_MEDIA_PACKET_ROOM_H
#include <stdint.h>

struct packet_room {
	uint64_t bytes;
	uint32_t packets;
	int64_t reach_ns; /* how much time that is */
};

/* Room for preroll_ns and ten seconds more, in which the key frame before it lies, at one and a half times what comes
 * in a second. At least 4 MiB. */
struct packet_room packet_room(double bits_a_second, double packets_a_second, int64_t preroll_ns);

#endif
