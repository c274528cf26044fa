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
