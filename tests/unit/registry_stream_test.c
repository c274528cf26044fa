/* Generations that may begin and that may go; streams by name; waiters. */
#include "registry/registry.h"
#include "registry/stream_readers.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct stream_terms terms = {.depth = 4, .spare = 4, .max_readers = 4, .max_held = 2};

static int setup(void **state)
{
	static struct registry registry;
	registry = (struct registry){0};
	*state = &registry;
	return 0;
}

static int teardown(void **state)
{
	registry_clear(*state);
	return 0;
}

static struct stream *add(struct registry *registry, const char *name)
{
	struct stream *stream = NULL;
	assert_int_equal(registry_add(registry, name, &terms, &stream), 0);
	return stream;
}

static struct place *open_place(struct stream *stream, enum fb_mode mode)
{
	struct place *place = NULL;
	assert_int_equal(place_open(stream, &(struct place_request){.mode = mode, .max_held = 1}, &place), 0);
	return place;
}

static void begin(struct stream *stream)
{
	struct generation *generation = NULL;
	assert_true(stream_may_begin(stream));
	generation_destroy(stream->previous);
	stream->previous = NULL;
	assert_int_equal(stream_begin(stream, &generation), 0);
	assert_ptr_equal(stream->coming, generation);
	assert_false(stream_may_begin(stream));
	stream_ready(stream);
}

static struct generation *attach(struct place *place, uint32_t done)
{
	struct generation *generation = NULL;
	assert_int_equal(place_attach(place, done, &generation), 0);
	return generation;
}

static void test_numbers_go_on(void **state)
{
	struct stream *stream = add(*state, "gate");
	begin(stream);
	assert_int_equal(stream->current->number, 1);
	assert_int_equal(stream->current->first, 1);
	stream_over(stream, stream->current, 0); /* it had no frame at all */
	begin(stream);
	assert_int_equal(stream->current->first, 1);
	stream_over(stream, stream->current, 42);
	begin(stream);
	assert_int_equal(stream->current->number, 3);
	assert_int_equal(stream->current->first, 43);
}

static void test_who_needs_a_generation(void **state)
{
	struct stream *stream = add(*state, "gate");
	struct place *place = open_place(stream, FB_LATEST);
	begin(stream);
	assert_null(stream_take_unneeded(stream)); /* it runs */
	attach(place, 0);
	stream_over(stream, stream->current, 9);
	assert_null(stream_take_unneeded(stream)); /* it is being read */
	begin(stream);
	assert_null(stream_take_unneeded(stream));
	attach(place, 1);
	struct generation *generation = stream_take_unneeded(stream);
	assert_int_equal(generation->number, 1);
	assert_null(stream->previous);
	generation_destroy(generation);
	assert_null(stream_take_unneeded(stream));
	stream_over(stream, stream->current, 9);
	place->closed = true;
	generation = stream_take_unneeded(stream);
	assert_int_equal(generation->number, 2);
	assert_null(stream->current);
	generation_destroy(generation);
}

static void test_only_lossless_readers_hold_generations_up(void **state)
{
	struct stream *stream = add(*state, "gate");
	struct place *latest = open_place(stream, FB_LATEST), *lossless = open_place(stream, FB_LOSSLESS);
	begin(stream);
	stream_over(stream, stream->current, 1);
	begin(stream);
	stream_over(stream, stream->current, 2);
	assert_false(stream_may_begin(stream));
	attach(lossless, 0); /* has it mapped: core need not keep it */
	assert_true(stream_may_begin(stream));
	begin(stream);
	assert_int_equal(attach(lossless, 1)->number, 2);
	assert_int_equal(attach(latest, 0)->number, 2); /* the first was taken away from it */
}

static void test_names(void **state)
{
	struct registry *registry = *state;
	struct stream *stream = add(registry, "gate"), *other = NULL;
	add(registry, "gate/small");
	assert_ptr_equal(registry_find(registry, "gate"), stream);
	assert_null(registry_find(registry, "gat"));
	assert_int_equal(registry_add(registry, "gate", &terms, &other), -EEXIST);

	struct place *place = open_place(stream, FB_ORDERED);
	stream_end(stream);
	stream_remove(stream);
	assert_null(registry_find(registry, "gate"));
	assert_null(registry_take_empty(registry)); /* a reader is in there */
	other = add(registry, "gate");
	assert_ptr_not_equal(other, stream);
	struct generation *generation = NULL;
	assert_int_equal(place_attach(place, 0, &generation), -ENODATA);
	place_destroy(place);
	assert_ptr_equal(registry_take_empty(registry), stream);
	stream_destroy(stream);
	assert_null(registry_take_empty(registry));
}

static void test_too_many_streams(void **state)
{
	struct stream *stream = NULL;
	char name[LIMIT_NAME];
	for (int i = 0; i < LIMIT_STREAMS; i++) {
		snprintf(name, sizeof name, "s%d", i);
		add(*state, name);
	}
	assert_int_equal(registry_add(*state, "one-more", &terms, &stream), -ENOSPC);
}

static void test_waiters(void **state)
{
	struct registry *registry = *state;
	struct stream *stream = NULL;
	assert_int_equal(registry_wait(registry, "gate", 1, 10), 0); /* before there is such a stream */
	assert_int_equal(registry_wait(registry, "gate", 2, 10), 0);
	assert_int_equal(registry_wait(registry, "gate", 2, 11), 0);
	assert_int_equal(registry_waiters_of(registry, 2), 2);
	struct stream *gate = add(registry, "gate");
	assert_true(stream_wanted(gate));
	assert_false(registry_unwait(registry, 1, 11, &stream));
	assert_true(registry_unwait(registry, 2, 11, &stream));
	assert_ptr_equal(stream, gate);
	assert_true(registry_unwait(registry, 2, 0, &stream));
	assert_false(registry_unwait(registry, 2, 0, &stream));
	assert_true(stream_wanted(gate));
	assert_true(registry_unwait(registry, 1, 10, &stream));
	assert_false(stream_wanted(gate));
}

static void test_demand(void **state)
{
	struct stream *stream = add(*state, "gate");
	assert_false(stream_wanted(stream));
	struct place *place = open_place(stream, FB_LATEST);
	assert_true(stream_wanted(stream));
	assert_int_equal(stream_readers(stream), 1);
	place->closed = true;
	assert_false(stream_wanted(stream));
	assert_int_equal(stream_readers(stream), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_numbers_go_on),
		test(test_who_needs_a_generation),
		test(test_only_lossless_readers_hold_generations_up),
		test(test_names),
		test(test_too_many_streams),
		test(test_waiters),
		test(test_demand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
