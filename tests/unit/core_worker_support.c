/* core_worker_support.c: a worker whose kind does next to nothing. */
#include "unit/core_worker_support.h"
#include "base/clock.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct worker worker;
bool is_due;
enum worker_next next;
enum fb_state shown;

static bool due(const struct worker *of)
{
	(void)of;
	return is_due;
}

static void take_report(struct worker *of, enum fb_state state, const json_t *report)
{
	(void)of, (void)state;
	assert_true(json_is_object(report));
}

static void show_state(struct worker *of)
{
	shown = of->state;
}

static enum worker_next over(struct worker *of, bool finished)
{
	(void)of, (void)finished;
	return next;
}

static const struct worker_kind kind = {.name = "thing",
					.program = KEEPER_SINK,
					.stop_ns = 2 * NS_PER_SECOND,
					.due = due,
					.report = take_report,
					.state = show_state,
					.over = over};

int worker_setup(void **state)
{
	(void)state;
	core_fixture_reset();
	is_due = true;
	next = WORKER_NONE;
	shown = FB_IDLE;
	assert_int_equal(worker_init(&worker, &host, &kind, 1, "gate"), 0);
	worker.backoff = (struct backoff){.first_ns = NS_PER_SECOND, .max_ns = 4 * NS_PER_SECOND};
	return 0;
}

int worker_teardown(void **state)
{
	(void)state;
	worker_clear(&worker);
	return 0;
}
