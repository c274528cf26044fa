/* api_pool_test.c: groups and pools through the public functions, with a real server. */
#include "support/control_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4, max_writers: 2}"

static fb_reader *member_of_shown(fb_broker *broker)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	fb_reader *reader = NULL;
	options.mode = FB_LOSSLESS;
	options.group = "g";
	assert_int_equal(fb_reader_open(broker, "shown", &options, &reader), 0);
	return reader;
}

static fb_writer *writer_of_pool(fb_broker *broker)
{
	fb_writer *writer = NULL;
	assert_int_equal(fb_writer_open(broker, "pool", KEYS, &writer), 0);
	return writer;
}

static struct fb_slot claim_for(fb_writer *writer, const struct fb_frame *origin, uint8_t value)
{
	struct fb_slot slot;
	int err = fb_writer_claim(writer, origin, PATIENCE, &slot);
	if (err < 0)
		fail_msg("%s", fb_error_text());
	for (unsigned row = 0; row < 16; row++)
		memset(slot.data[0] + row * (size_t)slot.linesize[0], value, 64);
	return slot;
}

static void test_results_come_in_the_order_of_frames(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_reader *members[] = {member_of_shown(broker), member_of_shown(broker)};
	fb_writer *source = writer_of_shown(broker), *writers[] = {writer_of_pool(broker), writer_of_pool(broker)};
	fb_reader *results = reader_of(broker, "pool", FB_LOSSLESS, 2);
	uint64_t seq = 9;
	for (uint8_t value = 1; value <= 3; value++)
		write_value(source, value);
	struct fb_frame first = read_frame(members[0], 1), second = read_frame(members[1], 2);
	struct fb_slot slots[] = {claim_for(writers[0], &first, 1), claim_for(writers[1], &second, 2)};
	assert_int_equal(slots[1].pts_ns, second.pts_ns);
	fb_frame_release(&second);
	assert_int_equal(fb_slot_publish(&slots[1], &seq), 0);
	assert_int_equal(seq, 0);
	struct fb_frame third = read_frame(members[1], 3);
	fb_frame_release(&third); /* nothing comes of it */
	assert_int_equal(fb_slot_publish(&slots[0], &seq), 0);
	assert_int_equal(seq, 1);
	fb_frame_release(&first);
	read_value(results, 1);
	read_value(results, 2);
	for (unsigned i = 0; i < 2; i++) {
		fb_reader_close(&members[i]);
		fb_writer_close(&writers[i]);
	}
	fb_reader_close(&results);
	fb_writer_close(&source);
	fb_close(&broker);
}

static void test_errors(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_reader *member = member_of_shown(broker);
	fb_writer *source = writer_of_shown(broker), *writer = writer_of_pool(broker), *one = writer_of_pool(broker);
	fb_writer *two = NULL;
	struct fb_slot slot, other;
	assert_error(fb_writer_open(broker, "pool", KEYS, &two), -EAGAIN, "has 2 writers already");
	write_value(source, 1);
	write_value(source, 2);
	struct fb_frame frame = read_frame(member, 1);
	slot = claim_for(writer, &frame, 1);
	assert_error(fb_writer_claim(writer, &frame, 0, &other), -EBUSY, "a frame has one result");
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	slot = claim_for(one, &frame, 1);
	assert_error(fb_slot_publish(&slot, NULL), -ESTALE, "turn of this frame has passed");
	fb_slot_cancel(&slot); /* harmless */
	fb_frame_release(&frame);
	assert_error(fb_writer_claim(writer, &frame, 0, &slot), -EINVAL, "before it is released");
	assert_error(fb_writer_claim(writer, NULL, 0, &slot), -EINVAL, "order of this pool");
	frame = read_frame(member, 2);
	slot = claim_for(writer, &frame, 2);
	slot.metadata_size = 100000;
	assert_error(fb_slot_publish(&slot, NULL), -EMSGSIZE, "bytes of metadata");
	slot.metadata_size = 0;
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	fb_frame_release(&frame);
	assert_int_equal(fb_writer_wait_hint_ns(writer), 0);
	fb_reader_close(&member);
	fb_writer_close(&writer);
	fb_writer_close(&one);
	fb_writer_close(&source);
	fb_close(&broker);
}

/* The pool goes on, and ends, as if the writer were there until its last slot is. */
static void test_slots_outlive_the_writer(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_reader *member = member_of_shown(broker), *results = NULL;
	fb_writer *source = writer_of_shown(broker), *writer = writer_of_pool(broker);
	results = reader_of(broker, "pool", FB_LOSSLESS, 2);
	write_value(source, 1);
	write_value(source, 2);
	struct fb_frame first = read_frame(member, 1), second = read_frame(member, 2), held;
	struct fb_slot slot = claim_for(writer, &first, 1), other = claim_for(writer, &second, 2);
	assert_int_equal(fb_slot_hold(&slot, &held), 0);
	fb_frame_release(&first);
	fb_frame_release(&second);
	fb_reader_close(&member);
	fb_writer_close(&writer);
	fb_writer_close(&source);
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	read_value(results, 1);
	fb_slot_cancel(&other);
	struct fb_frame frame;
	assert_int_equal(fb_reader_read(results, PATIENCE, &frame), -ENODATA); /* it was created by its writer */
	assert_int_equal(held.data[0][5], 1);
	fb_frame_release(&held);
	fb_reader_close(&results);
	fb_close(&broker);
}

static void test_a_forked_child_ends_nothing(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_reader *member = member_of_shown(broker), *results = NULL;
	fb_writer *source = writer_of_shown(broker), *writer = writer_of_pool(broker);
	results = reader_of(broker, "pool", FB_LOSSLESS, 2);
	write_value(source, 1);
	struct fb_frame frame = read_frame(member, 1);
	struct fb_slot slot = claim_for(writer, &frame, 1);
	pid_t pid = fork();
	if (pid == 0) {
		fb_slot_cancel(&slot);
		fb_frame_release(&frame);
		_exit(0);
	}
	int status = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(frame_is(&frame, 1));
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	fb_frame_release(&frame);
	read_value(results, 1);
	fb_reader_close(&results);
	fb_reader_close(&member);
	fb_writer_close(&writer);
	fb_writer_close(&source);
	fb_close(&broker);
}

static void test_members_go_on_after_a_restart(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(fixture);
	fb_reader *member = member_of_shown(broker);
	fb_writer *source = writer_of_shown(broker), *writer = writer_of_pool(broker);
	write_value(source, 1);
	struct fb_frame frame = read_frame(member, 1);
	struct fb_slot slot = claim_for(writer, &frame, 1);
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	control_fixture_kill(fixture);
	control_fixture_start(fixture);
	fb_frame_release(&frame);
	int err = fb_reader_read(member, 0, &frame); /* looks, and finds the group anew */
	assert_int_equal(err, -ETIMEDOUT);
	write_value(source, 2);
	frame = read_frame(member, 2);
	slot = claim_for(writer, &frame, 2);
	fb_reader *results = reader_of(broker, "pool", FB_LOSSLESS, 2);
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	fb_frame_release(&frame);
	read_value(results, 2);
	fb_reader_close(&results);
	fb_reader_close(&member);
	fb_writer_close(&writer);
	fb_writer_close(&source);
	fb_close(&broker);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_results_come_in_the_order_of_frames),
		TEST(test_errors),
		TEST(test_slots_outlive_the_writer),
		TEST(test_a_forked_child_ends_nothing),
		TEST(test_members_go_on_after_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
