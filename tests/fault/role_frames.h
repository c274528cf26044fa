/* role_frames.h: frames whose every byte follows from their number, so that one look tells whether they are whole. */
#ifndef FAULT_ROLE_FRAMES_H
#define FAULT_ROLE_FRAMES_H
#include <framebroker.h>
#include <stdbool.h>

enum { ROLE_WIDTH = 64, ROLE_HEIGHT = 48, ROLE_BYTES = ROLE_WIDTH * ROLE_HEIGHT };

/* bytes from .. to of the frame of that number. */
void role_frame_fill(uint8_t *bytes, uint64_t number, unsigned from, unsigned to);

/* Whether a held frame is whole; uniform: all its bytes are one value, else they are those of its number. */
bool role_frame_whole(const struct fb_frame *frame, bool uniform);

/* What its first bytes say: another number later means that another frame took its place. */
uint64_t role_frame_number(const struct fb_frame *frame);

#endif
