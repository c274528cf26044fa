/* keys.c: the keys of `add`. Values stay text: the broker knows their types. */
#include "keys.h"
#include "report.h"
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES (4 << 20)

static enum exit_status read_input(char **ret_keys)
{
	char *text = malloc(INPUT_BYTES + 1);
	if (!text)
		abort();
	size_t size = fread(text, 1, INPUT_BYTES + 1, stdin);
	if (ferror(stdin))
		complain("cannot read the keys from stdin: %s", strerror(errno));
	else if (size > INPUT_BYTES)
		complain("the keys on stdin are more than %d MiB", INPUT_BYTES >> 20);
	else if (memchr(text, 0, size))
		complain("the keys on stdin are no text: there is a zero byte in it");
	else {
		text[size] = 0;
		*ret_keys = text;
		return EXIT_DONE;
	}
	free(text);
	return EXIT_FAILED;
}

/* The mapping that path names inside keys, made where it is missing; *path is left at the last key. NULL: a value is
 * there. */
static json_t *descend(json_t *keys, char **path)
{
	char *dot;
	while ((dot = strchr(*path, '.'))) {
		*dot = 0;
		json_t *child = json_object_get(keys, *path);
		if (!child) {
			child = json_object();
			if (json_object_set_new(keys, *path, child) < 0)
				return NULL;
		}
		if (!json_is_object(child))
			return NULL;
		keys = child;
		*path = dot + 1;
	}
	return keys;
}

static bool take_word(json_t *keys, const char *word)
{
	const char *equals = strchr(word, '=');
	if (!equals || equals == word) {
		complain("%s: give KEY=VALUE, as url=clip.mp4 or outputs.gate/small.width=640", word);
		return false;
	}
	char *path = strndup(word, equals - word), *key = path;
	if (!path)
		abort();
	json_t *mapping = descend(keys, &key);
	bool taken = false;
	if (!mapping || json_object_get(mapping, key))
		complain("%.*s: given twice", (int)(equals - word), word);
	else if (!*key)
		complain("%.*s: a key is missing at the end", (int)(equals - word), word);
	else if (json_object_set_new(mapping, key, strcmp(equals + 1, "{}") ? json_string(equals + 1) : json_object()) <
		 0)
		complain("%s: is not UTF-8", word);
	else
		taken = true;
	free(path);
	return taken;
}

enum exit_status keys_read(char *const *words, int count, char **ret_keys)
{
	if (count == 1 && strcmp(words[0], "-") == 0)
		return read_input(ret_keys);

	json_t *keys = json_object();
	enum exit_status result = EXIT_DONE;
	for (int i = 0; i < count && result == EXIT_DONE; i++)
		result = take_word(keys, words[i]) ? EXIT_DONE : EXIT_USAGE;
	if (result == EXIT_DONE) {
		*ret_keys = json_dumps(keys, JSON_COMPACT);
		if (!*ret_keys)
			abort();
	}
	json_decref(keys);
	return result;
}
