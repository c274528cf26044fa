/* The objects of a generation in each memory mode: who may map what, and what cannot be taken back; and the words in
 * them. */
#include "control_peer.h"
#include "memory/memory.h"
#include "memory/words.h"
#include "ring/wake.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct ring_layout make_layout(void)
{
	struct ring_layout layout = worker_layout(64);
	layout.info.generation = 1;
	layout.info.depth = 4;
	layout.slots = 10;
	layout.index_size = 16;
	layout.max_readers = 3;
	layout.max_held = 2;
	layout.max_writers = 1;
	layout.first = 5;
	assert_int_equal(ring_layout_check(&layout), 0);
	return layout;
}

static struct memory *make_memory(enum memory_kind kind)
{
	struct ring_layout layout = make_layout();
	struct memory *memory = NULL;
	assert_int_equal(memory_create(&layout, kind, &memory), 0);
	assert_int_equal(memory_begin(memory, FB_CONNECTING), 0);
	return memory;
}

static bool can_map(int fd, int protection)
{
	void *object = mmap(NULL, 4096, protection, MAP_SHARED, fd, 0);
	if (object == MAP_FAILED)
		return false;
	munmap(object, 4096);
	return true;
}

static bool is_mode_0400(int fd)
{
	struct stat stat;
	return fstat(fd, &stat) == 0 && (stat.st_mode & 0777) == 0400;
}

static void test_readers_cannot_write(void **state)
{
	(void)state;
	const enum memory_kind kinds[] = {MEMORY_POSIX, MEMORY_MEMFD, MEMORY_SEALED};
	for (int i = 0; i < 3; i++) {
		int before = count_fds(), fds[LIMIT_MESSAGE_FDS];
		struct memory *memory = make_memory(kinds[i]);
		assert_int_equal(memory_reader_fds(memory, 1, fds), RING_FD_PAGES + 1);
		for (int k = RING_FD_CONTROL; k <= RING_FD_ROSTER; k++) {
			assert_true(can_map(fds[k], PROT_READ));
			assert_false(can_map(fds[k], PROT_READ | PROT_WRITE));
			assert_true(is_mode_0400(fds[k]));
			assert_true(ftruncate(fds[k], 0) < 0);
		}
		assert_true(can_map(fds[RING_FD_ROOM], PROT_READ | PROT_WRITE));
		assert_true(can_map(fds[RING_FD_PAGES], PROT_READ | PROT_WRITE));
		assert_true(ftruncate(fds[RING_FD_ROOM], 0) < 0); /* a truncated one would kill the writer */
		assert_true(ftruncate(fds[RING_FD_PAGES], 0) < 0);
		memory_destroy(memory);
		assert_int_equal(count_fds(), before);
	}
}

static void test_writers_cannot_truncate(void **state)
{
	(void)state;
	const enum memory_kind kinds[] = {MEMORY_MEMFD, MEMORY_SEALED};
	for (int i = 0; i < 2; i++) {
		int fds[LIMIT_MESSAGE_FDS];
		struct memory *memory = make_memory(kinds[i]);
		assert_int_equal(memory_writer_fds(memory, fds), RING_FD_PAGES + 3);
		assert_true(can_map(fds[RING_FD_CONTROL], PROT_READ | PROT_WRITE));
		assert_true(ftruncate(fds[RING_FD_CONTROL], 0) < 0);
		assert_true(ftruncate(fds[RING_FD_DATA], 1 << 20) < 0);
		assert_true(ftruncate(fds[RING_FD_PAGES + 2], 0) < 0);
		assert_false(can_map(fds[RING_FD_ROSTER], PROT_READ | PROT_WRITE));
		memory_destroy(memory);
	}
}

/* Not even with the descriptor that the writer got, or a new one for the same object. */
static void test_sealed_memory_cannot_be_mapped_for_writing_again(void **state)
{
	(void)state;
	int fds[LIMIT_MESSAGE_FDS];
	struct memory *memory = make_memory(MEMORY_SEALED);
	memory_writer_fds(memory, fds);
	int control = dup(fds[RING_FD_CONTROL]), data = dup(fds[RING_FD_DATA]);
	char *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, data, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	assert_int_equal(memory_close_writing(memory), 0);
	assert_false(can_map(control, PROT_READ | PROT_WRITE));
	assert_false(can_map(data, PROT_READ | PROT_WRITE));
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", data);
	int again = open(path, O_RDWR | O_CLOEXEC); /* root is not stopped by the mode */
	assert_true(again < 0 || !can_map(again, PROT_READ | PROT_WRITE));
	assert_true(again < 0 || write(again, "x", 1) < 0);
	mapped[0] = 'y'; /* the writer's own mapping goes on */
	char seen = 0;
	assert_int_equal(pread(data, &seen, 1, 0), 1);
	assert_int_equal(seen, 'y');
	munmap(mapped, 4096);
	if (again >= 0)
		close(again);
	close(control);
	close(data);
	memory_destroy(memory);
}

static void test_first_words(void **state)
{
	(void)state;
	struct memory *memory = make_memory(MEMORY_MEMFD);
	assert_int_equal(memory->control->head, 4);
	assert_int_equal(memory->control->tail, 5);
	assert_true(memory->control->final == RING_NEVER);
	assert_int_equal(memory->roster->state, FB_CONNECTING);
	assert_int_equal(memory->roster->newest, 1);
	assert_true(memory->roster->final == RING_NEVER);
	assert_int_equal(ring_room_posts(memory->room), 0);
	memory_destroy(memory);
}

/* The writer's words as a hostile one would leave them. */
static struct ring_control *map_as_writer(const struct memory *memory)
{
	struct ring_control *control =
		mmap(NULL, memory->sizes.control, PROT_READ | PROT_WRITE, MAP_SHARED, memory->control_fd, 0);
	assert_ptr_not_equal(control, MAP_FAILED);
	return control;
}

static void test_places_in_memory(void **state)
{
	(void)state;
	struct memory *memory = make_memory(MEMORY_MEMFD);
	struct ring_control *control = map_as_writer(memory);
	struct words_place place = {.index = 2, .max_held = 2, .epoch = 3, .mode = FB_LOSSLESS};
	uint64_t begin = 0;
	unsigned slots[LIMIT_HELD];
	assert_int_equal(words_seat(memory, &place, &begin), 0);
	assert_int_equal(begin, 5); /* before the first frame: that one */
	control->head = 20;
	control->tail = 17;
	assert_int_equal(words_seat(memory, &place, &begin), 0);
	assert_int_equal(begin, 20); /* the newest */
	assert_int_equal(words_cursor(memory, 2), 20);
	control->tail = UINT64_MAX;
	assert_int_equal(words_seat(memory, &place, &begin), 0);
	assert_int_equal(begin, 20);
	assert_true(ring_place_active(memory->roster->place[2]));
	assert_int_equal(ring_place_mode(memory->roster->place[2]), FB_LOSSLESS);

	struct words_place ordered = {.index = 1, .max_held = 2, .epoch = 1, .mode = FB_ORDERED};
	assert_int_equal(words_seat(memory, &ordered, &begin), 0);
	assert_int_equal(begin, 0);
	assert_true(words_cursor(memory, 1) == RING_NEVER);

	memory->pages[2]->holds[0] = 10; /* slot 9, the last one */
	memory->pages[2]->holds[1] = 11; /* there is none */
	memory->pages[2]->holds[5] = UINT16_MAX;
	assert_int_equal(words_holds(memory, 2, slots), 1);
	assert_int_equal(slots[0], 9);
	words_open_gate(memory, 2);
	assert_true(words_cursor(memory, 2) == RING_NEVER);
	assert_int_equal(words_holds(memory, 2, slots), 1);
	words_unseat(memory, 2);
	assert_int_equal(ring_room_posts(memory->room), 2); /* whoever waits for room looks again */
	assert_false(ring_place_active(memory->roster->place[2]));
	assert_int_equal(words_holds(memory, 2, slots), 0);
	words_unseat(memory, 2);
	munmap(control, memory->sizes.control);
	memory_destroy(memory);
}

static void test_ends(void **state)
{
	(void)state;
	const struct {
		uint64_t head, final, last, roster_final;
	} ends[] = {
		{4, RING_NEVER, 4, 4},             /* died without a frame */
		{9, RING_NEVER, 9, 9},             /* died */
		{9, 9, 9, RING_NEVER},             /* finished */
		{9, 7, 7, RING_NEVER},             /* says so itself */
		{9, 12, 9, 9},                     /* promises frames that are not there */
		{9, 0, 4, 4},                      /* nonsense, from here on */
		{0, RING_NEVER, 4, 4},             /* */
		{UINT64_MAX - 1, RING_NEVER, 4, 4} /* */
	};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct memory *memory = make_memory(MEMORY_MEMFD);
		struct ring_control *control = map_as_writer(memory);
		control->head = ends[i].head;
		control->final = ends[i].final;
		assert_true(words_finish(memory) == ends[i].last);
		assert_true(memory->roster->final == ends[i].roster_final);
		munmap(control, memory->sizes.control);
		memory_destroy(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers_cannot_write),
		cmocka_unit_test(test_writers_cannot_truncate),
		cmocka_unit_test(test_sealed_memory_cannot_be_mapped_for_writing_again),
		cmocka_unit_test(test_first_words),
		cmocka_unit_test(test_places_in_memory),
		cmocka_unit_test(test_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
