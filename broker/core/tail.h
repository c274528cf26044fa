/* tail.h: bytes as they come, cut into lines, of which the last few are kept. */
#ifndef FRAMEBROKER_CORE_TAIL_H
#define FRAMEBROKER_CORE_TAIL_H
#include <stddef.h>

#define TAIL_LINES 20
#define TAIL_LINE 512 /* bytes; a longer one is cut */

struct tail {                                  /* begins as {0} */
	char lines[TAIL_LINES][TAIL_LINE + 1]; /* a ring */
	size_t count;                          /* lines so far */
	char partial[TAIL_LINE + 1];
	size_t partial_size;
};

typedef void tail_fn(void *context, const char *line);

/* Calls back for each line that is complete now; empty ones are skipped. Control characters become spaces, what is no
 * UTF-8 becomes '?'. */
void tail_feed(struct tail *tail, const char *bytes, size_t size, tail_fn *call, void *context);

/* What came without a line break is a line too: nothing more comes. */
void tail_end(struct tail *tail, tail_fn *call, void *context);

/* The index'th of the lines that are kept, oldest first; NULL: no more. */
const char *tail_line(const struct tail *tail, size_t index);

#endif
