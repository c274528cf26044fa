/* packet_choice.h: which track of a packet stream is meant by "the second with sound", as its packets tell what they
 * are. */
#ifndef FRAMEBROKER_SINK_PACKET_CHOICE_H
#define FRAMEBROKER_SINK_PACKET_CHOICE_H
#include <libavutil/avutil.h>
#include <stdbool.h>
#include <stdint.h>

#define PACKET_CHOICE_TRACKS 64

struct packet_choice {
	enum AVMediaType wanted;
	int number;  /* among those of that media, from 0 */
	bool chosen; /* track is it */
	uint32_t track;
	bool known[PACKET_CHOICE_TRACKS];
	bool fits[PACKET_CHOICE_TRACKS]; /* of those that are known: they are of that media */
	int64_t first_ns;                /* when the first packet came */
};

/* A packet of that track tells its media, at now_ns. Chooses once no track with a lower number can be meant, or when
 * all have had the time to tell what they are. */
void packet_choice_tell(struct packet_choice *choice, uint32_t track, enum AVMediaType media, int64_t now_ns);

#endif
