/* wake.c: from fb_slot_publish() to a reader in another process that was blocked in fb_reader_read(). The writer puts
 * the time into the frame. Needs a broker: $FRAMEBROKER_SOCKET. */
#include "latencies.h"
#include <framebroker.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM "bench-wake"
#define TIMEOUT_NS INT64_C(5000000000)

static int fail(const char *what)
{
	fprintf(stderr, "wake: %s: %s\n", what, fb_error_text());
	return 1;
}

/* The child: reads until the writer has been silent, and prints. */
static int read_frames(void)
{
	static int64_t ns[LATENCY_ROUNDS];
	fb_broker *broker;
	fb_reader *reader;
	struct fb_stream_info info;
	struct fb_frame frame;
	size_t count = 0;

	/* The stream may not be there yet. */
	if (fb_connect(NULL, TIMEOUT_NS, &broker) < 0 || fb_wait(broker, STREAM, TIMEOUT_NS, &info) < 0 ||
	    fb_reader_open(broker, STREAM, NULL, &reader) < 0)
		return fail("reader");
	while (count < LATENCY_ROUNDS && fb_reader_read(reader, TIMEOUT_NS, &frame) == 0) {
		int64_t sent_ns, now_ns = latency_now_ns();
		memcpy(&sent_ns, frame.data[0], sizeof(sent_ns));
		ns[count++] = now_ns - sent_ns;
		fb_frame_release(&frame);
	}
	fb_reader_close(&reader);
	fb_close(&broker);
	if (count < LATENCY_ROUNDS)
		return fail("too few frames came");
	latencies_print(ns, count);
	fflush(stdout);
	return 0;
}

static int write_frame(fb_writer *writer)
{
	struct fb_slot slot;
	int err = fb_writer_claim(writer, NULL, TIMEOUT_NS, &slot);
	if (err < 0)
		return err;
	int64_t now_ns = latency_now_ns();
	memcpy(slot.data[0], &now_ns, sizeof(now_ns));
	return fb_slot_publish(&slot, NULL);
}

/* Until the reader has seen enough, or has failed. Returns its exit status. */
static int write_frames(fb_writer *writer, pid_t reader)
{
	int status;
	while (waitpid(reader, &status, WNOHANG) == 0) {
		if (write_frame(writer) < 0)
			return fail("write");
		latency_pause();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void)
{
	fb_broker *broker;
	fb_writer *writer;
	pid_t reader = fork();
	if (reader == 0)
		_exit(read_frames());
	if (fb_connect(NULL, TIMEOUT_NS, &broker) < 0 ||
	    fb_writer_open(broker, STREAM, "{media: video, pixel_format: gray, width: 64, height: 64}", &writer) < 0)
		return fail("writer");
	int status = write_frames(writer, reader);
	fb_writer_close(&writer);
	fb_close(&broker);
	return status;
}
