/* nearest.h: what was perhaps meant by a name that is not known. */
#ifndef FRAMEBROKER_CONFIG_NEAREST_H
#define FRAMEBROKER_CONFIG_NEAREST_H
#include <stddef.h>

struct nearest {                  /* begins as NEAREST(name) */
	const char *name, *found; /* found: the nearest so far; NULL: none is near */
	size_t distance;          /* less than this is near */
};

#define NEAREST(unknown) ((struct nearest){.name = (unknown), .distance = nearest_limit(unknown)})

/* Typing errors that a name of this length may have, and one. */
size_t nearest_limit(const char *name);

/* Keeps the candidate, which must live on, where it is nearer than those before. */
void nearest_try(struct nearest *nearest, const char *candidate);

#endif
