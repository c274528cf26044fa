/* producer.c: draws into shared memory and publishes: a bar that wanders over a grey picture, 25 times a second.
 *
 *     cc producer.c $(pkg-config --cflags --libs framebroker) -o producer && ./producer bar
 *     framebroker cat bar | ffplay -                                (in another terminal) */
#include <framebroker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n", fb_error_text());
	return 1;
}

static void draw(const struct fb_slot *slot, long number)
{
	for (uint32_t y = 0; y < slot->info->height; y++) {
		uint8_t *row = slot->data[0] + (size_t)slot->linesize[0] * y;
		memset(row, 64, slot->info->width);
		memset(row + number * 4 % (slot->info->width - 16), 255, 16);
	}
}

int main(int argc, char **argv)
{
	const char *stream = argc > 1 ? argv[1] : "bar";
	long count = argc > 2 ? atol(argv[2]) : -1;
	fb_broker *broker;
	fb_writer *writer;
	struct fb_slot slot;

	if (fb_connect(NULL, 10 * SECOND, &broker) < 0 ||
	    fb_writer_open(broker, stream, "{pixel_format: gray, width: 320, height: 240, frame_rate: 25}", &writer) <
		    0)
		return fail();
	for (long number = 0; number != count; number++) {
		if (fb_writer_claim(writer, NULL, 10 * SECOND, &slot) < 0)
			return fail();
		draw(&slot, number);                /* straight into the memory that readers will see */
		slot.pts_ns = number * SECOND / 25; /* or leave it: the time since the writer was opened */
		if (fb_slot_publish(&slot, NULL) < 0)
			return fail();
		nanosleep(&(struct timespec){.tv_nsec = SECOND / 25}, NULL);
	}
	fb_writer_close(&writer); /* and with it the stream that it created */
	fb_close(&broker);
	return 0;
}
