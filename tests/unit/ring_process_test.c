/* ring_process_test.c: readers and writers in processes of their own, that die and that fork. */
#include "base/clock.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct ring_fixture fixture;

static int begin(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(4, 2);
	ring_fixture_create(&fixture, &layout);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ring_fixture_destroy(&fixture);
	return 0;
}

/* The child runs body, which returns its exit status, and never comes back. */
static pid_t spawn(int (*body)(void))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body());
	return pid;
}

static int exit_status(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int hold_one_and_sleep(void)
{
	struct ring_reader *reader = ring_fixture_reader(&fixture, 0, 0);
	struct ring_frame frame;
	if (ring_reader_next(reader, DEADLINE_NEVER, &frame) < 0)
		return 1;
	for (;;)
		pause();
}

static void test_killed_reader_holds_until_its_page_is_cleared(void **state)
{
	(void)state;
	struct ring_writer *writer = ring_fixture_writer(&fixture);
	struct ring_reader *judge = NULL;
	ring_fixture_place(&fixture, 0, FB_LATEST, 1);
	ring_fixture_place(&fixture, 1, FB_LATEST, 1);
	judge = ring_fixture_reader(&fixture, 1, 0);
	assert_int_equal(ring_fixture_publish(writer), 1);
	const uint64_t *held = (const uint64_t *)ring_writer_data(writer, 0);
	uint64_t before = *held;
	pid_t pid = spawn(hold_one_and_sleep);
	while (atomic_load(&fixture.page[0]->holds[0]) == 0)
		usleep(100);
	kill(pid, SIGKILL);
	assert_int_equal(exit_status(pid), -SIGKILL);
	for (unsigned i = 0; i < 20; i++)
		assert_true(ring_fixture_publish(writer) > 0);
	struct ring_frame frame;
	assert_int_equal(ring_reader_at(judge, 1000, 0, &frame), -ESTALE);
	assert_int_equal(*held, before);
	ring_fixture_leave(&fixture, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_true(ring_fixture_publish(writer) > 0);
	assert_int_not_equal(*held, before);
	ring_reader_unref(judge);
	ring_writer_destroy(writer);
}

static int publish_three_and_die(void)
{
	struct ring_writer *writer = ring_fixture_writer(&fixture);
	unsigned slot = 0;
	for (unsigned i = 0; i < 3; i++)
		ring_fixture_publish(writer);
	if (ring_writer_claim(writer, 0, &slot) < 0)
		return 1;
	ring_writer_data(writer, slot)[0] = 1; /* half a frame */
	return kill(getpid(), SIGKILL);
}

static void test_killed_writers_frames_are_read_to_the_last(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 1);
	atomic_store(&fixture.page[0]->cursor, 1);
	assert_int_equal(exit_status(spawn(publish_three_and_die)), -SIGKILL);
	struct ring_reader *reader = ring_fixture_reader(&fixture, 0, 0);
	struct ring_frame frame;
	for (uint64_t seq = 1; seq <= 3; seq++) {
		assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
		assert_int_equal(frame.seq, seq);
		assert_true(ring_fixture_intact(reader, &frame));
		ring_reader_unhold(reader, frame.slot);
	}
	assert_int_equal(ring_reader_next(reader, 0, &frame), -ETIMEDOUT);
	atomic_store(&fixture.roster->final, atomic_load(&fixture.control->head));
	assert_int_equal(ring_reader_next(reader, 0, &frame), -ENODATA);
	ring_reader_unref(reader);
}

static struct ring_reader *inherited_reader;
static struct ring_writer *inherited_writer;
static struct ring_frame inherited_frame;

static int let_go_of_what_was_inherited(void)
{
	if (ring_map_is_ours(ring_reader_map(inherited_reader)) || ring_map_is_ours(ring_writer_map(inherited_writer)))
		return 1;
	/* What takes the page's place in the child's memory stays. */
	uint8_t *page = (uint8_t *)ring_reader_map(inherited_reader)->page[0] - ring_page_offset(0);
	uint8_t *other = mmap(page, RING_PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (other != page)
		return 2;
	memset(other, 0x55, RING_PAGE_SIZE);
	ring_reader_unhold(inherited_reader, inherited_frame.slot);
	ring_reader_detach(inherited_reader);
	ring_reader_unref(inherited_reader);
	ring_writer_destroy(inherited_writer);
	for (unsigned i = 0; i < RING_PAGE_SIZE; i++)
		if (other[i] != 0x55)
			return 3;
	return 0;
}

static void test_forked_child_is_not_the_reader(void **state)
{
	(void)state;
	inherited_writer = ring_fixture_writer(&fixture);
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 1);
	inherited_reader = ring_fixture_reader(&fixture, 0, 0);
	ring_fixture_publish(inherited_writer);
	assert_int_equal(ring_reader_next(inherited_reader, 0, &inherited_frame), 0);
	assert_int_equal(exit_status(spawn(let_go_of_what_was_inherited)), 0);
	assert_int_equal(atomic_load(&fixture.page[0]->holds[0]), inherited_frame.slot + 1);
	assert_int_equal(atomic_load(&fixture.page[0]->cursor), 2);
	assert_true(ring_fixture_intact(inherited_reader, &inherited_frame));
	ring_reader_unhold(inherited_reader, inherited_frame.slot);
	ring_reader_unref(inherited_reader);
	ring_writer_destroy(inherited_writer);
}

static int touch_the_page(void)
{
	return (int)atomic_load(&ring_reader_map(inherited_reader)->page[0]->cursor);
}

static int touch_the_data(void)
{
	return ring_writer_data(inherited_writer, 0)[0];
}

/* Two processes would be one reader or one writer: what they may change is not there in a child. */
static void test_forked_child_has_no_page_and_no_slots(void **state)
{
	(void)state;
	inherited_writer = ring_fixture_writer(&fixture);
	ring_fixture_place(&fixture, 0, FB_LATEST, 1);
	inherited_reader = ring_fixture_reader(&fixture, 0, 0);
	signal(SIGSEGV, SIG_DFL);
	assert_int_equal(exit_status(spawn(touch_the_page)), -SIGSEGV);
	assert_int_equal(exit_status(spawn(touch_the_data)), -SIGSEGV);
	ring_reader_unref(inherited_reader);
	ring_writer_destroy(inherited_writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_reader_holds_until_its_page_is_cleared, begin, end),
		cmocka_unit_test_setup_teardown(test_killed_writers_frames_are_read_to_the_last, begin, end),
		cmocka_unit_test_setup_teardown(test_forked_child_is_not_the_reader, begin, end),
		cmocka_unit_test_setup_teardown(test_forked_child_has_no_page_and_no_slots, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
