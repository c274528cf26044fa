/* decoder.h: opens the decoder of one track with the source's options. */
#ifndef FRAMEBROKER_SOURCE_DECODER_H
#define FRAMEBROKER_SOURCE_DECODER_H
#include "config/source.h"
#include "media/errors.h"
#include "source/inplace.h"
#include "source/report.h"
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

/* The decoder that the key `codec` names; NULL: none. -EINVAL and *ret_error: there is no such. */
int decoder_find_named(const struct config_source *config, const AVCodec **ret_codec, struct media_error *ret_error);

/* inplace: where the frames of this track are to be decoded, or NULL. live: its decoder never waits for
 * room there, and holds no pictures back where it can do without. -EINVAL and *ret_error, or 0 and *ret_decoder for
 * avcodec_free_context(). Its time stamps are nanoseconds. */
int decoder_open(const struct config_source *config, const AVStream *stream, struct inplace *inplace, bool live,
		 struct report *report, AVCodecContext **ret_decoder, struct media_error *ret_error);

#endif
