/* protocols.c: lists by the scheme, as FFmpeg has such only for some of its protocols. */
#include "media/protocols.h"
#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WHITELIST "protocol_whitelist"
#define LOCAL "file,crypto,data"

static const struct {
	const char *schemes, *allowed;
} rows[] = {
	{"http,https", "http,https,httpproxy,tls,tcp,udp,rtp,crypto,data"}, /* FFmpeg's own list */
	{"rtsp,rtsps,satip", "rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto"},
	{"rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts",
	 "rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,ffrtmpcrypt,ffrtmphttp,http,https,httpproxy,tls,tcp"},
	{"rtp,srtp", "rtp,srtp,udp,crypto"},
	{"mmsh,mmst,icecast", "mmsh,mmst,icecast,http,https,tls,tcp"},
	{"ftp,gopher,gophers,tls", "ftp,gopher,gophers,tls,tcp"},
	{"ipfs,ipns", "ipfs,ipns,http,https,httpproxy,tls,tcp,crypto,data"},
};

/* What is put before another url: it may go where that may. */
static const char *const wrappers[] = {"async:", "cache:", "crypto:", "crypto+", "hls+"};

/* Protocols that are written without //, and read what this machine has. */
static const char *const local_protocols[] = {"concat", "concatf", "subfile", "pipe", "unix", "bluray", "fd"};

size_t protocols_scheme(const char *url)
{
	size_t length = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return strncmp(url + length, "://", 3) == 0 ? length : 0;
}

bool protocols_is(const char *url, const char *scheme)
{
	size_t length = protocols_scheme(url);
	return length == strlen(scheme) && strncasecmp(url, scheme, length) == 0;
}

static bool is_word(const char *url, const char *word)
{
	size_t length = strlen(word);
	return strncasecmp(url, word, length) == 0 && (url[length] == ':' || url[length] == ',');
}

bool protocols_local(const char *url)
{
	return is_word(url, "file") || (protocols_scheme(url) == 0 && !is_word(url, "udp") && !is_word(url, "rtp"));
}

bool protocols_is_sdp(const char *url, const char *format)
{
	return strcmp(format, "sdp") == 0 || av_match_ext(url, "sdp");
}

static const char *unwrap(const char *url)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (strncasecmp(url, wrappers[i], strlen(wrappers[i])) == 0)
			return unwrap(url + strlen(wrappers[i]));
	return url;
}

static void find_allowed(const char *url, const char *format, char *ret_list, size_t size)
{
	char scheme[32];
	const char *inner = unwrap(url);
	snprintf(scheme, sizeof scheme, "%.*s", (int)strcspn(inner, ":,"), inner);
	const char *extra = inner == url ? "" : ",async,cache,crypto,hls";
	for (size_t i = 0; i < sizeof local_protocols / sizeof *local_protocols; i++)
		if (is_word(inner, local_protocols[i])) {
			snprintf(ret_list, size, "%s,concat,subfile," LOCAL "%s", local_protocols[i], extra);
			return;
		}
	if (protocols_local(inner)) {
		snprintf(ret_list, size, LOCAL "%s%s", protocols_is_sdp(inner, format) ? ",rtp,srtp,udp" : "", extra);
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (av_match_name(scheme, rows[i].schemes)) {
			snprintf(ret_list, size, "%s%s", rows[i].allowed, extra);
			return;
		}
	snprintf(ret_list, size, "%s%s", scheme, extra);
}

/* Whether each name in list is in allowed. */
static bool is_within(const char *list, const char *allowed)
{
	while (*list) {
		char name[64];
		size_t length = strcspn(list, ",");
		snprintf(name, sizeof name, "%.*s", (int)length, list);
		if (length >= sizeof name || (length > 0 && !av_match_name(name, allowed)))
			return false;
		list += length + (list[length] == ',');
	}
	return true;
}

int protocols_restrict(const char *url, const char *format, AVDictionary **options, struct media_error *ret_error)
{
	char allowed[256];
	find_allowed(url, format, allowed, sizeof allowed);
	const AVDictionaryEntry *entry = NULL;
	while ((entry = av_dict_get(*options, "", entry, AV_DICT_IGNORE_SUFFIX))) {
		bool own = strcasecmp(entry->key, WHITELIST) == 0;
		if (own ? !is_within(entry->value, allowed) : strstr(entry->value, WHITELIST) != NULL)
			return error_say(ret_error, "leave it out; it may only narrow what the url allows",
					 "format_options: " WHITELIST " would let the input open more than %s",
					 allowed);
	}
	av_dict_set(options, WHITELIST, allowed, AV_DICT_DONT_OVERWRITE);
	return 0;
}
