#include "base/clock.h"
#include "source/timeline.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FRAME 3600 /* 40 ms at 90 kHz */
#define FRAME_NS (40 * NS_PER_MS)

static const struct timeline_rules file = {0};
static const struct timeline_rules transport_file = {.jumps_expected = true};
static const struct timeline_rules camera = {.live = true};

static struct timeline_track mpeg_track(void)
{
	struct timeline_track track;
	timeline_track_begin(&track, (AVRational){1, 90000}, 33, FRAME_NS);
	return track;
}

static int64_t place(struct timeline *timeline, struct timeline_track *track, int64_t ticks, int64_t arrival_ns)
{
	return timeline_place(timeline, track, (struct timeline_packet){ticks, ticks, FRAME, arrival_ns}).pts_ns;
}

static void begins_at_the_containers_start(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track video = mpeg_track(), audio = mpeg_track();
	timeline_begin(&timeline, file, 0, 10 * NS_PER_SECOND);
	assert_int_equal(place(&timeline, &video, 10 * 90000 + FRAME, 1), FRAME_NS);
	assert_int_equal(place(&timeline, &audio, 10 * 90000, 1), 0);
	assert_int_equal(timeline.breaks, 0);
}

static void begins_at_the_first_packet_where_the_start_is_not_known(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, file, 5 * NS_PER_SECOND, TIMELINE_UNKNOWN);
	assert_int_equal(place(&timeline, &track, 77 * 90000, 1), 5 * NS_PER_SECOND);
	assert_int_equal(timeline.end_ns, 5 * NS_PER_SECOND + FRAME_NS);
}

static void a_beginning_long_before_the_start_is_damage(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track video = mpeg_track(), audio = mpeg_track();
	timeline_begin(&timeline, transport_file, 0, 100000 * NS_PER_SECOND);
	assert_int_equal(place(&timeline, &video, 0, 1), 0);
	assert_int_equal(place(&timeline, &audio, INT64_C(100000) * 90000, 1), 0);
	assert_int_equal(timeline.breaks, 1);
	assert_int_equal(place(&timeline, &video, INT64_C(100000) * 90000 + FRAME, 1), FRAME_NS);
}

static void a_pts_far_from_its_dts_is_damage(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, file, 0, 0);
	struct timeline_packet packet = {.pts = INT64_C(1) << 32, .dts = FRAME, .duration = FRAME};
	struct timeline_place at = timeline_place(&timeline, &track, packet);
	assert_int_equal(at.pts_ns, TIMELINE_UNKNOWN);
	assert_int_equal(at.order_ns, FRAME_NS);
	assert_int_equal(timeline.end_ns, 2 * FRAME_NS);
}

static void keeps_the_order_of_b_frames(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, file, 0, 0);
	struct timeline_packet packet = {.pts = 3 * FRAME, .dts = 0, .duration = FRAME};
	struct timeline_place at = timeline_place(&timeline, &track, packet);
	assert_int_equal(at.pts_ns, 3 * FRAME_NS);
	assert_int_equal(at.dts_ns, 0);
	assert_int_equal(at.order_ns, 0);
	assert_int_equal(timeline.end_ns, 4 * FRAME_NS);
}

static void a_wrap_is_undone_exactly(void **state)
{
	(void)state;
	const int64_t period = INT64_C(1) << 33;
	struct timeline timeline = {0};
	struct timeline_track video = mpeg_track(), audio = mpeg_track();
	timeline_begin(&timeline, transport_file, 0, TIMELINE_UNKNOWN);
	int64_t before = period - 2 * FRAME;
	for (int n = 0; n < 6; n++) {
		assert_int_equal(place(&timeline, &video, (before + n * FRAME) % period, 1), n * FRAME_NS);
		/* sound is a frame behind: its wrap comes later */
		assert_int_equal(place(&timeline, &audio, (before + (n - 1) * FRAME) % period, 1), (n - 1) * FRAME_NS);
	}
	assert_int_equal(timeline.breaks, 0);
}

static void many_wraps_go_on_rising(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track;
	timeline_track_begin(&track, (AVRational){1, 1000}, 8, 0);
	timeline_begin(&timeline, file, 0, 0);
	for (int64_t n = 0; n < 100; n++)
		assert_int_equal(place(&timeline, &track, n * 40 % 256, 1), n * FRAME_NS);
}

static void a_jump_is_closed_and_the_tracks_stay_in_step(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track video = mpeg_track(), audio = mpeg_track();
	timeline_begin(&timeline, transport_file, 0, 0);
	for (int n = 0; n < 3; n++) {
		place(&timeline, &video, n * FRAME, 1);
		place(&timeline, &audio, n * FRAME + 900, 1); /* 10 ms behind the picture */
	}
	const int64_t elsewhere = 3600 * 90000;
	assert_int_equal(place(&timeline, &video, elsewhere, 1), 3 * FRAME_NS);
	assert_int_equal(place(&timeline, &audio, 3 * FRAME + 900, 1), 3 * FRAME_NS + 10 * NS_PER_MS); /* still old */
	assert_int_equal(place(&timeline, &video, elsewhere + FRAME, 1), 4 * FRAME_NS);
	assert_int_equal(place(&timeline, &audio, elsewhere + FRAME + 900, 1), 4 * FRAME_NS + 10 * NS_PER_MS);
	assert_int_equal(place(&timeline, &video, elsewhere + 2 * FRAME, 1), 5 * FRAME_NS);
	assert_int_equal(timeline.breaks, 2); /* each track is told of its jump */
}

static void back_to_zero_goes_on(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, transport_file, 0, 0);
	for (int n = 0; n < 50; n++)
		assert_int_equal(place(&timeline, &track, n % 10 * FRAME, 1), n * FRAME_NS);
	assert_int_equal(timeline.breaks, 4);
}

static void a_pause_in_a_file_is_kept(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, file, 0, 0);
	place(&timeline, &track, 0, 1);
	assert_int_equal(place(&timeline, &track, 60 * 90000, 1), 60 * NS_PER_SECOND);
	assert_int_equal(timeline.breaks, 0);
}

static void a_real_gap_of_a_camera_is_kept_and_told(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, camera, 0, 0);
	place(&timeline, &track, 0, NS_PER_SECOND);
	assert_int_equal(place(&timeline, &track, 20 * 90000, 21 * NS_PER_SECOND), 20 * NS_PER_SECOND);
	assert_int_equal(timeline.breaks, 1);
}

static void a_cameras_jump_is_measured_by_our_clock(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, camera, 0, 0);
	place(&timeline, &track, 100 * 90000, NS_PER_SECOND);
	assert_int_equal(place(&timeline, &track, 0, 4 * NS_PER_SECOND), 103 * NS_PER_SECOND);
	assert_int_equal(timeline.breaks, 1);
}

static void a_camera_without_stamps_has_its_arrival(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	struct timeline_packet packet = {.pts = TIMELINE_UNKNOWN, .dts = TIMELINE_UNKNOWN, .arrival_ns = 70};
	timeline_begin(&timeline, (struct timeline_rules){.live = true, .use_arrival = true}, 1000, TIMELINE_UNKNOWN);
	assert_int_equal(timeline_place(&timeline, &track, packet).dts_ns, 1000);
	packet.arrival_ns = 170;
	packet.pts = packet.dts = 12345; /* made up by the demuxer */
	assert_int_equal(timeline_place(&timeline, &track, packet).dts_ns, 1100);
	assert_int_equal(timeline_place(&timeline, &track, packet).pts_ns, TIMELINE_UNKNOWN);
}

static void a_file_without_stamps_counts_frames(void **state)
{
	(void)state;
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	struct timeline_packet packet = {.pts = TIMELINE_UNKNOWN, .dts = TIMELINE_UNKNOWN, .arrival_ns = 1};
	timeline_begin(&timeline, file, 0, TIMELINE_UNKNOWN);
	for (int n = 0; n < 4; n++) {
		struct timeline_place at = timeline_place(&timeline, &track, packet);
		assert_int_equal(at.order_ns, n * FRAME_NS);
		assert_int_equal(at.pts_ns, TIMELINE_UNKNOWN);
	}
}

static void noise_overflows_nothing(void **state)
{
	(void)state;
	const int64_t noise[] = {INT64_MAX, INT64_MIN + 1, INT64_MAX / 2, -5, 1, INT64_MIN, INT64_MAX - 1};
	struct timeline timeline = {0};
	struct timeline_track track = mpeg_track();
	timeline_begin(&timeline, transport_file, 0, 0);
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < 7; j++) {
			struct timeline_packet packet = {noise[i], noise[j], noise[(i + j) % 7], 1};
			struct timeline_place at = timeline_place(&timeline, &track, packet);
			assert_true(at.order_ns > INT64_MIN / 2 && at.order_ns < INT64_MAX / 2);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_at_the_containers_start),
		cmocka_unit_test(begins_at_the_first_packet_where_the_start_is_not_known),
		cmocka_unit_test(a_beginning_long_before_the_start_is_damage),
		cmocka_unit_test(a_pts_far_from_its_dts_is_damage),
		cmocka_unit_test(keeps_the_order_of_b_frames),
		cmocka_unit_test(a_wrap_is_undone_exactly),
		cmocka_unit_test(many_wraps_go_on_rising),
		cmocka_unit_test(a_jump_is_closed_and_the_tracks_stay_in_step),
		cmocka_unit_test(back_to_zero_goes_on),
		cmocka_unit_test(a_pause_in_a_file_is_kept),
		cmocka_unit_test(a_real_gap_of_a_camera_is_kept_and_told),
		cmocka_unit_test(a_cameras_jump_is_measured_by_our_clock),
		cmocka_unit_test(a_camera_without_stamps_has_its_arrival),
		cmocka_unit_test(a_file_without_stamps_counts_frames),
		cmocka_unit_test(noise_overflows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
