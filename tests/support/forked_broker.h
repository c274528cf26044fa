/* forked_broker.h: a whole broker, keeper, core and workers, as forks of the test without any program of their own: so
 * that calls of each of them can be made to fail (inject.h). Workers write small gray pictures, or nothing. */
#ifndef TESTS_SUPPORT_FORKED_BROKER_H
#define TESTS_SUPPORT_FORKED_BROKER_H
#include "support/inject.h"
#include <stdbool.h>
#include <sys/types.h>

/* In memory that all of these processes share. */
struct forked {
	_Atomic pid_t core;       /* the last one */
	_Atomic unsigned cores;   /* that were started */
	_Atomic unsigned killed;  /* by the test */
	_Atomic unsigned ended;   /* in order, with nothing left */
	_Atomic unsigned gave_up; /* for want of memory, as config/alloc.h does */
	struct inject inject;     /* for the core whose number is victim, from its first call on */
	unsigned victim, nth;
};

struct forked_broker {
	struct forked *shared;
	pid_t keeper; /* 0: it has ended */
	char folder[64], path[96], log[96], config[96];
};

/* config: text of its configuration, in which %s stands for its folder. */
void forked_broker_create(struct forked_broker *broker, const char *config);
void forked_broker_destroy(struct forked_broker *broker);

/* False: it has ended before it served. */
bool forked_broker_start(struct forked_broker *broker);

/* Ends it in order. Whether it has, and every core of it did, or was killed, or has given up. */
bool forked_broker_end(struct forked_broker *broker);

/* Everything that its processes printed, on standard error. */
void forked_broker_show_log(const struct forked_broker *broker);

#endif
