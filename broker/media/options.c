/* options.c: the way of the keys format_options and codec_options into FFmpeg. */
#include "media/options.h"

AVDictionary *options_of(const struct config_dictionary *pairs)
{
	AVDictionary *options = NULL;
	for (size_t i = 0; i < pairs->count; i++)
		av_dict_set(&options, pairs->pairs[i].key, pairs->pairs[i].value, 0);
	return options;
}

const char *options_unknown(const AVDictionary *options)
{
	const AVDictionaryEntry *entry = av_dict_get(options, "", NULL, AV_DICT_IGNORE_SUFFIX);
	return entry ? entry->key : NULL;
}
