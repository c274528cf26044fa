/* Who is admitted to a stream, and which generation a place reads next. */
#include "base/error.h"
#include "registry/place.h"
#include "registry/stream_readers.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct stream_terms terms = {.depth = 2, .spare = 2, .max_readers = 4, .max_held = 3};

static int setup(void **state)
{
	return stream_create("gate", &terms, (struct stream **)state);
}

static int teardown(void **state)
{
	stream_destroy(*state);
	return 0;
}

static int try_open(struct stream *stream, enum fb_mode mode, unsigned max_held, uid_t uid, struct place **ret_place)
{
	const struct place_request request = {.client = 1, .uid = uid, .mode = mode, .max_held = max_held};
	return place_open(stream, &request, ret_place);
}

static struct place *open_place(struct stream *stream, enum fb_mode mode, uid_t uid)
{
	struct place *place = NULL;
	assert_int_equal(try_open(stream, mode, 1, uid, &place), 0);
	return place;
}

/* A generation from first to last frame, ready. */
static struct generation *run_generation(struct stream *stream)
{
	struct generation *generation = NULL;
	assert_int_equal(stream_begin(stream, &generation), 0);
	stream_ready(stream);
	return generation;
}

static void test_max_held(void **state)
{
	struct place *place = NULL;
	assert_int_equal(try_open(*state, FB_LATEST, 0, 1, &place), -EINVAL);
	assert_int_equal(try_open(*state, FB_LATEST, 4, 1, &place), -EINVAL);
	assert_non_null(strstr(error_text(), "max_held 4"));
	assert_int_equal(try_open(*state, (enum fb_mode)3, 1, 1, &place), -EINVAL);
	assert_null(place);
	assert_int_equal(try_open(*state, FB_LATEST, 3, 1, &place), 0);
	assert_int_equal(place->max_held, 3);
}

static void test_lossless_readers_leave_a_slot_to_the_writer(void **state)
{
	struct place *place = NULL, *last = NULL;
	for (int i = 0; i < 3; i++)
		last = open_place(*state, FB_LOSSLESS, 1);
	assert_int_equal(try_open(*state, FB_LOSSLESS, 1, 1, &place), -EUSERS);
	assert_non_null(strstr(error_text(), "raise `spare`"));
	assert_int_equal(try_open(*state, FB_ORDERED, 1, 1, &place), 0);
	last->closed = true; /* a closed one is no gate any more, though its place may be taken still */
	place_destroy(place);
	assert_int_equal(try_open(*state, FB_LOSSLESS, 1, 1, &place), 0);
}

static void test_lossless_rules(void **state)
{
	struct stream *stream = *state;
	struct place *place = NULL;
	stream->live = true;
	assert_int_equal(try_open(stream, FB_LOSSLESS, 1, 1, &place), -EPERM);
	assert_non_null(strstr(error_text(), "gate is live"));
	stream->terms.lossless = LOSSLESS_ALLOW;
	assert_int_equal(try_open(stream, FB_LOSSLESS, 1, 1, &place), 0);
	stream->live = false;
	stream->terms.lossless = LOSSLESS_DENY;
	assert_int_equal(try_open(stream, FB_LOSSLESS, 1, 1, &place), -EPERM);
	assert_int_equal(try_open(stream, FB_ORDERED, 1, 1, &place), 0);
}

static void test_places_run_out(void **state)
{
	struct place *places[4], *place = NULL;
	for (int i = 0; i < 4; i++)
		places[i] = open_place(*state, FB_LATEST, 1);
	assert_int_equal(try_open(*state, FB_LATEST, 1, 1, &place), -EUSERS);
	assert_non_null(strstr(error_text(), "max_readers"));
	unsigned index = places[2]->index;
	uint32_t epoch = places[2]->epoch;
	place_destroy(places[2]);
	assert_int_equal(try_open(*state, FB_LATEST, 1, 1, &place), 0);
	assert_int_equal(place->index, index);
	assert_true(place->epoch > epoch);
}

static void test_a_page_is_for_one_user(void **state)
{
	struct stream *stream = *state;
	struct generation *generation = NULL;
	run_generation(stream);
	struct place *place = open_place(stream, FB_LATEST, 1);
	assert_int_equal(place_attach(place, 0, &generation), 0);
	unsigned index = place->index;
	place_destroy(place);
	assert_int_not_equal(open_place(stream, FB_LATEST, 2)->index, index);
	place = open_place(stream, FB_LATEST, 1);
	assert_int_equal(place->index, index);
	place_destroy(place);

	stream_over(stream, stream->current, 0);
	run_generation(stream); /* has new pages */
	assert_int_equal(open_place(stream, FB_LATEST, 2)->index, index);
}

static void test_from_generation_to_generation(void **state)
{
	struct stream *stream = *state;
	struct generation *generation = NULL;
	struct place *early = open_place(stream, FB_ORDERED, 1);
	assert_int_equal(place_attach(early, 0, &generation), -EAGAIN);
	assert_true(early->pending);
	assert_int_equal(place_attach(early, 1, &generation), -EINVAL);

	run_generation(stream);
	struct place *late = open_place(stream, FB_ORDERED, 1);
	stream_over(stream, stream->current, 10);
	struct place *later = open_place(stream, FB_ORDERED, 1); /* never sees an old frame */
	run_generation(stream);
	assert_int_equal(stream->current->first, 11);
	assert_int_equal(place_attach(early, 0, &generation), 0);
	assert_false(early->pending);
	assert_int_equal(generation->number, 1);
	assert_int_equal(place_attach(early, 0, &generation), 0); /* again: the answer may have been lost */
	assert_int_equal(generation->number, 1);
	assert_int_equal(place_attach(late, 0, &generation), 0);
	assert_int_equal(generation->number, 1);
	assert_int_equal(place_attach(later, 0, &generation), 0);
	assert_int_equal(generation->number, 2);
	assert_int_equal(place_attach(early, 1, &generation), 0);
	assert_int_equal(generation->number, 2);
	assert_int_equal(place_attach(early, 2, &generation), -EAGAIN);
}

static void test_passes(void **state)
{
	struct stream *stream = *state;
	struct generation *generation = NULL;
	struct place *place = open_place(stream, FB_ORDERED, 1);
	assert_true(stream_wanted(stream));
	run_generation(stream);
	stream_over(stream, stream->current, 5);
	struct place *missed = open_place(stream, FB_ORDERED, 1); /* nothing was to come any more */
	stream_end(stream);
	assert_int_equal(stream->state, FB_ENDED);
	assert_true(place_ended(place));
	assert_false(place_ended(missed));
	struct place *next = open_place(stream, FB_ORDERED, 1);
	assert_int_equal(place_attach(next, 0, &generation), -EAGAIN);
	assert_int_equal(place_attach(place, 0, &generation), 0);
	assert_int_equal(place_attach(place, 1, &generation), -ENODATA);
	assert_non_null(strstr(error_text(), "ended"));

	run_generation(stream);
	assert_int_equal(place_attach(place, 1, &generation), -ENODATA);
	assert_int_equal(place_attach(next, 0, &generation), 0);
	assert_int_equal(generation->number, 2);
	assert_int_equal(place_attach(missed, 0, &generation), 0);
	assert_int_equal(generation->number, 2);
}

/* Without any generation a pass has an end too: the file was empty. */
static void test_empty_pass(void **state)
{
	struct stream *stream = *state;
	struct generation *generation = NULL;
	struct place *place = open_place(stream, FB_ORDERED, 1);
	stream_end(stream);
	assert_int_equal(place_attach(place, 0, &generation), -ENODATA);
	assert_false(stream_wanted(stream));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_max_held),
		test(test_lossless_readers_leave_a_slot_to_the_writer),
		test(test_lossless_rules),
		test(test_places_run_out),
		test(test_a_page_is_for_one_user),
		test(test_from_generation_to_generation),
		test(test_passes),
		test(test_empty_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
