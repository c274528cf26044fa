/* input.h: a URL opened: the demuxer, and what kind of source it turned out to be. */
#ifndef FRAMEBROKER_SOURCE_INPUT_H
#define FRAMEBROKER_SOURCE_INPUT_H
#include "config/source.h"
#include "media/errors.h"
#include "media/watch.h"
#include <libavformat/avformat.h>

struct input {
	AVFormatContext *format;
	bool live;           /* as docs/sources.md defines it: never paced, never waits for readers */
	bool image;          /* pictures in files: one alone is a still */
	bool stampless;      /* the container has no time stamps of its own */
	bool jumps_expected; /* its time stamps may begin anew at any packet */
	int64_t opened_ns;   /* CLOCK_MONOTONIC when the first bytes came */
};

/* The demuxer that the key `format` names; NULL: none, FFmpeg looks itself. -EINVAL and *ret_error: there is no such.
 */
int input_find_demuxer(const struct config_source *config, const AVInputFormat **ret_demuxer,
		       struct media_error *ret_error);

/* Opens the source's url and finds its tracks, each step within open_timeout. -EINVAL and *ret_error, or 0 and
 * *ret_input for input_close(). When the worker is to stop it fails too: ask watch_stopping(). */
int input_open(const struct config_source *config, struct watch *watch, struct input *ret_input,
	       struct media_error *ret_error);
void input_close(struct input *input);

/* The container's start time in its own time stamps; AV_NOPTS_VALUE: not known. */
int64_t input_start_ns(const struct input *input);

/* Explains an error of reading from an open input. */
void input_explain(const struct config_source *config, const struct watch *watch, int averror,
		   struct media_error *ret_error);

#endif
