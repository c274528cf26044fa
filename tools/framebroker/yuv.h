/* yuv.h: planar YUV to RGB with 8 bits, by the matrix and range that the stream tells. */
#ifndef FRAMEBROKER_CLI_YUV_H
#define FRAMEBROKER_CLI_YUV_H
#include <framebroker.h>
#include <stdbool.h>

struct yuv {
	uint32_t width;
	int shift_x, shift_y; /* of the chroma planes */
	bool interleaved;     /* nv12: U and V in one plane */
	int32_t offset, luma; /* the rest is 16.16 fixed point */
	int32_t v_red, u_green, v_green, u_blue;
};

/* False for a pixel format that it does not know. */
bool yuv_init(struct yuv *ret_yuv, const struct fb_stream_info *info);

/* Row y of the frame as 3 x width bytes. */
void yuv_row(const struct yuv *yuv, const struct fb_frame *frame, uint32_t y, uint8_t *rgb);

#endif
