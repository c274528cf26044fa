/* Packets in the order of time, and when they are given out. The queue looks at the clock; the tests say when time 0
 * was. */
#include "base/clock.h"
#include "sink/queue.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define S NS_PER_SECOND
#define HOUR (3600 * S)

static struct queue *queue;

static void create(bool unpaced, int64_t max_delay_ns)
{
	struct queue_options options = {
		.has = {true, true}, .unpaced = unpaced, .max_delay_ns = max_delay_ns, .longest_ns = 60 * S};
	assert_int_equal(queue_create(&options, &queue), 0);
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	struct queue_track info = {.parameters = parameters, .time_base = {1, 1000}};
	assert_int_equal(queue_begin(queue, QUEUE_VIDEO, &info), 0);
	assert_int_equal(queue_begin(queue, QUEUE_AUDIO, &info), 0);
	avcodec_parameters_free(&parameters);
}

static int teardown(void **state)
{
	(void)state;
	queue_destroy(queue);
	return 0;
}

/* Time 0 was so long ago; negative: is still to come. */
static void push(unsigned track, int64_t dts_ms, int64_t ago_ns)
{
	AVPacket *packet = av_packet_alloc();
	packet->pts = packet->dts = dts_ms;
	packet->flags = AV_PKT_FLAG_KEY;
	queue_push(queue, track, packet, clock_monotonic_ns() - ago_ns);
}

/* What is due now. */
static void expect(unsigned track, int64_t dts_ms, bool alone)
{
	struct queue_item item = {0};
	assert_int_equal(queue_next(queue, 0, &item), 0);
	assert_int_equal(item.track, track);
	assert_int_equal(item.packet->dts, dts_ms);
	assert_int_equal(item.alone, alone);
	av_packet_free(&item.packet);
}

static void expect_none(int err)
{
	struct queue_item item;
	assert_int_equal(queue_next(queue, 0, &item), err);
}

static void the_order_is_that_of_time(void **state)
{
	(void)state;
	create(false, 10 * S);
	for (int i = 0; i < 3; i++)
		push(QUEUE_VIDEO, 40 * i, 0);
	for (int i = 0; i < 4; i++)
		push(QUEUE_AUDIO, 21 * i - 21, 0);
	queue_hurry(queue);
	expect(QUEUE_AUDIO, -21, false);
	expect(QUEUE_VIDEO, 0, false);
	expect(QUEUE_AUDIO, 0, false);
	expect(QUEUE_AUDIO, 21, false);
	expect(QUEUE_VIDEO, 40, false);
	expect(QUEUE_AUDIO, 42, false);
	expect(QUEUE_VIDEO, 80, false);
	expect_none(-ETIMEDOUT);
	queue_end(queue, QUEUE_VIDEO);
	expect_none(-ETIMEDOUT);
	queue_end(queue, QUEUE_AUDIO);
	expect_none(-ENODATA);
}

static void nothing_leaves_before_its_time(void **state)
{
	(void)state;
	create(false, 10 * S);
	push(QUEUE_VIDEO, 0, -HOUR);
	push(QUEUE_AUDIO, 0, -HOUR);
	expect_none(-ETIMEDOUT);
	push(QUEUE_VIDEO, 40, 1 * S); /* now it is an hour later */
	expect(QUEUE_VIDEO, 0, false);
	expect(QUEUE_AUDIO, 0, false);
}

/* The pictures are five seconds late: their sound is held for them. */
static void sound_waits_for_its_picture(void **state)
{
	(void)state;
	create(false, 10 * S);
	push(QUEUE_VIDEO, 0, 5 * S);
	expect(QUEUE_VIDEO, 0, false);
	push(QUEUE_AUDIO, 10, 5 * S);
	expect_none(-ETIMEDOUT);
	push(QUEUE_VIDEO, 40, 5 * S + 60 * NS_PER_MS);
	expect(QUEUE_AUDIO, 10, false);
}

static void sound_does_not_wait_for_ever(void **state)
{
	(void)state;
	create(false, 2 * S);
	push(QUEUE_VIDEO, 0, 5 * S);
	expect(QUEUE_VIDEO, 0, false);
	push(QUEUE_AUDIO, 10, 5 * S);
	expect(QUEUE_AUDIO, 10, true);
}

static void sound_does_not_wait_for_pictures_that_have_ended(void **state)
{
	(void)state;
	create(false, 10 * S);
	push(QUEUE_VIDEO, 0, 1 * S);
	expect(QUEUE_VIDEO, 0, false);
	push(QUEUE_AUDIO, 10, 1100 * NS_PER_MS);
	expect_none(-ETIMEDOUT);
	queue_end(queue, QUEUE_VIDEO);
	expect(QUEUE_AUDIO, 10, false);
}

/* After a stall everything comes at once, and leaves as far apart as its time stamps are. */
static void a_burst_does_not_leave_as_one(void **state)
{
	(void)state;
	create(false, 10 * S);
	for (int i = 74; i >= 0; i--) /* that of time 0 moves on a little with each */
		push(QUEUE_VIDEO, 700 * (74 - i), 3 * S - i * NS_PER_MS);
	push(QUEUE_AUDIO, 50000, 3 * S);
	expect(QUEUE_VIDEO, 0, false);
	expect_none(-ETIMEDOUT);
	assert_in_range(queue_delay_ns(queue), 3 * S - 100 * NS_PER_MS, 4 * S);
}

static void unpaced_packets_wait_for_those_before_them_only(void **state)
{
	(void)state;
	create(true, 10 * S);
	push(QUEUE_VIDEO, 0, -HOUR);
	push(QUEUE_VIDEO, 40, -HOUR);
	expect_none(-ETIMEDOUT);
	push(QUEUE_AUDIO, 21, -HOUR);
	expect(QUEUE_VIDEO, 0, false);
	expect(QUEUE_AUDIO, 21, false);
	expect_none(-ETIMEDOUT);
	queue_end(queue, QUEUE_AUDIO);
	expect(QUEUE_VIDEO, 40, false);
}

static void what_nobody_takes_is_bounded(void **state)
{
	(void)state;
	create(false, 10 * S);
	for (int i = 0; i < 100; i++)
		push(QUEUE_VIDEO, 1000 * i, -HOUR);
	queue_hurry(queue);
	expect(QUEUE_VIDEO, 39000, false);
}

static void a_key_frame_is_seen_ahead(void **state)
{
	(void)state;
	create(false, 10 * S);
	assert_false(queue_key_frame_follows(queue, 0));
	push(QUEUE_VIDEO, 100, -HOUR);
	assert_false(queue_key_frame_follows(queue, 99 * NS_PER_MS));
	assert_true(queue_key_frame_follows(queue, 100 * NS_PER_MS));
}

static void a_track_may_change(void **state)
{
	(void)state;
	create(false, 10 * S);
	const struct queue_track *before = queue_track(queue, QUEUE_VIDEO);
	push(QUEUE_VIDEO, 0, 0);
	struct queue_track other = *before;
	other.origin_ns = 1 * S;
	assert_int_equal(queue_begin(queue, QUEUE_VIDEO, &other), 0);
	push(QUEUE_VIDEO, 0, 0);
	queue_hurry(queue);
	struct queue_item item;
	assert_int_equal(queue_next(queue, 0, &item), 0);
	assert_ptr_equal(item.info, before);
	av_packet_free(&item.packet);
	assert_int_equal(queue_next(queue, 0, &item), 0);
	assert_ptr_equal(item.info, queue_track(queue, QUEUE_VIDEO));
	assert_int_equal(item.dts_ns, 1 * S);
	av_packet_free(&item.packet);
}

static void *push_sound(void *unused)
{
	(void)unused;
	usleep(50000);
	push(QUEUE_AUDIO, 0, 0);
	return NULL;
}

static void who_waits_is_woken_by_what_is_due_earlier(void **state)
{
	(void)state;
	pthread_t thread;
	struct queue_item item = {0};
	create(false, 10 * S);
	push(QUEUE_VIDEO, 60000, 0);
	int64_t begun_ns = clock_monotonic_ns();
	assert_int_equal(pthread_create(&thread, NULL, push_sound, NULL), 0);
	assert_int_equal(queue_next(queue, begun_ns + 30 * S, &item), 0);
	assert_int_equal(item.track, QUEUE_AUDIO);
	assert_in_range(clock_monotonic_ns() - begun_ns, 0, 10 * S);
	av_packet_free(&item.packet);
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(who_waits_is_woken_by_what_is_due_earlier, teardown),
		cmocka_unit_test_teardown(the_order_is_that_of_time, teardown),
		cmocka_unit_test_teardown(nothing_leaves_before_its_time, teardown),
		cmocka_unit_test_teardown(sound_waits_for_its_picture, teardown),
		cmocka_unit_test_teardown(sound_does_not_wait_for_ever, teardown),
		cmocka_unit_test_teardown(sound_does_not_wait_for_pictures_that_have_ended, teardown),
		cmocka_unit_test_teardown(a_burst_does_not_leave_as_one, teardown),
		cmocka_unit_test_teardown(unpaced_packets_wait_for_those_before_them_only, teardown),
		cmocka_unit_test_teardown(what_nobody_takes_is_bounded, teardown),
		cmocka_unit_test_teardown(a_key_frame_is_seen_ahead, teardown),
		cmocka_unit_test_teardown(a_track_may_change, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
