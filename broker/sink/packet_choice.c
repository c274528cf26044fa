/* packet_choice.c: tracks tell what they are about once a second. */
#include "sink/packet_choice.h"

#define TOLD_NS (INT64_C(1500) * 1000000)

static void choose(struct packet_choice *choice, bool all_have_told)
{
	int number = 0;
	for (uint32_t i = 0; i < PACKET_CHOICE_TRACKS; i++) {
		if (!choice->known[i] && !all_have_told)
			return;
		if (!choice->known[i] || !choice->fits[i] || number++ < choice->number)
			continue;
		choice->chosen = true;
		choice->track = i;
		return;
	}
}

void packet_choice_tell(struct packet_choice *choice, uint32_t track, enum AVMediaType media, int64_t now_ns)
{
	if (choice->chosen || track >= PACKET_CHOICE_TRACKS)
		return;
	if (choice->first_ns == 0)
		choice->first_ns = now_ns;
	choice->known[track] = true;
	choice->fits[track] = media == choice->wanted;
	choose(choice, now_ns - choice->first_ns > TOLD_NS);
}
