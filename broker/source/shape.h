/* shape.h: the layout of a video output's generation, from one of its frames. */
#ifndef FRAMEBROKER_SOURCE_SHAPE_H
#define FRAMEBROKER_SOURCE_SHAPE_H
#include "api/worker.h"
#include "config/output.h"
#include "media/size.h"
#include "source/picture.h"
#include <libavutil/frame.h>

/* What is published for such a frame. */
struct shape {
	enum AVPixelFormat format;
	struct size size;
	bool converted; /* it is not the frame as it is */
};

/* wanted: AV_PIX_FMT_NONE is native. -EINVAL with error text. */
int shape_of(const struct config_output *config, enum AVPixelFormat wanted, const AVFrame *frame,
	     struct shape *ret_shape);

/* The layout of a generation of such frames, lying in memory as picture says. frame: one of them before conversion. */
void shape_layout(const struct shape *shape, const AVFrame *frame, const struct picture *picture, AVRational frame_rate,
		  int rotation, uint32_t claims, struct fb_worker_layout *ret_layout);

#endif
