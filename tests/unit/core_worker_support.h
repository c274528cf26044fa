/* core_worker_support.h: the worker "gate" for tests of what all workers do, with time in the test's own hands. */
#ifndef TESTS_UNIT_CORE_WORKER_SUPPORT_H
#define TESTS_UNIT_CORE_WORKER_SUPPORT_H
#include "support/core_fixture.h"

extern struct worker worker;
extern bool is_due; /* the kind's answers */
extern enum worker_next next;
extern enum fb_state shown; /* what it was told of */

int worker_setup(void **state);
int worker_teardown(void **state);

#endif
