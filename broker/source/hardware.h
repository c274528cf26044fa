/* hardware.h: decoding by a GPU (the keys hwaccel and hwaccel_device): its device, and its pictures brought into
 * ordinary memory. Whatever it cannot decode FFmpeg decodes in software; whether that is right, hardware_fetch() says.
 */
#ifndef FRAMEBROKER_SOURCE_HARDWARE_H
#define FRAMEBROKER_SOURCE_HARDWARE_H
#include "config/source.h"
#include "media/errors.h"
#include "source/report.h"
#include <libavcodec/avcodec.h>

/* Whether the source names an acceleration, so that decoding in software is an error. */
bool hardware_is_required(const struct config_source *config);

/* -EINVAL and *ret_error where FFmpeg has no acceleration of that name. */
int hardware_check_name(const struct config_source *config, struct media_error *ret_error);

/* Gives a video decoder that is not open yet the device that the source asks for; it may take a second. With hwaccel
 * auto the first that is there, or none. -EINVAL and *ret_error where a named one cannot be had. */
int hardware_attach(const struct config_source *config, AVCodecContext *decoder, struct report *report,
		    struct media_error *ret_error);

/* Brings a decoded frame into ordinary memory, where it is not; its other fields stay. required: one that was decoded
 * in software is an error. -EINVAL and *ret_error: the source cannot go on; another negative AVERROR: this frame is
 * lost. */
int hardware_fetch(const AVCodecContext *decoder, bool required, struct report *report, AVFrame *frame,
		   struct media_error *ret_error);

#endif
