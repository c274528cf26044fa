/* role_frames.c: the bytes of a frame. Lines lie without padding, as 64 bytes are what a line begins at. */
#include "role_frames.h"
#include <string.h>

static uint64_t word_of(uint64_t number, unsigned index)
{
	if (index == 0)
		return number;
	uint64_t word = number * UINT64_C(0x9e3779b97f4a7c15) + index;
	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return word ^ word >> 27;
}

void role_frame_fill(uint8_t *bytes, uint64_t number, unsigned from, unsigned to)
{
	for (unsigned at = from; at < to; at += sizeof number) {
		uint64_t word = word_of(number, at / sizeof number);
		memcpy(bytes + at, &word, sizeof word);
	}
}

uint64_t role_frame_number(const struct fb_frame *frame)
{
	uint64_t number;
	memcpy(&number, frame->data[0], sizeof number);
	return number;
}

bool role_frame_whole(const struct fb_frame *frame, bool uniform)
{
	const uint8_t *bytes = frame->data[0];
	if (uniform)
		return memcmp(bytes, bytes + 1, ROLE_BYTES - 1) == 0;
	uint8_t expected[ROLE_BYTES];
	role_frame_fill(expected, role_frame_number(frame), 0, ROLE_BYTES);
	return memcmp(bytes, expected, ROLE_BYTES) == 0;
}
