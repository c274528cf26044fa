/* output_errors.c: what FFmpeg's codes mean where something is sent or written; the rest is said as for reading. */
#include "sink/output_errors.h"
#include "config/url.h"
#include "media/avlog.h"
#include <errno.h>
#include <libavutil/error.h>
#include <stdio.h>
#include <string.h>

struct explanation {
	int code;
	const char *text, *mend;
};

static const struct explanation explanations[] = {
	{AVERROR(ENOSPC), "the disk is full",
	 "free space; keep and keep_size (HLS: hls_list_size) bound what a sink needs"},
	{AVERROR(EDQUOT), "the disk quota of the broker's user is used up", "free space, or raise the quota"},
	{AVERROR(EFBIG), "the file is as large as the file system, or ulimit -f, allows",
	 "set segment_time, so that a new file is begun in time"},
	{AVERROR(EACCES), "no permission to write", "let the broker's user write there"},
	{AVERROR(EPERM), "no permission to write", "let the broker's user write there"},
	{AVERROR(EROFS), "the file system is read-only", "choose a folder that can be written"},
	{AVERROR(ENOENT), "no such folder", "check the path"},
	{AVERROR(EIO), "the disk cannot be written (input/output error)", "look at the kernel's log (dmesg)"},
	{AVERROR_HTTP_FORBIDDEN, "the server forbids to publish there (403)",
	 "check what this user may do on the server"},
	{AVERROR_HTTP_NOT_FOUND, "the server has no place of that name to publish at (404)",
	 "check the path in the url, and that the server lets streams be published there"},
};

/* "method ANNOUNCE failed: 415 Unsupported Media Type" is a code that FFmpeg does not keep. */
static int status_of(const char *detail)
{
	static const char failed[] = " failed: ";
	const char *at = strstr(detail, failed);
	int status = 0;
	return at && sscanf(at + sizeof failed - 1, "%3d", &status) == 1 ? status : 0;
}

static int say_timeout(struct media_error *ret_error, const struct config_sink *config, const char *target, bool opened)
{
	const char *mend =
		strncasecmp(config->url, "http", 4) == 0
			? "check the server and the network to it; one that does not know Expect: 100-continue needs "
			  "format_options: {send_expect_100: 0}"
		: opened ? "check the server and the network to it; lower bit_rate where it is too slow for it"
			 : "check address and network; raise open_timeout where the server is only slow";
	double seconds = (double)(opened ? config->write_timeout_ns : config->open_timeout_ns) / 1e9;
	return error_say(ret_error, mend,
			 opened ? "%s: timed out: it took nothing for %g s" : "%s: timed out: no answer within %g s",
			 target, seconds);
}

/* Codes with which FFmpeg only says that a server wants no more, or that a library below it knew no better. */
static bool is_vague(int averror)
{
	return averror == AVERROR_EOF || averror == AVERROR(EIO) || averror == AVERROR(EPERM) ||
	       averror == AVERROR(EACCES) || averror == AVERROR_UNKNOWN || averror == AVERROR_INVALIDDATA;
}

static int say_vague(struct media_error *ret_error, const struct error_place *place)
{
	if (place->opened)
		return error_say(ret_error, "check the server and the network to it", "%s: the connection was lost%s%s",
				 place->url, place->detail[0] ? ": " : "", place->detail);
	return error_say(ret_error, "check address, port and path in the url, and the server's own log", "%s: %s",
			 place->url, place->detail[0] ? place->detail : "the server closed the connection at once");
}

static int say_refusal(struct media_error *ret_error, const struct error_place *place)
{
	switch (status_of(place->detail)) {
	case 405:
		return error_say(ret_error, "check the path in the url; what is played there may be pushed elsewhere",
				 "%s: the server does not let streams be published there (405)", place->url);
	case 415:
		return error_say(ret_error,
				 "choose another codec, or leave out video or audio; most servers take libx264 and aac",
				 "%s: the server does not take this codec, or these tracks together (415)", place->url);
	default:
		return 0;
	}
}

int output_explain(const struct config_sink *config, const struct watch *watch, const char *target, int averror,
		   bool opened, struct media_error *ret_error)
{
	char url[300], detail[AVLOG_LINE];
	config_url_redacted(config->url, url, sizeof url);
	avlog_last_error(detail, sizeof detail);
	struct error_place place = {
		.url = target[0] ? target : url,
		.has_user = config->user[0] || config->password[0],
		.opened = opened,
		.detail = detail,
	};
	if (watch_expired(watch) || averror == AVERROR(ETIMEDOUT))
		return say_timeout(ret_error, config, place.url, opened);
	if (say_refusal(ret_error, &place) < 0)
		return -EINVAL;
	if (!target[0] && is_vague(averror))
		return say_vague(ret_error, &place);
	for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++)
		if (explanations[i].code == averror)
			return error_say(ret_error, explanations[i].mend, "%s: %s", place.url, explanations[i].text);
	error_explain(ret_error, averror, &place);
	return -EINVAL;
}
