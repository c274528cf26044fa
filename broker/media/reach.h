/* reach.h: what of the machine a source or sink needs for its URL. `sandbox: strict` allows that and nothing else. */
#ifndef FRAMEBROKER_MEDIA_REACH_H
#define FRAMEBROKER_MEDIA_REACH_H
#include "config/types.h"
#include "media/errors.h"
#include <limits.h>

#define REACH_PATHS 12

struct reach_path {
	char path[PATH_MAX];
	bool write; /* what is there and below may be written, made and deleted, too */
};

struct reach {
	struct reach_path paths[REACH_PATHS];
	unsigned count;
	bool network;
};

/* Of a source: the folder in which a local input lies, read-only. format: FFmpeg's demuxer, "" = any. -EINVAL: strict
 * does not know this protocol or device. */
int reach_input(const char *url, const char *format, const struct config_dictionary *format_options,
		struct reach *ret_reach, struct media_error *ret_error);

/* Of a sink: the folder up to the first part with a date in it. */
int reach_output(const char *url, const struct config_dictionary *format_options, struct reach *ret_reach,
		 struct media_error *ret_error);

#endif
