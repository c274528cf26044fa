/* core_sink_support.h: the one sink that a test is about. */
#ifndef FRAMEBROKER_TESTS_CORE_SINK_SUPPORT_H
#define FRAMEBROKER_TESTS_CORE_SINK_SUPPORT_H
#include "core/sink.h"
#include "support/core_fixture.h"
#include <jansson.h>

extern struct sink *sink;

struct config_sink *sink_config_of(const char *keys); /* of a sink called live */

/* As plan_resolve_sink() does where there is nothing to copy; its config is for config_sink_free(). */
struct plan_sink sink_plan_of(const char *keys);

void sink_create_planned(const struct plan_sink *planned); /* frees its config */
void sink_create_with(const char *keys);
int sink_destroy(void **state); /* cmocka's teardown */

/* marked and gate/audio. */
void sink_streams_are_there(void);

/* The error in a status; NULL: none. */
const char *sink_error_text(json_t *status);

#endif
