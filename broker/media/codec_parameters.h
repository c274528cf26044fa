/* codec_parameters.h: what a decoder or a muxer must know of a track of packets, as the bytes that travel as metadata
 * of its key packets. Private to the broker's programs of one version, and not trusted by those who read it. */
#ifndef FRAMEBROKER_MEDIA_CODEC_PARAMETERS_H
#define FRAMEBROKER_MEDIA_CODEC_PARAMETERS_H
#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

struct codec_parameters {
	AVCodecParameters *codec; /* its codec_tag is the input's: 0 for another container */
	AVRational time_base;     /* the input's: time stamps in nanoseconds become exact in it again */
	AVRational frame_rate;    /* 0/1: not known */
	uint16_t ordinal;         /* among the input's tracks of its media, from 0: what the key `track` counts */
	bool best;                /* of its media: what `track: auto` means */
	bool has_matrix;
	int32_t display_matrix[9]; /* how the picture is to be turned, as AV_PKT_DATA_DISPLAYMATRIX */
};

/* *ret_bytes: free(). -ENOMEM, or -E2BIG where a decoder's extradata is too large to travel; with error text. */
int codec_parameters_write(const struct codec_parameters *parameters, void **ret_bytes, uint32_t *ret_size);

/* Checks every number. -EPROTO with error text, or 0 and *ret_parameters for codec_parameters_clear(). */
int codec_parameters_read(const void *bytes, size_t size, struct codec_parameters *ret_parameters);
void codec_parameters_clear(struct codec_parameters *parameters); /* zeroes are fine */

/* Whether packets of the one may follow those of the other in the same output track. */
bool codec_parameters_fit(const struct codec_parameters *a, const struct codec_parameters *b);

#endif
