/* Reading one generation through the public functions, with a real server: modes, batches, times, errors, and how long
 * frames live. */
#include "api/link.h"
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_modes(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *latest = reader_of(broker, "shown", FB_LATEST, 2);
	fb_reader *ordered = reader_of(broker, "shown", FB_ORDERED, 2);
	fb_reader *lossless = reader_of(broker, "shown", FB_LOSSLESS, 2);
	struct fb_frame frame;
	struct fb_slot slot;
	for (uint8_t value = 1; value <= 8; value++)
		write_value(writer, value);
	for (int i = 0; i < 2; i++) /* the ninth is the writer's own; there is no tenth */
		assert_error(fb_writer_claim(writer, NULL, i * 10 * NS_PER_MS, &slot), i ? -ETIMEDOUT : 0, "");
	fb_slot_cancel(&slot);
	for (uint8_t value = 1; value <= 8; value++)
		read_value(lossless, value);
	write_value(writer, 9);
	write_value(writer, 10);
	read_value(latest, 10);
	frame = read_frame(ordered, 2);
	assert_int_equal(frame.missed, 1);
	fb_frame_release(&frame);
	read_value(lossless, 9);
	assert_int_equal(fb_reader_missed(latest), 9);
	assert_int_equal(fb_reader_missed(ordered), 1);
	assert_int_equal(fb_reader_missed(lossless), 0);
	assert_int_equal(fb_reader_state(latest), FB_LIVE);
	assert_int_equal(fb_reader_info(latest)->width, 64);
	fb_reader_close(&latest);
	fb_reader_close(&ordered);
	fb_reader_close(&lossless);
	assert_null(lossless);
	fb_reader_close(&lossless);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void test_batches(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *latest = reader_of(broker, "shown", FB_LATEST, 3);
	fb_reader *ordered = reader_of(broker, "shown", FB_ORDERED, 3);
	struct fb_frame frames[3];
	uint32_t count = 77;
	assert_error(fb_reader_read_batch(latest, 4, 0, frames, &count), -ENOBUFS, "max_held=4");
	assert_error(fb_reader_read_batch(latest, 0, 0, frames, &count), -EINVAL, "");
	assert_error(fb_reader_read_batch(ordered, 3, 0, frames, &count), -ETIMEDOUT, "no frame of shown in time");
	assert_int_equal(count, 77);
	for (uint8_t value = 1; value <= 5; value++)
		write_value(writer, value);
	assert_int_equal(fb_reader_read_batch(latest, 3, 0, frames, &count), 0);
	assert_int_equal(count, 3);
	for (uint8_t i = 0; i < 3; i++) {
		assert_true(frame_is(&frames[i], 3 + i));
		fb_frame_release(&frames[i]);
	}
	assert_int_equal(fb_reader_read_batch(ordered, 3, 0, frames, &count), 0);
	assert_int_equal(count, 3);
	struct fb_frame one;
	assert_error(fb_reader_read(ordered, PATIENCE, &one), -ENOBUFS, "max_held = 3");
	for (uint8_t i = 0; i < 3; i++) {
		assert_true(frame_is(&frames[i], 1 + i));
		fb_frame_release(&frames[i]);
	}
	assert_int_equal(fb_reader_read_batch(ordered, 3, 20 * NS_PER_MS, frames, &count), 0); /* as far as it goes */
	assert_int_equal(count, 2);
	for (uint8_t i = 0; i < 2; i++)
		fb_frame_release(&frames[i]);
	fb_reader_close(&latest);
	fb_reader_close(&ordered);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void test_at(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_ORDERED, 2);
	struct fb_frame frame;
	for (uint8_t value = 10; value <= 30; value += 10)
		write_value(writer, value);
	assert_int_equal(fb_reader_at(reader, 20999, 0, &frame), 0);
	assert_true(frame_is(&frame, 20));
	fb_frame_release(&frame);
	assert_error(fb_reader_at(reader, 9999, 0, &frame), -ESTALE, "no longer in the ring");
	assert_error(fb_reader_at(reader, 40000, 10 * NS_PER_MS, &frame), -ETIMEDOUT, "shown");
	read_value(reader, 10); /* its place has not moved */
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void test_metadata_and_times(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_ORDERED, 2);
	struct fb_slot slot;
	struct fb_frame first, second;
	char text[] = "elsewhere";
	int64_t before_ns = clock_monotonic_ns();
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
	assert_int_equal(slot.info->max_metadata, 4096);
	memcpy(slot.metadata, "in place", 8);
	slot.metadata_size = 4097;
	assert_error(fb_slot_publish(&slot, NULL), -EMSGSIZE, "4097 bytes of metadata");
	slot.metadata_size = 8;
	slot.pts_ns = 5000;
	slot.capture_ns = 123;
	slot.utc_ns = 456;
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	assert_error(fb_slot_publish(&slot, NULL), -EINVAL, "published or cancelled");
	fb_slot_cancel(&slot);
	assert_int_equal(fb_reader_read(reader, PATIENCE, &first), 0);
	assert_int_equal(first.metadata_size, 8);
	assert_memory_equal(first.metadata, "in place", 8);

	assert_int_equal(fb_writer_claim(writer, &first, 0, &slot), 0);
	assert_int_equal(slot.pts_ns, 5000);
	slot.metadata = text;
	slot.metadata_size = sizeof text;
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	assert_int_equal(fb_reader_read(reader, PATIENCE, &second), 0);
	assert_string_equal(second.metadata, "elsewhere");
	assert_int_equal(second.pts_ns, 5000);
	assert_int_equal(second.capture_ns, 123);
	assert_int_equal(second.utc_ns, 456);
	fb_frame_release(&first);
	fb_frame_release(&second);

	assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
	assert_int_equal(fb_slot_publish(&slot, NULL), 0); /* FB_PTS_AUTO */
	assert_int_equal(fb_reader_read(reader, PATIENCE, &first), 0);
	assert_true(first.capture_ns >= before_ns && first.capture_ns <= clock_monotonic_ns());
	assert_true(first.pts_ns > 0 && first.pts_ns <= clock_monotonic_ns() - before_ns + SECOND);
	fb_frame_release(&first);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void test_errors(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(*state), *none = NULL;
	fb_reader *reader = NULL;
	fb_writer *writer = NULL;
	struct fb_reader_options options = FB_READER_OPTIONS;
	struct fb_frame frame;
	assert_error(fb_reader_open(broker, "nothing", NULL, &reader), -ENOENT, "no stream nothing");
	assert_error(fb_reader_open(broker, "../x", NULL, &reader), -EINVAL, "the name");
	assert_error(fb_writer_open(broker, "nothing", NULL, &writer), -ENOENT, "no stream nothing");
	assert_error(fb_writer_open(broker, "cam", NULL, &writer), -EACCES, "written by source cam");
	options.max_held = 29;
	assert_error(fb_reader_open(broker, "shown", &options, &reader), -EINVAL, "max_held");
	options.max_held = 9;
	assert_error(fb_reader_open(broker, "shown", &options, &reader), -EINVAL, "allows 1 to 8");
	options = (struct fb_reader_options)FB_READER_OPTIONS;
	options.group = "a b";
	assert_error(fb_reader_open(broker, "shown", &options, &reader), -EINVAL, "the group's name");
	assert_null(reader);

	writer = writer_of_shown(broker);
	fb_writer *second = NULL;
	assert_error(fb_writer_open(broker, "shown", NULL, &second), -EAGAIN, "has a writer already");
	assert_null(second);
	reader = reader_of(broker, "shown", FB_LATEST, 2);
	assert_error(fb_reader_read(reader, 0, &frame), -ETIMEDOUT, "no frame of shown");
	int64_t before_ns = clock_monotonic_ns();
	assert_error(fb_reader_read(reader, 300 * NS_PER_MS, &frame), -ETIMEDOUT, "no frame of shown");
	assert_true(clock_monotonic_ns() - before_ns >= 300 * NS_PER_MS);
	struct fb_frame held[2];
	for (uint8_t i = 0; i < 2; i++) {
		write_value(writer, i);
		held[i] = read_frame(reader, i);
	}
	write_value(writer, 3);
	assert_error(fb_reader_read(reader, PATIENCE, &frame), -ENOBUFS, "max_held = 2");
	fb_frame_release(&held[0]);
	fb_frame_release(&held[0]);
	read_value(reader, 3);
	fb_frame_release(&held[1]);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);

	char missing[128];
	snprintf(missing, sizeof missing, "%s/missing", fixture->folder);
	assert_error(fb_connect(missing, 0, &none), -ETIMEDOUT, "no broker answers at");
	assert_error(fb_connect(missing, 50 * NS_PER_MS, &none), -ETIMEDOUT, "no broker answers at");
	assert_null(none);
}

/* Thousands of looks at a stream without frames are no requests to the broker, which would hang up. */
static void test_looking_costs_no_requests(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_LATEST, 2);
	struct fb_frame frame;
	uint32_t session = broker->session;
	write_value(writer, 1);
	read_value(reader, 1);
	fb_writer_close(&writer);
	for (int i = 0; i < 8000; i++)
		assert_int_equal(fb_reader_read(reader, 0, &frame), -ETIMEDOUT);
	assert_int_equal(fb_reader_state(reader), FB_IDLE);
	writer = writer_of_shown(broker);
	write_value(writer, 2);
	frame = read_frame(reader, 2);
	assert_int_equal(broker->session, session);
	assert_true(frame.flags & FB_DISCONTINUITY); /* another writer's time */
	fb_frame_release(&frame);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void *release_elsewhere(void *frame)
{
	fb_frame_release(frame);
	fb_frame_release(frame);
	return NULL;
}

static void test_frames_outlive_everything(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(fixture), *other = control_fixture_connect(fixture);
	fb_writer *writer = writer_of_shown(other);
	fb_reader *reader = reader_of(broker, "shown", FB_LATEST, 2);
	write_value(writer, 1);
	struct fb_frame first = read_frame(reader, 1);
	write_value(writer, 2);
	struct fb_frame second = read_frame(reader, 2);
	fb_reader_close(&reader);
	fb_close(&broker);
	for (uint8_t value = 3; value < 100; value++)
		write_value(writer, value);
	assert_true(frame_is(&first, 1) && frame_is(&second, 2));
	control_fixture_kill(fixture);
	fb_writer_close(&writer);
	fb_close(&other);
	assert_true(frame_is(&first, 1) && frame_is(&second, 2));
	fb_frame_release(&first);
	assert_true(frame_is(&second, 2));
	pthread_t thread;
	pthread_create(&thread, NULL, release_elsewhere, &second);
	pthread_join(thread, NULL);
}

/* A read that finds its frame: from here on, only these may be called. */
static void allow_no_system_call(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0), /* where the vdso has no clock */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(2);
}

static void test_reading_makes_no_system_call(void **state)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	skip(); /* they make their own */
#endif
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		fb_broker *broker = control_fixture_connect(*state);
		fb_writer *writer = writer_of_shown(broker);
		fb_reader *reader = reader_of(broker, "shown", FB_ORDERED, 2);
		struct fb_frame frame;
		int err = 0;
		for (uint8_t value = 0; value < 8; value++)
			write_value(writer, value);
		read_value(reader, 0);
		allow_no_system_call();
		for (int i = 1; i < 8 && err == 0; i++) {
			err = fb_reader_read(reader, i % 2 ? 0 : PATIENCE, &frame);
			fb_frame_release(&frame);
		}
		_exit(err != 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_modes),
		test(test_batches),
		test(test_at),
		test(test_metadata_and_times),
		test(test_errors),
		test(test_looking_costs_no_requests),
		test(test_frames_outlive_everything),
		test(test_reading_makes_no_system_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
