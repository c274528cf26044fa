/* output_muxer.h: which muxer writes a url, and which codec suits it. */
#ifndef FRAMEBROKER_SINK_OUTPUT_MUXER_H
#define FRAMEBROKER_SINK_OUTPUT_MUXER_H
#include "media/errors.h"
#include <libavformat/avformat.h>
#include <stdbool.h>

/* By the name format, or where that is "" by the url's scheme or ending. 0, or -EINVAL and *ret_error, which names
 * formats that look like the wrong one. */
int output_muxer_find(const char *url, const char *format, const AVOutputFormat **ret_muxer,
		      struct media_error *ret_error);

/* Of that type, what the muxer's players understand best; fragmented as for container_takes(). AV_CODEC_ID_NONE: it
 * takes no such track. */
enum AVCodecID output_muxer_default_codec(const AVOutputFormat *muxer, bool fragmented, enum AVMediaType type);

/* Whether the url begins with scheme://. */
bool output_has_scheme(const char *url, const char *scheme);

/* The path of a url that names a file of this machine, behind file: where that is written; NULL: it is none. */
const char *output_local_path(const char *url);

#endif
