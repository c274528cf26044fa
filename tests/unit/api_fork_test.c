/* Forked children: handles connect anew there, and nothing that the child does, its end included, is felt by the
 * parent. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* In a child, where cmocka must not jump back into the parent's test. */
#define MUST(what)                                                                                                     \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "child, line %d: %s: %s\n", __LINE__, #what, fb_error_text());                 \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

static pid_t start_child(void)
{
	pid_t pid = fork();
	if (pid == 0)
		alarm(60);
	return pid;
}

static void assert_child(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

struct handles {
	fb_broker *reading, *writing;
	fb_reader *reader;
	fb_writer *writer;
	struct fb_frame frame;
	struct fb_slot slot;
};

static void use_in_child(struct handles *handles)
{
	struct fb_frame frame;
	struct fb_slot slot;
#ifndef __SANITIZE_THREAD__ /* which cannot tell a child's threads from its parent's */
	struct pollfd in = {.fd = fb_reader_fd(handles->reader), .events = POLLIN};
	MUST(poll(&in, 1, 10000) == 1);
#endif
	MUST(fb_reader_read(handles->reader, PATIENCE, &frame) == 0); /* the newest, from a place of its own */
	MUST(frame_is(&frame, 2));
	MUST(frame.flags & FB_DISCONTINUITY);
	fb_frame_release(&frame);
	fb_frame_release(&handles->frame);
	for (int i = 0; i < 2; i++)
		MUST(fb_writer_claim(handles->writer, NULL, 0, &slot) == -EAGAIN); /* the parent writes */
	MUST(fb_slot_publish(&handles->slot, NULL) == -EPIPE);
	fb_slot_cancel(&handles->slot);
	fb_reader_close(&handles->reader);
	fb_writer_close(&handles->writer);
	MUST(fb_reader_open(handles->reading, "shown", NULL, &handles->reader) == 0);
	MUST(fb_reader_read(handles->reader, PATIENCE, &frame) == 0);
	fb_frame_release(&frame);
	fb_reader_close(&handles->reader);
	fb_close(&handles->reading);
	fb_close(&handles->writing);
	MUST(count_ring_maps() == 0);
	_exit(0);
}

static void close_in_child(struct handles *handles)
{
	fb_frame_release(&handles->frame);
	fb_slot_cancel(&handles->slot);
	fb_reader_close(&handles->reader);
	fb_writer_close(&handles->writer);
	fb_close(&handles->reading);
	fb_close(&handles->writing);
	MUST(count_ring_maps() == 0);
	_exit(0);
}

static void leave_in_child(struct handles *handles)
{
	(void)handles;
	exit(0);
}

static void fork_and(void **state, void (*in_child)(struct handles *))
{
	struct handles handles = {.reading = control_fixture_connect(*state),
				  .writing = control_fixture_connect(*state)};
	handles.writer = writer_of_shown(handles.writing);
	handles.reader = reader_of(handles.reading, "shown", FB_LOSSLESS, 2);
	struct pollfd in = {.fd = fb_reader_fd(handles.reader), .events = POLLIN};
	write_value(handles.writer, 1);
	handles.frame = read_frame(handles.reader, 1);
	write_value(handles.writer, 2);
	assert_int_equal(poll(&in, 1, 10000), 1);
	assert_int_equal(fb_writer_claim(handles.writer, NULL, 0, &handles.slot), 0);
	pid_t pid = start_child();
	if (pid == 0)
		in_child(&handles);
	assert_child(pid);
	fb_slot_cancel(&handles.slot);
	for (uint8_t value = 3; value < 50; value++) {
		read_value(handles.reader, (uint8_t)(value - 1));
		write_value(handles.writer, value);
	}
	assert_true(frame_is(&handles.frame, 1));
	assert_int_equal(fb_reader_missed(handles.reader), 0);
	assert_int_equal(poll(&in, 1, 10000), 1);
	read_value(handles.reader, 49);
	fb_frame_release(&handles.frame);
	fb_reader_close(&handles.reader);
	fb_writer_close(&handles.writer);
	fb_close(&handles.reading);
	fb_close(&handles.writing);
}

static void test_child_uses_its_handles(void **state)
{
	fork_and(state, use_in_child);
}

static void test_child_closes_its_handles(void **state)
{
	fork_and(state, close_in_child);
}

static void test_child_just_ends(void **state)
{
	fork_and(state, leave_in_child);
}

struct busy {
	fb_broker *broker;
	atomic_bool stop;
};

static void *ask_all_the_time(void *context)
{
	struct busy *busy = context;
	while (!busy->stop) {
		char *json = NULL;
		fb_reader *reader = NULL;
		assert_int_equal(fb_status(busy->broker, &json), 0);
		free(json);
		assert_int_equal(fb_reader_open(busy->broker, "shown", NULL, &reader), 0);
		fb_reader_close(&reader);
		nanosleep(&(struct timespec){.tv_nsec = 5 * NS_PER_MS}, NULL); /* the broker's limit on messages */
	}
	return NULL;
}

/* Other threads are in the middle of something, whenever the process forks. */
static void test_fork_among_threads(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its allocator may stay locked in the child */
#endif
	struct busy busy = {.broker = control_fixture_connect(*state)};
	fb_broker *writing = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(writing);
	fb_reader *reader = reader_of(busy.broker, "shown", FB_LATEST, 2);
	pthread_t threads[2];
	assert_true(fb_reader_fd(reader) >= 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, ask_all_the_time, &busy);
	for (uint8_t round = 1; round <= 20; round++) {
		write_value(writer, round);
		pid_t pid = start_child();
		if (pid == 0) {
			struct fb_frame frame;
			char *json = NULL;
			MUST(fb_status(busy.broker, &json) == 0);
			MUST(fb_reader_read(reader, PATIENCE, &frame) == 0);
			MUST(frame_is(&frame, round));
			fb_frame_release(&frame);
			fb_reader_close(&reader);
			_exit(0);
		}
		read_value(reader, round);
		assert_child(pid);
	}
	busy.stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&busy.broker);
	fb_close(&writing);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_child_uses_its_handles),
		test(test_child_closes_its_handles),
		test(test_child_just_ends),
		test(test_fork_among_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
