/* secrets.c: a list of words under a lock. */
#include "media/secrets.h"
#include "base/limits.h"
#include "config/url.h"
#include <ctype.h>
#include <libavutil/avstring.h>
#include <libavutil/base64.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 4 /* what is shorter, but for user and password, would be found everywhere */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **words;
static size_t count;

void secrets_forget(void)
{
	pthread_mutex_lock(&lock);
	while (count > 0)
		free(words[--count]);
	free(words);
	words = NULL;
	pthread_mutex_unlock(&lock);
}

static void add(const char *word, size_t length)
{
	if (length == 0)
		return;
	pthread_mutex_lock(&lock);
	char *copy = strndup(word, length), **more = reallocarray(words, count + 1, sizeof *words);
	if (more)
		words = more;
	if (copy && more)
		words[count++] = copy;
	else
		free(copy);
	pthread_mutex_unlock(&lock);
}

/* As HTTP and RTSP send "user:password". */
static void add_basic(const char *login, size_t length)
{
	char text[AV_BASE64_SIZE(LIMIT_URL)];
	if (length < LIMIT_URL && av_base64_encode(text, sizeof text, (const uint8_t *)login, (int)length))
		add(text, strlen(text));
}

/* "a%20b" as "a b"; what may be a login also as it is sent. */
static void add_decoded(const char *word, size_t length)
{
	char text[LIMIT_URL];
	size_t size = 0;
	for (size_t i = 0; i < length && size < sizeof text; i++) {
		unsigned value;
		bool encoded = word[i] == '%' && i + 2 < length && isxdigit((unsigned char)word[i + 1]) &&
			       isxdigit((unsigned char)word[i + 2]) && sscanf(word + i + 1, "%2x", &value) == 1;
		text[size++] = encoded ? (char)value : word[i];
		i += encoded ? 2 : 0;
	}
	if (size < length)
		add(text, size);
	if (memchr(text, ':', size))
		add_basic(text, size);
}

/* As it stands in the url: percent-encoded by the same code. */
static void add_encoded(const char *word)
{
	static const char before[] = "x://", after[] = "@h";
	char url[LIMIT_URL + 3 * LIMIT_CONFIG_STRING];
	if (config_url_with_credentials("x://h", word, "", url, sizeof url) == 0)
		add(url + sizeof before - 1, strlen(url) - (sizeof before - 1) - (sizeof after - 1));
}

void secrets_add_login(const char *user, const char *password)
{
	const char *const logins[] = {user, password};
	for (size_t i = 0; i < 2; i++) {
		if (!logins[i] || !logins[i][0])
			continue;
		add(logins[i], strlen(logins[i]));
		add_encoded(logins[i]);
	}
	char login[LIMIT_URL];
	int length = snprintf(login, sizeof login, "%s:%s", user ? user : "", password ? password : "");
	if (length > 1)
		add_basic(login, (size_t)length);
}

static void take(void *context, const char *word, size_t length)
{
	(void)context;
	if (length < SHORTEST)
		return;
	add(word, length);
	add_decoded(word, length);
}

void secrets_add_url(const char *url)
{
	config_url_secrets(url, take, NULL);
}

static bool is_secret(const char *name)
{
	static const char *const parts[] = {"pass",   "pwd",    "token", "secret",    "auth",
					    "cookie", "header", "cred",  "signature", "streamid",
					    "crypt",  "_key",   "srtp_", "proxy",     "playpath"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (av_stristr(name, parts[i]))
			return true;
	return strcasecmp(name, "key") == 0 || strcasecmp(name, "user") == 0;
}

/* A header's words one by one, too. */
static void add_words(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " \t\r\n=;,");
		take(NULL, text, length);
		text += length + (text[length] != '\0');
	}
}

void secrets_add_options(const struct config_dictionary *options)
{
	for (size_t i = 0; i < options->count; i++) {
		const char *value = options->pairs[i].value;
		if (!is_secret(options->pairs[i].key))
			continue;
		take(NULL, value, strlen(value));
		add_words(value);
		secrets_add_url(value);
	}
}

/* The longest of the words that text begins with. A beginning of one, where the text ends. */
static size_t find(const char *text)
{
	size_t longest = 0, rest = strlen(text);
	for (size_t i = 0; i < count; i++) {
		if (words[i][0] != text[0])
			continue;
		size_t length = strlen(words[i]);
		if (length > rest && rest >= SHORTEST)
			length = rest;
		if (length > longest && length <= rest && strncmp(text, words[i], length) == 0)
			longest = length;
	}
	return longest;
}

void secrets_hide(const char *text, char *ret_text, size_t size)
{
	size_t at = 0;
	pthread_mutex_lock(&lock);
	while (*text && at + 4 < size) {
		size_t length = find(text);
		if (length > 0) {
			memcpy(ret_text + at, "***", 3);
			at += 3;
			text += length;
		} else {
			ret_text[at++] = *text++;
		}
	}
	pthread_mutex_unlock(&lock);
	ret_text[at] = '\0';
}
