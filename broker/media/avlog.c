/* avlog.c: FFmpeg logs whole URLs, with what stands before the @; every line is cleaned before anybody sees it. */
#include "media/avlog.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/url.h"
#include <libavutil/avstring.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define HIDDEN_WORDS 4
#define LINES_A_SECOND 10
#define ENCODED_SIZE (3 * LIMIT_CONFIG_STRING + 16)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *log_topic = "ffmpeg";
static char hidden[HIDDEN_WORDS][ENCODED_SIZE];
static char last_error[AVLOG_LINE];
static bool quiet;
static char unfinished[AVLOG_LINE]; /* a line that FFmpeg writes in pieces */

/* The user's name and password as they stand in the url: percent-encoded by the same code. */
static void encode(const char *word, char *buffer, size_t size)
{
	static const char scheme[] = "x://";
	char url[ENCODED_SIZE];
	buffer[0] = '\0';
	if (!word[0] || config_url_with_credentials("x://h", word, "", url, sizeof url) < 0)
		return;
	char *at = strrchr(url, '@');
	if (!at)
		return;
	while (at[-1] == ':')
		at--;
	*at = '\0';
	snprintf(buffer, size, "%s", url + sizeof scheme - 1);
}

void avlog_hide(const char *user, const char *password)
{
	pthread_mutex_lock(&lock);
	snprintf(hidden[0], sizeof hidden[0], "%s", password ? password : "");
	encode(password ? password : "", hidden[1], sizeof hidden[1]);
	snprintf(hidden[2], sizeof hidden[2], "%s", user ? user : "");
	encode(user ? user : "", hidden[3], sizeof hidden[3]);
	pthread_mutex_unlock(&lock);
}

/* The hidden word that text begins with; the longest one. */
static size_t hidden_at(const char *text)
{
	size_t longest = 0;
	for (int i = 0; i < HIDDEN_WORDS; i++) {
		size_t length = strlen(hidden[i]);
		if (length > longest && strncmp(text, hidden[i], length) == 0)
			longest = length;
	}
	return longest;
}

static void hide_words(const char *text, char *ret_text, size_t size)
{
	size_t at = 0;
	while (*text && at + 4 < size) {
		size_t length = hidden_at(text);
		if (length > 0) {
			memcpy(ret_text + at, "***", 3);
			at += 3;
			text += length;
		} else {
			ret_text[at++] = *text++;
		}
	}
	ret_text[at] = '\0';
}

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
	pthread_mutex_lock(&lock);
	hide_words(line, ret_text, size);
	pthread_mutex_unlock(&lock);
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
