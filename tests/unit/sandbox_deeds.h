/* sandbox_deeds.h: what a worker does, and what one that was taken over by its input would try. */
#ifndef FRAMEBROKER_TESTS_SANDBOX_DEEDS_H
#define FRAMEBROKER_TESTS_SANDBOX_DEEDS_H
#include <stddef.h>

struct deed {
	const char *name;
	int (*deed)(void); /* 0: it was done; else a negative errno */
};

struct deeds {
	const struct deed *list;
	size_t count;
};

extern const struct deeds deeds_allowed, deeds_of_networks, deeds_forbidden;

/* The folder with the files, "in" to read and "out" to write among them, and another process; for cmocka. */
extern char deeds_folder[];
int deeds_set_up(void **state);
int deeds_tear_down(void **state);

#endif
