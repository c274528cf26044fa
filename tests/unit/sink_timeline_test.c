#include "base/clock.h"
#include "sink/timeline.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S NS_PER_SECOND
#define MS NS_PER_MS
#define START (1000 * S) /* monotonic time is anything */
#define DAY (86400 * S)

static struct timeline timeline;
static struct timeline_track video, audio;

static int setup(void **state)
{
	(void)state;
	timeline_init(&timeline, 10 * S);
	video = (struct timeline_track){.same_clock = true};
	audio = (struct timeline_track){.same_clock = true};
	return 0;
}

static int64_t place(struct timeline_track *track, int64_t pts, int64_t now)
{
	struct timeline_frame frame = {.pts_ns = pts, .duration_ns = 40 * MS, .capture_ns = now};
	return timeline_place(&timeline, track, &frame, now);
}

static int64_t place_flagged(struct timeline_track *track, int64_t pts, int64_t now)
{
	struct timeline_frame frame = {.pts_ns = pts, .duration_ns = 40 * MS, .capture_ns = now, .discontinuity = true};
	return timeline_place(&timeline, track, &frame, now);
}

static void begins_with_0_and_keeps_distances(void **state)
{
	(void)state;
	assert_int_equal(place(&video, 77 * S, START), 0);
	assert_int_equal(place(&video, 77 * S + 33 * MS, START + 50 * MS), 33 * MS);
	assert_int_equal(timeline_position(&timeline, START + 50 * MS), 50 * MS);
	assert_int_equal(place(&audio, 77 * S - 21 * MS, START + 60 * MS), -21 * MS);
}

/* Pictures that took 4 s to be worked on stay with their sound. */
static void lateness_of_another_stream_is_kept(void **state)
{
	(void)state;
	assert_int_equal(place(&audio, 10 * S, START), 0);
	assert_int_equal(place(&video, 10 * S + 20 * MS, START + 4 * S), 20 * MS);
}

static void a_jump_goes_on_where_the_clock_is(void **state)
{
	(void)state;
	place(&video, 100 * S, START);
	assert_int_equal(place(&video, 100 * S + 40 * MS, START + 40 * MS), 40 * MS);
	assert_int_equal(place(&video, 100 * S + 80 * MS + DAY, START + 81 * MS), 81 * MS);
	assert_int_equal(place(&video, 100 * S + 120 * MS + DAY, START + 120 * MS), 121 * MS);
	assert_int_equal(place(&video, 100 * S + 160 * MS, START + 160 * MS), 161 * MS); /* back again */
	assert_int_equal(place(&video, 100 * S + 200 * MS, START + 200 * MS), 201 * MS);
}

/* Frames that were taken ahead of their time: the next one follows the last of them. */
static void a_jump_follows_what_is_ahead(void **state)
{
	(void)state;
	place(&video, 0, START);
	for (int64_t i = 1; i < 50; i++)
		place(&video, i * 40 * MS, START + i * MS);
	assert_int_equal(place_flagged(&video, 5 * MS, START + 60 * MS), 50 * 40 * MS);
}

static void both_streams_of_a_source_jump_together(void **state)
{
	(void)state;
	place(&video, 100 * S, START);
	place(&audio, 100 * S, START);
	int64_t picture = place(&video, 5 * S, START + 1 * S);
	int64_t old = place(&audio, 101 * S, START + 1 * S); /* this was on its way still */
	int64_t sound = place(&audio, 5 * S + 20 * MS, START + 1 * S + 30 * MS);
	assert_int_equal(old, 1 * S);
	assert_int_equal(sound - picture, 20 * MS);
}

static void little_steps_back_are_no_jump(void **state)
{
	(void)state;
	place(&video, 10 * S, START);
	place(&video, 11 * S, START + 1 * S);
	assert_int_equal(place(&video, 10 * S + 500 * MS, START + 1 * S), 500 * MS);
	assert_int_equal(place(&video, 11 * S + 40 * MS, START + 1 * S), 1040 * MS);
	assert_int_equal(place_flagged(&video, 10 * S, START + 2 * S), 2 * S); /* flagged, it is one */
}

/* A source that was lost for a minute goes on a minute later. */
static void a_gap_that_the_clock_saw_too_is_kept(void **state)
{
	(void)state;
	place(&video, 0, START);
	assert_int_equal(place_flagged(&video, 60 * S, START + 60 * S + 200 * MS), 60 * S);
}

static void time_bases_are_aligned_by_capture_times(void **state)
{
	(void)state;
	audio.same_clock = false;
	struct timeline_frame picture = {.pts_ns = 100 * S, .capture_ns = START};
	struct timeline_frame sound = {.pts_ns = 3 * S, .capture_ns = START - 500 * MS};
	assert_int_equal(timeline_place(&timeline, &video, &picture, START + 10 * MS), 0);
	assert_int_equal(timeline_place(&timeline, &audio, &sound, START + 20 * MS), -500 * MS);
	sound.pts_ns += 40 * MS;
	assert_int_equal(timeline_place(&timeline, &audio, &sound, START + 60 * MS), -460 * MS);
}

static void time_bases_that_agree_are_one(void **state)
{
	(void)state;
	audio.same_clock = false;
	struct timeline_frame picture = {.pts_ns = 100 * S, .capture_ns = START};
	struct timeline_frame sound = {.pts_ns = 100 * S + 20 * MS, .capture_ns = START + 400 * MS};
	timeline_place(&timeline, &video, &picture, START);
	assert_int_equal(timeline_place(&timeline, &audio, &sound, START + 400 * MS), 20 * MS);
}

static void a_stream_after_a_fallback_begins_where_the_clock_is(void **state)
{
	(void)state;
	timeline_start(&timeline, START);
	assert_int_equal(place(&video, 500 * S, START + 7 * S), 7 * S);
	assert_int_equal(place(&video, 500 * S + 40 * MS, START + 7 * S + 90 * MS), 7 * S + 40 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(begins_with_0_and_keeps_distances, setup),
		cmocka_unit_test_setup(lateness_of_another_stream_is_kept, setup),
		cmocka_unit_test_setup(a_jump_goes_on_where_the_clock_is, setup),
		cmocka_unit_test_setup(a_jump_follows_what_is_ahead, setup),
		cmocka_unit_test_setup(both_streams_of_a_source_jump_together, setup),
		cmocka_unit_test_setup(little_steps_back_are_no_jump, setup),
		cmocka_unit_test_setup(a_gap_that_the_clock_saw_too_is_kept, setup),
		cmocka_unit_test_setup(time_bases_are_aligned_by_capture_times, setup),
		cmocka_unit_test_setup(time_bases_that_agree_are_one, setup),
		cmocka_unit_test_setup(a_stream_after_a_fallback_begins_where_the_clock_is, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
