/* errors.c: one table from FFmpeg's codes to what a person can do about them. */
#include "media/errors.h"
#include <errno.h>
#include <libavutil/error.h>
#include <stdarg.h>
#include <stdio.h>

struct explanation {
	int code;
	const char *text, *mend;
};

static const struct explanation explanations[] = {
	{AVERROR(ECONNREFUSED), "connection refused", "check that the server runs, and its address and port"},
	{AVERROR(EHOSTUNREACH), "no route to the host", "check the address and the network"},
	{AVERROR(ENETUNREACH), "the network is unreachable", "check the address and the network"},
	{AVERROR(ECONNRESET), "the other side closed the connection", "check the server's own log"},
	{AVERROR(EPIPE), "the other side closed the connection", "check the server's own log"},
	{AVERROR(EADDRNOTAVAIL), "this address is not one of this machine", "check the address to receive at"},
	{AVERROR(EADDRINUSE), "another program receives at this address", "stop it, or use another port"},
	{AVERROR_HTTP_BAD_REQUEST, "the server does not understand the request (400)", "check the url"},
	{AVERROR_HTTP_FORBIDDEN, "the server forbids access (403)", "check what this user may see on the server"},
	{AVERROR_HTTP_NOT_FOUND, "the server has no such stream or file (404)", "check the path in the url"},
	{AVERROR_HTTP_OTHER_4XX, "the server refuses the request (4xx)", "check the url, user and password"},
	{AVERROR_HTTP_SERVER_ERROR, "the server has an internal error (5xx)", "check the server's own log"},
	{AVERROR(ENOENT), "no such file or device", "check the path; it is opened again and again until it is there"},
	{AVERROR(EISDIR), "this is a folder", "give the path of a file"},
	{AVERROR(ENODEV), "no such device", "check that it is plugged in, and its name"},
	{AVERROR(EBUSY), "the device is in use", "end the other program that has it open"},
	{AVERROR(EACCES), "no permission", "let the broker's user read it"},
	{AVERROR(EPERM), "no permission", "let the broker's user read it"},
	{AVERROR(ENOMEM), "out of memory", "free memory, or ask for less"},
	{AVERROR(EPROTONOSUPPORT), "the server does not offer this transport",
	 "try format_options: {rtsp_transport: udp}, or tcp"},
	{AVERROR_PROTOCOL_NOT_FOUND, "FFmpeg has no such protocol", "check the word before ://"},
	{AVERROR_DEMUXER_NOT_FOUND, "FFmpeg has no such format", "ffmpeg -formats lists them"},
	{AVERROR_DECODER_NOT_FOUND, "FFmpeg has no decoder for it", "ffmpeg -decoders lists them"},
	{AVERROR_STREAM_NOT_FOUND, "no such track", "ffprobe lists the tracks"},
	{AVERROR_OPTION_NOT_FOUND, "FFmpeg has no such option", "check format_options and codec_options"},
	{AVERROR_PATCHWELCOME, "FFmpeg cannot read this variant", "convert it first"},
};

/* Servers choose some of these words: what is no UTF-8 or no printable character becomes a question mark. */
static void make_printable(char *text)
{
	for (char *c = text; *c;) {
		unsigned char first = (unsigned char)*c;
		int size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
		int follow = 1;
		while (follow < size && ((unsigned char)c[follow] & 0xc0) == 0x80)
			follow++;
		bool overlong = first == 0xc0 || first == 0xc1 || first > 0xf4 ||
				(first == 0xe0 && (unsigned char)c[1] < 0xa0) ||
				(first == 0xed && (unsigned char)c[1] > 0x9f) ||
				(first == 0xf0 && (unsigned char)c[1] < 0x90) ||
				(first == 0xf4 && (unsigned char)c[1] > 0x8f);
		bool good = size > 0 && follow == size && !overlong && first >= ' ' && first != 0x7f;
		if (!good)
			*c = '?';
		c += good ? size : 1;
	}
}

int error_say(struct media_error *ret_error, const char *mend, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(ret_error->text, sizeof ret_error->text, format, args);
	va_end(args);
	make_printable(ret_error->text);
	ret_error->absent = false;
	snprintf(ret_error->mend, sizeof ret_error->mend, "%s", mend);
	return -EINVAL;
}

static void say_timeout(struct media_error *ret_error, const struct error_place *place)
{
	double seconds = (double)place->timeout_ns / 1e9;
	if (place->probing)
		error_say(ret_error, "raise open_timeout, or lower analyzeduration and probesize in format_options",
			  "%s: timed out: connected, but too little came within %g s to know its tracks", place->url,
			  seconds);
	else if (place->opened)
		error_say(ret_error, "check the sender; raise read_timeout where it pauses longer",
			  "%s: timed out: connected, but nothing came for %g s", place->url, seconds);
	else
		error_say(ret_error, "check address and network; raise open_timeout where the source is only slow",
			  "%s: timed out: no answer within %g s", place->url, seconds);
}

static void say_login(struct media_error *ret_error, const struct error_place *place)
{
	if (place->has_user)
		error_say(ret_error, "check user and password", "%s: the server refused user and password (401)",
			  place->url);
	else
		error_say(ret_error, "set user and password", "%s: the server asks for user and password (401)",
			  place->url);
}

static void say_other(struct media_error *ret_error, int averror, const struct error_place *place)
{
	const char *separator = place->detail[0] ? "; FFmpeg says: " : "";
	if (averror == AVERROR_INVALIDDATA) {
		error_say(ret_error, "check that it is complete, and a kind of media that FFmpeg reads",
			  "%s: invalid data: damaged, incomplete or not media%s%s", place->url, separator,
			  place->detail);
		return;
	}
	if (averror == AVERROR(EIO) && place->detail[0]) { /* what FFmpeg says where it knows no better code */
		error_say(ret_error, "check the address and the network", "%s: %s", place->url, place->detail);
		return;
	}
	char text[AV_ERROR_MAX_STRING_SIZE] = "";
	av_strerror(averror, text, sizeof text);
	error_say(ret_error, "check it with ffprobe", "%s: %s%s%s", place->url, text, separator, place->detail);
}

bool error_is_absence(int averror)
{
	return averror == AVERROR(ECONNREFUSED) || averror == AVERROR(EHOSTUNREACH) || averror == AVERROR(ENETUNREACH);
}

void error_explain(struct media_error *ret_error, int averror, const struct error_place *place)
{
	if (place->timed_out || averror == AVERROR(ETIMEDOUT)) {
		say_timeout(ret_error, place);
		return;
	}
	if (averror == AVERROR_HTTP_UNAUTHORIZED) {
		say_login(ret_error, place);
		return;
	}
	if (averror == AVERROR_EOF) {
		error_say(ret_error, place->opened ? "" : "check that it is not empty", "%s: %s", place->url,
			  place->opened ? "the other side ended the stream" : "there is nothing in it");
		return;
	}
	for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++) {
		if (explanations[i].code != averror)
			continue;
		error_say(ret_error, explanations[i].mend, "%s: %s", place->url, explanations[i].text);
		ret_error->absent = error_is_absence(averror);
		return;
	}
	say_other(ret_error, averror, place);
}
