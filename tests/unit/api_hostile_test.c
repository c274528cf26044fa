/* A server that sends garbage, lies about its rings, answers late or not at all: a clear error, and nothing is left. */
#include "base/clock.h"
#include "base/fd.h"
#include "ring/layout.h"
#include "support/control_fixture.h"
#include "support/ring_fixture.h"
#include "unit/control_support.h"
#include "wire/connection.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum lie {
	TRUTH,
	GARBAGE,
	OTHER_PROTOCOL,
	SILENCE,
	OTHER_ANSWER,
	HANG_UP,
	LATE,
	NO_DESCRIPTORS,
	ALL_DESCRIPTORS,
	EMPTY_OBJECTS,
	NO_PAGE,
	OTHER_NUMBER,
	OVER,
	SHORT_LAYOUT,
	NO_LAYOUT,
	UNSEALED_TEXT,
	SHORT_TEXT,
	ENDLESS_TEXT,
};

struct liar {
	char folder[64], path[96];
	enum lie lie;
	pid_t pid;
	int heard; /* a byte for each connection, 'c' for a READER_CLOSE */
	int fds_before, maps_before;
};

/* ---- the server's side ---- */

static struct ring_fixture ring;

static int memfd(size_t size, int seals)
{
	int fd = memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		_exit(1);
	return fd;
}

static size_t lying_fds(enum lie lie, int *ret_fds)
{
	size_t count = RING_FD_PAGES + 1;
	switch (lie) {
	case NO_DESCRIPTORS:
		return 0;
	case ALL_DESCRIPTORS:
		count = LIMIT_MESSAGE_FDS;
		break;
	case EMPTY_OBJECTS:
		break;
	default:
		return ring_fixture_fds(&ring, 0, ret_fds) - (lie == NO_PAGE);
	}
	for (size_t i = 0; i < count; i++)
		ret_fds[i] = memfd(RING_PAGE_SIZE, 0);
	return count;
}

static size_t lying_text(enum lie lie, struct wire_message *reply, int *ret_fds)
{
	reply->count = 1000;
	if (lie == ENDLESS_TEXT)
		reply->count = UINT32_MAX;
	*ret_fds = memfd(lie == UNSEALED_TEXT ? 1000 : 10, lie == UNSEALED_TEXT ? 0 : F_SEAL_SHRINK | F_SEAL_WRITE);
	return 1;
}

/* Whether the connection goes on. */
static bool answer(int fd, const struct wire_message *request, enum lie lie, int heard)
{
	struct wire_message reply = {.type = WIRE_DONE, .serial = request->serial, .place = 5, .state = FB_LIVE};
	struct ring_layout layout = ring.layout;
	int fds[LIMIT_MESSAGE_FDS];
	size_t fd_count = 0;
	switch (request->type) {
	case WIRE_HELLO:
		if (lie == SILENCE)
			return true;
		if (lie == GARBAGE)
			return send(fd, "garbage", 7, 0) == 7;
		reply.type = WIRE_WELCOME;
		reply.protocol = lie == OTHER_PROTOCOL ? 99 : WIRE_PROTOCOL;
		break;
	case WIRE_READER_OPEN:
		if (lie == HANG_UP)
			return false;
		if (lie == LATE)
			poll(NULL, 0, 3500);
		reply.type = lie == OTHER_ANSWER ? WIRE_DONE : WIRE_PLACE;
		break;
	case WIRE_READER_ATTACH:
	case WIRE_WRITER_OPEN:
		reply.type = lie == OTHER_ANSWER ? WIRE_WELCOME : WIRE_GENERATION;
		reply.count = lie == OTHER_NUMBER ? UINT32_MAX : 0;
		fd_count = lying_fds(lie, fds);
		break;
	case WIRE_WAIT:
		reply.type = WIRE_LAYOUT;
		break;
	case WIRE_STATUS:
		reply.type = WIRE_TEXT;
		fd_count = lying_text(lie, &reply, fds);
		break;
	case WIRE_READER_CLOSE:
		if (write(heard, "c", 1) != 1)
			return false;
		break;
	default:
		break;
	}
	if (lie == NO_LAYOUT)
		memset(&layout, 0xff, sizeof layout);
	if (reply.type == WIRE_GENERATION || reply.type == WIRE_LAYOUT) {
		reply.layout = &layout;
		reply.layout_size = lie == SHORT_LAYOUT ? 5 : sizeof layout;
	}
	int err = wire_send(fd, &reply, fds, fd_count);
	for (size_t i = 0; i < fd_count; i++)
		close(fds[i]);
	return err == 0;
}

static void serve(int listening, enum lie lie, int heard)
{
	struct wire_packet packet;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct ring_layout layout = ring_fixture_layout(4, 2);
	ring_fixture_create(&ring, &layout);
	ring_fixture_place(&ring, 0, FB_ORDERED, 2);
	struct ring_writer *writer = ring_fixture_writer(&ring);
	if (lie == OVER)
		ring_writer_finish(writer);
	for (;;) {
		int fd = accept(listening, NULL, NULL);
		bool goes_on = write(heard, ".", 1) == 1;
		while (goes_on && poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1) == 1)
			goes_on = wire_receive(fd, &packet, false) == 0 && answer(fd, &packet.message, lie, heard);
		close(fd);
	}
}

/* ---- the client's side ---- */

static void start(struct liar *liar, enum lie lie)
{
	int heard[2];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	liar->fds_before = count_fds();
	liar->maps_before = count_ring_maps();
	strcpy(liar->folder, "/tmp/framebroker-test-XXXXXX");
	assert_non_null(mkdtemp(liar->folder));
	snprintf(liar->path, sizeof liar->path, "%s/socket", liar->folder);
	strcpy(address.sun_path, liar->path);
	int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listening, 4), 0);
	assert_int_equal(pipe2(heard, O_CLOEXEC), 0);
	liar->pid = fork();
	if (liar->pid == 0)
		serve(listening, lie, heard[1]);
	close(listening);
	close(heard[1]);
	liar->heard = heard[0];
}

static void stop(struct liar *liar)
{
	kill(liar->pid, SIGKILL);
	waitpid(liar->pid, NULL, 0);
	fd_close(&liar->heard);
	unlink(liar->path);
	rmdir(liar->folder);
	assert_int_equal(count_fds(), liar->fds_before);
	assert_int_equal(count_ring_maps(), liar->maps_before);
}

static fb_broker *connect_to(const struct liar *liar)
{
	fb_broker *broker = NULL;
	assert_int_equal(fb_connect(liar->path, PATIENCE, &broker), 0);
	return broker;
}

static void test_hello(void **state)
{
	(void)state;
	static const struct {
		enum lie lie;
		int err;
		const char *text;
	} cases[] = {
		{GARBAGE, -ETIMEDOUT, "does not answer: framebrokerd runs there"},
		{OTHER_PROTOCOL, -EPROTO, "another protocol version"},
		{SILENCE, -ETIMEDOUT, "does not answer: framebrokerd runs there"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct liar liar;
		fb_broker *broker = NULL;
		start(&liar, cases[i].lie);
		int64_t before_ns = clock_monotonic_ns();
		assert_error(fb_connect(liar.path, 200 * NS_PER_MS, &broker), cases[i].err, cases[i].text);
		assert_true(clock_monotonic_ns() - before_ns < 5 * SECOND);
		assert_null(broker);
		stop(&liar);
	}
}

static void test_rings(void **state)
{
	(void)state;
	static const enum lie lies[] = {NO_DESCRIPTORS, ALL_DESCRIPTORS, EMPTY_OBJECTS, NO_PAGE,
					OTHER_NUMBER,   OTHER_ANSWER,    TRUTH};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct liar liar;
		start(&liar, lies[i]);
		fb_broker *broker = connect_to(&liar);
		fb_reader *reader = NULL;
		fb_writer *writer = NULL;
		int fds = count_fds();
		for (int again = 0; again < 2; again++) {
			int err = fb_reader_open(broker, "x", NULL, &reader);
			assert_int_equal(err, lies[i] == TRUTH ? 0 : -EPROTO);
			fb_reader_close(&reader);
			if (lies[i] != TRUTH && lies[i] != OTHER_NUMBER) /* a reader's ring is none for a writer */
				assert_int_equal(fb_writer_open(broker, "x", NULL, &writer), -EPROTO);
			assert_null(writer);
			assert_int_equal(count_fds(), fds);
		}
		fb_close(&broker);
		stop(&liar);
	}
}

static void test_generation_that_was_over(void **state)
{
	(void)state;
	struct liar liar;
	struct fb_frame frame;
	start(&liar, OVER);
	fb_broker *broker = connect_to(&liar);
	fb_reader *reader = reader_of(broker, "x", FB_ORDERED, 2);
	for (int i = 0; i < 3; i++)
		assert_error(fb_reader_read(reader, PATIENCE, &frame), -EPROTO, "that was over");
	fb_reader_close(&reader);
	fb_close(&broker);
	stop(&liar);
}

static void test_texts_and_layouts(void **state)
{
	(void)state;
	static const enum lie texts[] = {UNSEALED_TEXT, SHORT_TEXT, ENDLESS_TEXT};
	static const enum lie layouts[] = {SHORT_LAYOUT, NO_LAYOUT};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct liar liar;
		char *json = NULL;
		start(&liar, texts[i]);
		fb_broker *broker = connect_to(&liar);
		int fds = count_fds();
		assert_error(fb_status(broker, &json), -EPROTO, "the broker's text is");
		assert_null(json);
		assert_int_equal(count_fds(), fds);
		fb_close(&broker);
		stop(&liar);
	}
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		struct liar liar;
		struct fb_stream_info info = {.width = 7};
		start(&liar, layouts[i]);
		fb_broker *broker = connect_to(&liar);
		assert_true(fb_wait(broker, "x", PATIENCE, &info) < 0);
		assert_int_equal(info.width, 7);
		fb_close(&broker);
		stop(&liar);
	}
}

static int hear(const struct liar *liar, char wanted)
{
	char bytes[4096];
	int count = 0;
	while (poll(&(struct pollfd){.fd = liar->heard, .events = POLLIN}, 1, 0) == 1) {
		ssize_t size = read(liar->heard, bytes, sizeof bytes);
		for (ssize_t i = 0; i < size; i++)
			count += bytes[i] == wanted;
	}
	return count;
}

/* What comes after its caller has left is closed: the place by a message, descriptors here. */
static void test_late_answer(void **state)
{
	(void)state;
	struct liar liar;
	fb_reader *reader = NULL;
	struct fb_stream_info info;
	start(&liar, LATE);
	fb_broker *broker = connect_to(&liar);
	assert_error(fb_reader_open(broker, "x", NULL, &reader), -ETIMEDOUT, "no answer to reader-open in time");
	int closed = 0;
	for (int64_t deadline_ns = clock_deadline(PATIENCE); !closed && clock_left_ns(deadline_ns) > 0;) {
		assert_int_equal(fb_wait(broker, "x", SECOND, &info), 0);
		closed = hear(&liar, 'c');
	}
	assert_int_equal(closed, 1);
	fb_close(&broker);
	stop(&liar);
}

/* A server that always hangs up is asked again, but not all the time. */
static void test_hangs_up(void **state)
{
	(void)state;
	struct liar liar;
	fb_reader *reader = NULL;
	start(&liar, HANG_UP);
	fb_broker *broker = connect_to(&liar);
	int64_t begin_ns = clock_monotonic_ns();
	int err = fb_reader_open(broker, "x", NULL, &reader);
	assert_true(err == -EPIPE || err == -ETIMEDOUT);
	assert_in_range(hear(&liar, '.'), 1, 100 * (clock_monotonic_ns() - begin_ns) / SECOND);
	fb_close(&broker);
	stop(&liar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_generation_that_was_over),
		cmocka_unit_test(test_texts_and_layouts),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_hangs_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
