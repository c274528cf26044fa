/* options.h: dictionaries of the configuration as FFmpeg's, and what FFmpeg did not know of them. */
#ifndef FRAMEBROKER_MEDIA_OPTIONS_H
#define FRAMEBROKER_MEDIA_OPTIONS_H
#include "config/types.h"
#include <libavutil/dict.h>

/* The pairs in FFmpeg's form, for av_dict_free(); NULL where there are none. */
AVDictionary *options_of(const struct config_dictionary *pairs);

/* The name of one option that is still there after a call which takes out what it understands; NULL: all were known.
 * Valid as long as the dictionary. */
const char *options_unknown(const AVDictionary *options);

#endif
