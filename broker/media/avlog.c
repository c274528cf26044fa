/* avlog.c: FFmpeg logs whole URLs, with what stands before the @; every line is cleaned before anybody sees it. */
#include "media/avlog.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/url.h"
#include "media/secrets.h"
#include <libavutil/avstring.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LINES_A_SECOND 10

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *log_topic = "ffmpeg";
static char last_error[AVLOG_LINE];
static bool quiet;
static char unfinished[AVLOG_LINE]; /* a line that FFmpeg writes in pieces */

void avlog_redact(const char *text, char *ret_text, size_t size)
{
	char word[AVLOG_LINE], clean[AVLOG_LINE], line[2 * AVLOG_LINE];
	line[0] = '\0';
	while (*text) {
		size_t length = strcspn(text, " '\"");
		snprintf(word, sizeof word, "%.*s", (int)(length < AVLOG_LINE ? length : AVLOG_LINE - 1), text);
		if (strstr(word, "://")) {
			config_url_redacted(word, clean, sizeof clean);
			av_strlcat(line, clean, sizeof line);
		} else {
			av_strlcat(line, word, sizeof line);
		}
		text += length;
		if (*text) {
			char separator[2] = {*text++, '\0'};
			av_strlcat(line, separator, sizeof line);
		}
	}
	secrets_hide(line, ret_text, size);
}

/* FFmpeg complains of every damaged packet, which is daily life of a camera: not our warnings, and not all of them. */
static enum log_level our_level(int level)
{
	return level <= AV_LOG_FATAL ? LOG_ERROR : level <= AV_LOG_WARNING ? LOG_INFO : LOG_DEBUG;
}

/* Whether one more line may be logged this second; *ret_skipped: how many were not before it. Under the lock. */
static bool within_rate(unsigned *ret_skipped)
{
	static int64_t second;
	static unsigned lines, skipped;
	int64_t now = clock_monotonic_ns() / NS_PER_SECOND;
	if (now != second) {
		second = now;
		lines = 0;
	}
	if (++lines > LINES_A_SECOND) {
		skipped++;
		return false;
	}
	*ret_skipped = skipped;
	skipped = 0;
	return true;
}

/* Behind "[mov,mp4 @ 0x55d0c0ffee00] ", which is another one each time. */
static const char *behind_prefix(const char *line)
{
	const char *at = line[0] == '[' ? strstr(line, "] ") : NULL;
	return at ? at + 2 : line;
}

static void write_line(int level, const char *text)
{
	char clean[AVLOG_LINE];
	avlog_redact(behind_prefix(text), clean, sizeof clean);
	unsigned skipped = 0;
	pthread_mutex_lock(&lock);
	if (level <= AV_LOG_ERROR)
		memcpy(last_error, clean, sizeof last_error);
	bool allowed = !quiet && (level > AV_LOG_WARNING || within_rate(&skipped));
	pthread_mutex_unlock(&lock);
	if (skipped > 0)
		log_info(log_topic, "FFmpeg: %u lines left out", skipped);
	if (allowed)
		log_write(our_level(level), log_topic, "FFmpeg: %s", clean);
}

static void take_line(void *object, int level, const char *format, va_list args)
{
	if (level > AV_LOG_VERBOSE)
		return;
	char piece[AVLOG_LINE], line[AVLOG_LINE];
	pthread_mutex_lock(&lock);
	int prefix = !unfinished[0];
	pthread_mutex_unlock(&lock);
	av_log_format_line2(object, level, format, args, piece, sizeof piece, &prefix);
	size_t length = strlen(piece);
	bool complete = length > 0 && piece[length - 1] == '\n';
	if (complete)
		piece[length - 1] = '\0';
	pthread_mutex_lock(&lock);
	av_strlcat(unfinished, piece, sizeof unfinished);
	memcpy(line, unfinished, sizeof line);
	if (complete || length + 1 >= sizeof piece)
		unfinished[0] = '\0';
	else
		complete = false;
	pthread_mutex_unlock(&lock);
	if (complete && line[0])
		write_line(level, line);
}

void avlog_start(const char *topic)
{
	log_topic = topic;
	av_log_set_level(AV_LOG_VERBOSE);
	av_log_set_callback(take_line);
}

void avlog_last_error(char *ret_line, size_t size)
{
	pthread_mutex_lock(&lock);
	snprintf(ret_line, size, "%s", last_error);
	pthread_mutex_unlock(&lock);
}

void avlog_forget(void)
{
	pthread_mutex_lock(&lock);
	last_error[0] = '\0';
	pthread_mutex_unlock(&lock);
}

void avlog_quiet(bool on)
{
	pthread_mutex_lock(&lock);
	quiet = on;
	pthread_mutex_unlock(&lock);
}
