/* output_options.h: format_options of a sink, and what is set where they say nothing. */
#ifndef FRAMEBROKER_SINK_OUTPUT_OPTIONS_H
#define FRAMEBROKER_SINK_OUTPUT_OPTIONS_H
#include "config/sink.h"
#include "media/errors.h"
#include <libavformat/avformat.h>

/* Whether the muxer takes each of them with its value, or some protocol has it: 0, or -EINVAL and *ret_error. */
int output_options_check(const AVOutputFormat *muxer, const struct config_dictionary *pairs,
			 struct media_error *ret_error);

/* The user's, and what the muxer is to have for url where the user says nothing. For av_dict_free(). */
AVDictionary *output_options_make(const AVOutputFormat *muxer, const char *url, const struct config_dictionary *pairs);

/* HTTP: the server is asked before anything is sent, else its 401 or 404 is never heard. */
void output_options_ask_first(const char *url, const struct config_dictionary *pairs, AVDictionary **options);

/* -EINVAL and *ret_error for an option that neither muxer nor protocol took out of the dictionary; 0: there is none. */
int output_options_refuse_left(const AVDictionary *left, const AVOutputFormat *muxer, struct media_error *ret_error);

/* The user's value; NULL: not set. */
const char *output_options_get(const struct config_dictionary *pairs, const char *key);

#endif
