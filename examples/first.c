/* first.c: reads a stream and prints what comes. Try it:
 *   cc first.c $(pkg-config --cflags --libs framebroker) -o first && ./first gate 100 */
#include <framebroker.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n", fb_error_text());
	return 1;
}

int main(int argc, char **argv)
{
	const char *stream = argc > 1 ? argv[1] : "gate";
	long count = argc > 2 ? atol(argv[2]) : -1;
	fb_broker *broker;
	fb_reader *reader;
	struct fb_frame frame;

	if (fb_connect(NULL, 10 * SECOND, &broker) < 0 || fb_reader_open(broker, stream, NULL, &reader) < 0)
		return fail();
	for (; count != 0; count--) {
		if (fb_reader_read(reader, 10 * SECOND, &frame) < 0) /* the newest frame; a lost camera comes back */
			return fail();
		printf("%" PRIu64 "  %.3f s  %ux%u %s  first byte %u\n", frame.seq, frame.pts_ns / 1e9,
		       frame.info->width, frame.info->height, frame.info->format, frame.data[0][0]);
		fb_frame_release(&frame); /* no copy was made: until here the frame is locked in shared memory */
	}
	fb_reader_close(&reader);
	fb_close(&broker);
	return 0;
}
