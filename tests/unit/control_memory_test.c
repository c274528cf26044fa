/* The objects of a generation in each memory mode: who may map what, and what cannot be taken back. */
#include "base/clock.h"
#include "base/error.h"
#include "control/available.h"
#include "control/memory.h"
#include "control/reserve.h"
#include "control/words.h"
#include "control_support.h"
#include "ring/wake.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void note_result(void *context, int err)
{
	*(int *)context = err;
}

static void run_until_done(struct server *server, const int *result)
{
	int64_t deadline_ns = clock_deadline(10 * NS_PER_SECOND);
	while (*result == 1 && clock_left_ns(deadline_ns) > 0)
		server_turn(server, NS_PER_MS);
}

static void test_memory_is_reserved(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	struct stat stat;
	int result = 1, fds[2];
	const uint64_t bytes[] = {4096, 8 << 20};
	server_start(server);
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("test", MFD_CLOEXEC);
		assert_int_equal(ftruncate(fds[i], (off_t)bytes[i]), 0);
	}
	assert_int_equal(reserve_start(server->loop, fds, bytes, 2, note_result, &result, &reserve), 0);
	run_until_done(server, &result);
	assert_int_equal(result, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fstat(fds[i], &stat), 0);
		assert_int_equal(stat.st_blocks * 512, bytes[i]);
		close(fds[i]);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	assert_int_equal(errno, ECHILD);
}

static int read_number(const char *path)
{
	int number = INT_MIN;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &number), 1);
	fclose(file);
	return number;
}

/* The child has descriptors for what is not sealed yet: another process of the same user must not get at them. */
static void test_who_reserves_volunteers_and_is_closed(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	struct stat stat_of_child;
	char path[64];
	int result = 1, fd = memfd_create("test", MFD_CLOEXEC);
	const uint64_t bytes = 512 << 20; /* it takes a while */
	if (geteuid() != 0)
		skip();
	server_start(server);
	int score = read_number("/proc/self/oom_score_adj");
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(seteuid(4711), 0);
	prctl(PR_SET_DUMPABLE, 0); /* as the core is */
	assert_int_equal(reserve_start(server->loop, &fd, &bytes, 1, note_result, &result, &reserve), 0);
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	int child = read_number(path);
	server_turn(server, 5 * NS_PER_MS); /* it is at work */
	snprintf(path, sizeof path, "/proc/%d/fd", child);
	assert_int_equal(stat(path, &stat_of_child), 0);
	assert_int_equal(stat_of_child.st_uid, 0);
	assert_int_equal(seteuid(0), 0);
	prctl(PR_SET_DUMPABLE, 1);
	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", child);
	assert_int_equal(read_number(path), 1000);
	assert_int_equal(read_number("/proc/self/oom_score_adj"), score);
	reserve_cancel(reserve);
	close(fd);
}

static void test_a_reservation_fails(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	int result = 1, fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	server_start(server);
	assert_int_equal(reserve_start(server->loop, &fd, (uint64_t[]){4096}, 1, note_result, &result, &reserve), 0);
	run_until_done(server, &result);
	assert_int_equal(result, -ENODEV);
	result = 1;
	assert_int_equal(reserve_start(server->loop, &fd, (uint64_t[]){4096}, 1, note_result, &result, &reserve), 0);
	reserve_cancel(reserve);
	reserve_cancel(NULL);
	server_turn(server, 5 * NS_PER_MS);
	assert_int_equal(result, 1);
	close(fd);
}

static void test_what_is_available(void **state)
{
	(void)state;
	assert_true(available_memory() > 0);
	assert_true(available_shm() < UINT64_MAX);
	struct available_need need = {.stream = "gate", .bytes = 512 << 20, .limit = UINT64_MAX};
	need.bytes = UINT64_MAX / 2;
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_non_null(strstr(error_text(), "(in memory)"));
	need.shm = true;
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_non_null(strstr(error_text(), "(in /dev/shm): make room, lower depth/spare, or set memory: memfd"));
	need = (struct available_need){.stream = "gate", .bytes = 3 << 20, .limit = 8 << 20, .used = 6 << 20};
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_string_equal(error_text(),
			    "stream gate needs 3 MiB, 2 MiB are free (of memory_limit): remove streams, lower "
			    "depth/spare, or raise memory_limit");
	need.bytes = 1 << 20;
	assert_int_equal(available_check(&need), 0);
}

/* The same through the server: a worker's frames in /dev/shm, a program's never; sealed when the writer is ready. */
static void test_modes_through_the_server(void **state)
{
	struct server *server = *state;
	const enum config_memory mode = server->config.memory;
	struct peer worker, program, reading;
	struct ring_writer *writer = NULL, *other = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	add_stream(server, "marked", NULL, false);
	peer_adopt(server, &worker, 7);
	peer_connect(server, &program);
	peer_connect(server, &reading);
	open_worker_writer(&worker, "gate", 64, &writer);
	open_writer(&program, "marked", NULL, &other);
	const char *names[] = {"gate", "marked"};
	for (int i = 0; i < 2; i++) {
		uint32_t place = open_reader(&reading, names[i], FB_LATEST);
		peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place});
		assert_int_equal(reading.packet.fd_count, RING_FD_PAGES + 1);
		int seals = fcntl(reading.packet.fds[RING_FD_DATA], F_GET_SEALS);
		if (mode == CONFIG_MEMORY_POSIX && i == 0)
			assert_int_equal(seals, F_SEAL_SEAL); /* a file in /dev/shm takes no seals */
		else
			assert_true(seals & F_SEAL_SHRINK && seals & F_SEAL_GROW);
		assert_int_equal(!!(seals & F_SEAL_FUTURE_WRITE), mode == CONFIG_MEMORY_SEALED);
	}
	for (int i = 0; i < 20; i++) {
		publish(writer);
		publish(other);
	}
	ring_writer_destroy(writer);
	ring_writer_destroy(other);
	peer_close(&reading);
	peer_close(&program);
	peer_close(&worker);
}

static int setup_posix(void **state)
{
	int r = server_setup(state);
	((struct server *)*state)->config.memory = CONFIG_MEMORY_POSIX;
	return r;
}

static int setup_sealed(void **state)
{
	int r = server_setup(state);
	((struct server *)*state)->config.memory = CONFIG_MEMORY_SEALED;
	return r;
}

#define server_test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int main(void)
{
	reserve_prepare();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers_cannot_write),
		cmocka_unit_test(test_writers_cannot_truncate),
		cmocka_unit_test(test_sealed_memory_cannot_be_mapped_for_writing_again),
		cmocka_unit_test(test_first_words),
		cmocka_unit_test(test_places_in_memory),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_what_is_available),
		server_test(test_memory_is_reserved),
		server_test(test_who_reserves_volunteers_and_is_closed),
		server_test(test_a_reservation_fails),
		server_test(test_modes_through_the_server),
		cmocka_unit_test_setup_teardown(test_modes_through_the_server, setup_posix, server_teardown),
		cmocka_unit_test_setup_teardown(test_modes_through_the_server, setup_sealed, server_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
