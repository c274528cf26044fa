/* url.c: credentials in URLs. */
#include "config/url.h"
#include "config/alloc.h"
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first byte behind scheme://, NULL: there is no scheme. */
static const char *behind_scheme(const char *url)
{
	const char *at = url;
	while (isalnum((unsigned char)*at) || *at == '+' || *at == '-' || *at == '.' || *at == '_')
		at++;
	return at > url && !strncmp(at, "://", 3) ? at + 3 : NULL;
}

static void write_encoded(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			fputc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
	}
}

/* "host", "host:554", "[::1]:554": what may stand before the first / without any user. */
static bool is_host(const char *text, size_t length)
{
	const char *colon = memrchr(text, ':', length);
	if (*text == '[' || !colon)
		return true;
	size_t digits = strspn(colon + 1, "0123456789");
	return colon + 1 + digits >= text + length;
}

/* Where the host begins. A password with / # ? or @ in it, not encoded as it should be, belongs to the user's part too.
 */
static const char *host_of(const char *authority)
{
	size_t length = strcspn(authority, "/");
	const char *at = memrchr(authority, '@', length);
	if (!at && !is_host(authority, strcspn(authority, "/?")))
		at = strrchr(authority, '@');
	return at ? at + 1 : authority;
}

/* Ends the memory stream and moves its text to buffer, cut where it does not fit. */
static bool move_text(FILE *out, char **text, char *buffer, size_t size)
{
	fclose(out);
	size_t length = strlen(*text);
	snprintf(buffer, size, "%s", *text);
	free(*text);
	return length < size;
}

static FILE *begin_text(char **text, size_t *size)
{
	FILE *out = alloc_stream(text, size);
	return out;
}

int config_url_with_credentials(const char *url, const char *user, const char *password, char *buffer, size_t size)
{
	char *text;
	size_t text_size;
	const char *authority = behind_scheme(url);
	bool credentials = *user || *password;
	if (credentials && (!authority || !*authority || *authority == '/' || host_of(authority) != authority))
		return -EINVAL;
	FILE *out = begin_text(&text, &text_size);
	if (credentials) {
		fwrite(url, 1, (size_t)(authority - url), out);
		write_encoded(out, user);
		fputs(*password ? ":" : "", out);
		write_encoded(out, password);
		fputc('@', out);
	}
	fputs(credentials ? authority : url, out);
	return move_text(out, &text, buffer, size) ? 0 : -ENAMETOOLONG;
}

static const char *const secret_keys[] = {
	"streamid",  "password", "passwd",         "pass", "pwd", "passphrase", "pubpasswd",
	"token",     "secret",   "access_token",   "auth", "key", "api_key",    "apikey",
	"signature", "sig",      "x-amz-signature"};

/* The length of "password=" and the like at the beginning of text; 0: none. */
static size_t secret_key_length(const char *text)
{
	size_t length = strcspn(text, "=&;? ");
	if (text[length] != '=')
		return 0;
	for (size_t i = 0; i < sizeof secret_keys / sizeof *secret_keys; i++)
		if (strlen(secret_keys[i]) == length && !strncasecmp(secret_keys[i], text, length))
			return length + 1;
	return 0;
}

/* Copies text, "***" in place of the values of secret keys. */
static void write_query_redacted(FILE *out, const char *text)
{
	bool key_begins = false;
	while (*text) {
		size_t length = key_begins ? secret_key_length(text) : 0;
		if (length) {
			fwrite(text, 1, length, out);
			fputs("***", out);
			text += length;
			text += strcspn(text, "&; ");
		}
		if (*text) {
			key_begins = strchr("?&; ", *text);
			fputc(*text++, out);
		}
	}
}

void config_url_redacted(const char *url, char *buffer, size_t size)
{
	char *text;
	size_t text_size;
	FILE *out = begin_text(&text, &text_size);
	const char *authority = behind_scheme(url);
	const char *host = authority ? host_of(authority) : url;
	if (authority)
		fwrite(url, 1, (size_t)(authority - url), out);
	if (authority && host != authority)
		fputs("***@", out);
	write_query_redacted(out, host);
	move_text(out, &text, buffer, size);
}

/* "user:password" before the @. */
static void take_login(const char *authority, size_t length,
		       void (*take)(void *context, const char *word, size_t length), void *context)
{
	const char *colon = memchr(authority, ':', length);
	take(context, authority, length);
	size_t user = colon ? (size_t)(colon - authority) : length;
	take(context, authority, user);
	if (colon)
		take(context, colon + 1, length - user - 1);
}

void config_url_secrets(const char *url, void (*take)(void *context, const char *word, size_t length), void *context)
{
	const char *authority = behind_scheme(url), *at = authority ? host_of(authority) : url;
	if (authority && at != authority)
		take_login(authority, (size_t)(at - authority) - 1, take, context);
	while ((at = strpbrk(at, "?&; "))) {
		at++;
		size_t key = secret_key_length(at), length = strcspn(at + key, "&; ");
		if (key)
			take(context, at + key, length);
	}
}
