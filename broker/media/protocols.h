/* protocols.h: which of FFmpeg's protocols a URL may lead to. Playlists, SDP files and redirects name others; what
 * comes from a network must never name the files of this machine, and no option widens what is allowed here. */
#ifndef FRAMEBROKER_MEDIA_PROTOCOLS_H
#define FRAMEBROKER_MEDIA_PROTOCOLS_H
#include "media/errors.h"
#include <libavutil/dict.h>
#include <stdbool.h>
#include <stddef.h>

/* The length of the scheme of "rtsp://…"; 0: it has none, as a path of this machine. */
size_t protocols_scheme(const char *url);

/* Whether that is the url's scheme, in upper or lower case. */
bool protocols_is(const char *url, const char *scheme);

/* Whether the url is a path of this machine, with file: before it or not. */
bool protocols_local(const char *url);

/* Whether it names, besides itself, where packets come to. format: FFmpeg's demuxer, "" = any. */
bool protocols_is_sdp(const char *url, const char *format);

/* Sets protocol_whitelist in options for reading the url. A protocol_whitelist that
 * is there stays where it only narrows; else, and where another option hides one, -EINVAL. */
int protocols_restrict(const char *url, const char *format, AVDictionary **options, struct media_error *ret_error);

#endif
