/* core_sink_support.c: a sink as the core has it, without a core. */
#include "core_sink_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct sink *sink;

struct config_sink *sink_config_of(const char *keys)
{
	struct config_sink *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_sink_from_text("live", keys, NULL, &config, &errors), 0);
	return config;
}

/* As plan_resolve_sink() does where there is nothing to copy; for plan_free(). */
struct plan_sink sink_plan_of(const char *keys)
{
	struct plan_sink planned = {.config = sink_config_of(keys)};
	strcpy(planned.video.stream, planned.config->video.stream);
	strcpy(planned.audio.stream, planned.config->audio.stream);
	return planned;
}

void sink_create_planned(const struct plan_sink *planned)
{
	core_fixture_reset();
	assert_int_equal(sink_create(&host, 1, planned, &sink), 0);
	config_sink_free(planned->config);
}

void sink_create_with(const char *keys)
{
	struct plan_sink planned = sink_plan_of(keys);
	sink_create_planned(&planned);
}

int sink_destroy(void **state)
{
	(void)state;
	sink_kind.destroy(&sink->worker);
	sink = NULL;
	return 0;
}

void sink_streams_are_there(void)
{
	asked.exists[0] = "marked";
	asked.exists[1] = "gate/audio";
}

const char *sink_error_text(json_t *status)
{
	return json_string_value(json_object_get(json_object_get(status, "error"), "text"));
}
