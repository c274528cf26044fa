/* secret.c: looks secrets up where service managers and containers put them. */
#include "config/secret.h"
#include "base/fd.h"
#include "base/limits.h"
#include "config/alloc.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTAINER_SECRETS "/run/secrets"
#define NAME_BYTES 128

static const char name_start[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char name_rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";

/* The content of directory/name; NULL: there is none, or it holds more than a value may. */
static char *read_secret(const char *directory, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", directory, name) < 0)
		abort();
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(path);
	if (fd < 0)
		return NULL;
	char text[LIMIT_CONFIG_STRING + 2];
	ssize_t size = read(fd, text, sizeof text);
	if (size < 0 || (size_t)size == sizeof text || memchr(text, '\0', (size_t)size))
		return NULL;
	if (size > 0 && text[size - 1] == '\n')
		size--;
	text[size] = '\0';
	return alloc_text(text);
}

static char *look_up(const char *name, char *fault, size_t fault_size)
{
	const char *value = getenv(name);
	if (value)
		return alloc_text(value);
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char *text = credentials ? read_secret(credentials, name) : NULL;
	if (!text)
		text = read_secret(CONTAINER_SECRETS, name);
	if (!text)
		snprintf(fault, fault_size,
			 "no value for ${%s}; looked for the environment variable %s, then for a file %s in %s "
			 "and " CONTAINER_SECRETS,
			 name, name, name, credentials ? credentials : "$CREDENTIALS_DIRECTORY (not set)");
	return text;
}

/* Writes the value of the ${NAME} at *at and moves behind it. */
static bool expand_one(FILE *out, const char **at, char *fault, size_t fault_size)
{
	const char *begin = *at + 2;
	size_t length = strspn(begin, name_rest);
	char name[NAME_BYTES + 1];
	if (begin[length] != '}' || !strspn(begin, name_start) || length > NAME_BYTES) {
		snprintf(fault, fault_size, "${ without a name and }; allowed: ${NAME}, and $${ for ${ itself");
		return false;
	}
	memcpy(name, begin, length);
	name[length] = '\0';
	char *value = look_up(name, fault, fault_size);
	if (!value)
		return false;
	fputs(value, out);
	free(value);
	*at = begin + length + 1;
	return true;
}

char *secret_expand(const char *text, char *fault, size_t fault_size)
{
	char *result;
	size_t size;
	FILE *out = alloc_stream(&result, &size);
	bool ok = true;
	for (const char *at = text; *at && ok;) {
		if (!strncmp(at, "$${", 3)) {
			fputs("${", out);
			at += 3;
		} else if (!strncmp(at, "${", 2)) {
			ok = expand_one(out, &at, fault, fault_size);
		} else {
			fputc(*at++, out);
		}
	}
	fclose(out);
	if (ok)
		return result;
	free(result);
	return NULL;
}
