/* control_fixture.h: the core's socket server in a process of its own, which can be killed and started again, and a few
 * steps of its clients through the public API. Any failure fails the test.
 *
 * Its streams: "shown", which programs write, "many", which two may at once, and "cam", which its worker writes; gray,
 * 64 x 16, depth and spare 4. */
#ifndef TESTS_SUPPORT_CONTROL_FIXTURE_H
#define TESTS_SUPPORT_CONTROL_FIXTURE_H
#include <framebroker.h>
#include <stdbool.h>
#include <sys/types.h>

#define SECOND INT64_C(1000000000)
#define PATIENCE (20 * SECOND)

struct control_fixture {
	char folder[64], path[96];
	pid_t pid;  /* the server's; 0: it does not run */
	int worker; /* the worker's end of its socket, until control_fixture_worker() */
	int fds_before, maps_before;
};

/* cmocka's setup and teardown; teardown fails where a descriptor or a piece of a ring was left, here or by the server.
 */
int control_fixture_setup(void **state);
int control_fixture_teardown(void **state);

void control_fixture_kill(struct control_fixture *fixture);
void control_fixture_start(struct control_fixture *fixture);

fb_broker *control_fixture_connect(const struct control_fixture *fixture);
fb_broker *control_fixture_worker(struct control_fixture *fixture); /* once a start */

fb_writer *writer_of_shown(fb_broker *broker);
fb_writer *writer_of_cam(fb_broker *worker, uint32_t width); /* a generation of the worker's own layout */
fb_reader *reader_of(fb_broker *broker, const char *stream, enum fb_mode mode, uint32_t max_held);

/* A picture of nothing but `value`, shown at value x 1000 ns. Its sequence number. */
uint64_t write_value(fb_writer *writer, uint8_t value);

/* Reads the next frame, which must be of that value, and keeps or releases it. */
struct fb_frame read_frame(fb_reader *reader, uint8_t value);
void read_value(fb_reader *reader, uint8_t value);
bool frame_is(const struct fb_frame *frame, uint8_t value); /* every byte of it */

void assert_error(int err, int expected, const char *part); /* the errno, and a part of its text */

int count_ring_maps(void);

#endif
