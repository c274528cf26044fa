/* core_takeover_support.h: for tests of a core that takes over: what was asked of the played keeper, and a first core
 * that has work. */
#ifndef TESTS_UNIT_CORE_TAKEOVER_SUPPORT_H
#define TESTS_UNIT_CORE_TAKEOVER_SUPPORT_H
#include "core/kept.h"
#include "support/played_keeper.h"

#define CAM "sources: {cam: {url: \"color=size=64x48\", format: lavfi, reconnect_delay: 100ms}}\n"

extern struct played_keeper keeper;

/* For played_until(). */
bool was_spawned(const struct played_keeper *of, unsigned id);
bool was_spawned_again(const struct played_keeper *of, unsigned id);
bool was_killed(const struct played_keeper *of, unsigned id);
bool was_buried(const struct played_keeper *of, unsigned id);
bool is_dropped(const struct played_keeper *of, unsigned id); /* the worker's record */
bool is_live(const struct played_keeper *of, unsigned id);    /* the record says so */
bool is_stopping(const struct played_keeper *of, unsigned id);
bool is_waiting(const struct played_keeper *of, unsigned id);

/* NULL: none. */
struct played_record *record_of(const struct played_keeper *of, enum kept_kind kind, unsigned id);

void assert_status(const char *kinds, const char *name, const char *state, int pid, int restarts);

/* A first core, whose worker 1, of the source cam, is live. */
void begin_live(const char *yaml);

/* Ends the core; what it has asked for until now has arrived. */
void settle(void);

int takeover_setup(void **state);
int takeover_teardown(void **state);

#endif
