/* output_errors.h: why a sink's server or disk takes nothing, as a sentence. */
#ifndef FRAMEBROKER_SINK_OUTPUT_ERRORS_H
#define FRAMEBROKER_SINK_OUTPUT_ERRORS_H
#include "config/sink.h"
#include "media/errors.h"
#include "media/watch.h"

/* averror: a negative AVERROR, of the step that watch_begin() began. target: the file being written; "": the sink's url
 * is named, without user and password. opened: the header was written. Returns -EINVAL. */
int output_explain(const struct config_sink *config, const struct watch *watch, const char *target, int averror,
		   bool opened, struct media_error *ret_error);

#endif
