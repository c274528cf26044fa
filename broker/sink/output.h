/* output.h: where a sink's packets go: a muxer and its url. One connection or one recording at a time, its segments
 * inside. One thread uses it. What goes wrong is a negative error with the sentence in *ret_error. */
#ifndef FRAMEBROKER_SINK_OUTPUT_H
#define FRAMEBROKER_SINK_OUTPUT_H
#include "config/sink.h"
#include "media/errors.h"
#include "media/watch.h"
#include "sink/output_track.h"
#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct output;

/* Checks url, format, muxer and options without opening anything. config and watch are borrowed and live longer. */
int output_create(const struct config_sink *config, struct watch *watch, struct output **ret_output,
		  struct media_error *ret_error);

/* NULL is fine. What is still open is cut off, without its trailer. */
void output_destroy(struct output *output);

/* Whether encoders are to be opened with AV_CODEC_FLAG_GLOBAL_HEADER. */
bool output_wants_global_header(const struct output *output);

/* Whether packets of that codec can go into it, e.g. not pcm_alaw into mp4: then they are encoded anew. */
bool output_takes(const struct output *output, enum AVCodecID codec);

/* The same as 0, or -EINVAL and *ret_error, which names a codec that can. */
int output_check_codec(const struct output *output, enum AVCodecID codec, struct media_error *ret_error);

/* The codec that its players understand best; AV_CODEC_ID_NONE: it takes no such track. */
enum AVCodecID output_default_codec(const struct output *output, enum AVMediaType type);

/* Connects, or begins a file, and writes the header, within open_timeout. A file that is there already is never
 * overwritten: NAME-001.mp4 is begun. HLS goes on with the playlist that is there. Fails when the worker is to stop. */
int output_open(struct output *output, const struct output_track *tracks, unsigned count,
		struct media_error *ret_error);

/* Sends one packet, within write_timeout. stream_index is the track; time stamps are in that track's time base, dts
 * rising in each track; packets of all tracks come in the order of their dts (one from before the first packet is left
 * out: no container takes it). The packet's reference is taken, also on failure. After an error there is only
 * output_close(): the server, or the disk, does not take any more. */
int output_write(struct output *output, AVPacket *packet, struct media_error *ret_error);

/* Writes the trailer and closes, to a server within write_timeout; also after an error, and when not open. ended: the
 * input is at its end, which HLS tells its players; otherwise they wait for more. */
int output_close(struct output *output, bool ended, struct media_error *ret_error);

/* The file being written, "" where it is no file or not open. Valid until the next call. */
const char *output_file(const struct output *output);

#endif
