/* output_support.h: a sink's output in a test: configuration, encoded packets, and what was written read back. */
#ifndef FRAMEBROKER_TEST_OUTPUT_SUPPORT_H
#define FRAMEBROKER_TEST_OUTPUT_SUPPORT_H
#include "sink/output.h"
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RATE 25
#define GOP 25 /* frames: a key frame a second */

extern atomic_bool test_stopping; /* what fb_worker_stopping() says */

/* Keys at their defaults, with time-outs of one second. url is borrowed. */
struct config_sink sink_to(const char *url);

/* An output that was created; the test fails where it is refused. */
struct output *output_of(const struct config_sink *config);

/* What output_create() says of a wrong configuration. */
struct media_error refusal_of(const struct config_sink *config);

/* One pair of format_options; key and value are borrowed. */
struct config_dictionary option(const char *key, const char *value);

/* A small picture, and a tone, encoded: what a sink sends. */
struct clip {
	AVCodecContext *video, *audio; /* NULL: without */
	struct output_track tracks[2];
	unsigned count;
	int frames, blocks; /* sent so far */
	AVPacket *waiting;
};

void clip_open(struct clip *clip, const char *video_codec, const char *audio_codec, bool global_header);
void clip_close(struct clip *clip);

/* Encodes and writes frames more pictures and the sound that goes with them. 0, or what output_write() said. */
int clip_write(struct clip *clip, struct output *output, int frames, struct media_error *ret_error);

/* What is in a file: packets of each track, the first and last pts in seconds, whether the first picture is a key
 * frame. False: it cannot be opened. */
struct content {
	unsigned packets[2], keys;
	double first[2], last[2];
	bool begins_with_key;
};
bool content_read(const char *path, struct content *ret_content);

#endif
