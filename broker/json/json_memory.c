/* json_memory.c: malloc() for Jansson, with a note of its failures. */
#include "json/json_memory.h"
#include <jansson.h>
#include <stdlib.h>

static bool lacked;

static void *allocate(size_t size)
{
	void *memory = malloc(size);
	lacked |= !memory;
	return memory;
}

void json_memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
	lacked = false;
}

bool json_memory_lacked(void)
{
	return lacked;
}
