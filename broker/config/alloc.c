/* alloc.c: malloc and friends for the configuration, ending the process where there is no memory. */
#include "config/alloc.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
	if (!memory) {
		log_error("config", "no memory to work on the configuration: this process ends, to be started again");
		abort();
	}
	return memory;
}

void *alloc_zeroed(size_t size)
{
	return must(calloc(1, size));
}

char *alloc_text(const char *text)
{
	return must(strdup(text));
}

void *alloc_append(void **array, size_t *count, size_t item_size)
{
	*array = must(reallocarray(*array, *count + 1, item_size));
	return memset((char *)*array + (*count)++ * item_size, 0, item_size);
}

struct stream {
	char **text;
	size_t *size;
};

static ssize_t write_stream(void *cookie, const char *bytes, size_t count)
{
	const struct stream *stream = cookie;
	*stream->text = must(realloc(*stream->text, *stream->size + count + 1));
	memcpy(*stream->text + *stream->size, bytes, count);
	*stream->size += count;
	(*stream->text)[*stream->size] = '\0';
	return (ssize_t)count;
}

static int close_stream(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *alloc_stream(char **text, size_t *size)
{
	struct stream *stream = alloc_zeroed(sizeof *stream);
	*stream = (struct stream){text, size};
	*text = alloc_zeroed(1);
	*size = 0;
	return must(fopencookie(stream, "w", (cookie_io_functions_t){.write = write_stream, .close = close_stream}));
}
