/* alloc.h: memory that is always there. Without any the process ends: the keeper starts core and workers anew, frames
 * flow on meanwhile, and no reader of the configuration has to carry a half-built tree to safety. */
#ifndef FRAMEBROKER_CONFIG_ALLOC_H
#define FRAMEBROKER_CONFIG_ALLOC_H
#include <stddef.h>
#include <stdio.h>

/* Zeroed; for free(). */
void *alloc_zeroed(size_t size);

/* A copy of text; for free(). */
char *alloc_text(const char *text);

/* As open_memstream(), which without memory would give a part of the text, or none. */
FILE *alloc_stream(char **text, size_t *size);

/* Appends one zeroed item to *array, which holds *count of them, and returns it; the array may move. *array is for
 * free(). */
void *alloc_append(void **array, size_t *count, size_t item_size);

#endif
