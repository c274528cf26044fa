/* hand_over.c: what a 1080p frame written in place costs its producer, fb_writer_claim() and fb_slot_publish(), while a
 * reader in another process is woken by each; and a memcpy of such a frame, which is what it saves. Needs a broker:
 * $FRAMEBROKER_SOCKET. Prints two lines. */
#include "latencies.h"
#include <framebroker.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM "bench-hand-over"
#define FRAME_BYTES (1920 * 1080 * 3)
#define ROUNDS 1000
#define TIMEOUT_NS INT64_C(5000000000)

static int fail(const char *what)
{
	fprintf(stderr, "hand_over: %s: %s\n", what, fb_error_text());
	return 1;
}

/* The child: takes what comes, until the stream ends. */
static int read_frames(void)
{
	fb_broker *broker;
	fb_reader *reader;
	struct fb_stream_info info;
	struct fb_frame frame;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fb_connect(NULL, TIMEOUT_NS, &broker) < 0 || fb_wait(broker, STREAM, TIMEOUT_NS, &info) < 0 ||
	    fb_reader_open(broker, STREAM, NULL, &reader) < 0)
		return fail("reader");
	while (fb_reader_read(reader, TIMEOUT_NS, &frame) == 0)
		fb_frame_release(&frame);
	fb_reader_close(&reader);
	fb_close(&broker);
	return 0;
}

/* The time without the writing of the picture, or less than 0. */
static int64_t hand_over(fb_writer *writer, int picture)
{
	struct fb_slot slot;
	int64_t begin_ns = latency_now_ns();
	if (fb_writer_claim(writer, NULL, TIMEOUT_NS, &slot) < 0)
		return -1;
	int64_t claimed_ns = latency_now_ns();
	memset(slot.data[0], picture, FRAME_BYTES);
	int64_t written_ns = latency_now_ns();
	if (fb_slot_publish(&slot, NULL) < 0)
		return -1;
	return claimed_ns - begin_ns + latency_now_ns() - written_ns;
}

int main(void)
{
	static int64_t ours[ROUNDS], copies[ROUNDS];
	static uint8_t from[FRAME_BYTES], to[FRAME_BYTES];
	fb_broker *broker;
	fb_writer *writer;
	pid_t reader = fork();
	if (reader == 0)
		_exit(read_frames());
	if (fb_connect(NULL, TIMEOUT_NS, &broker) < 0 ||
	    fb_writer_open(broker, STREAM, "{pixel_format: bgr24, width: 1920, height: 1080}", &writer) < 0)
		return fail("writer");
	for (int round = 0; round < ROUNDS; round++) {
		ours[round] = hand_over(writer, round);
		if (ours[round] < 0)
			return fail("write");
		memset(from, round, sizeof from);
		int64_t begin_ns = latency_now_ns();
		memcpy(to, from, sizeof to);
		__asm__ volatile("" : : "r"(to) : "memory"); /* or the compiler leaves it out */
		copies[round] = latency_now_ns() - begin_ns;
		latency_pause();
	}
	fb_writer_close(&writer);
	fb_close(&broker);
	latencies_print(ours, ROUNDS);
	latencies_print(copies, ROUNDS);
	int status;
	waitpid(reader, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
