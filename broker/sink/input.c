/* input.c: opens the reader when it can be, and tells why where it cannot. */
#include "sink/input.h"
#include "base/clock.h"
#include <errno.h>

#define RETRY_NS (250 * NS_PER_MS)
#define SLICE_NS (50 * NS_PER_MS)
#define HELD 3 /* the one that waits, the one that is shown, and the next */

void input_init(struct input *input, struct host *host, const char *stream, enum report_of report)
{
	*input = (struct input){.host = host, .stream = stream, .report = report};
}

void input_close(struct input *input)
{
	fb_reader_close(&input->reader);
}

static int open_reader(struct input *input, enum fb_mode mode, uint32_t held)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = mode;
	options.max_held = held;
	return fb_reader_open(input->host->broker, input->stream, &options, &input->reader);
}

/* Live streams refuse lossless readers, and a stream may allow fewer held frames. */
static int open_any(struct input *input)
{
	bool newest = input->report == REPORT_FALLBACK_STREAM;
	int r = open_reader(input, newest ? FB_LATEST : FB_LOSSLESS, HELD);
	if (r < 0 && r != -ENOENT && !newest)
		r = open_reader(input, FB_ORDERED, HELD);
	input->alone = r < 0 && r != -ENOENT;
	if (input->alone)
		r = open_reader(input, newest ? FB_LATEST : FB_ORDERED, 1);
	return r;
}

static bool is_open(struct input *input)
{
	if (input->reader)
		return true;
	int64_t now_ns = clock_monotonic_ns();
	if (now_ns < input->retry_ns)
		return false;
	input->retry_ns = now_ns + RETRY_NS;
	struct media_error error;
	int r = open_any(input);
	if (r < 0)
		error_say(&error, "", "waits for stream %s: %s", input->stream, fb_error_text());
	report_problem(input->host->report, input->report, r < 0 ? &error : NULL);
	return r == 0;
}

int input_read(struct input *input, int64_t until_ns, struct fb_frame *ret_frame)
{
	for (;;) {
		if (host_stopping(input->host))
			return -ECANCELED;
		int64_t left_ns = until_ns - clock_monotonic_ns();
		int64_t slice_ns = left_ns < 0 ? 0 : left_ns < SLICE_NS ? left_ns : SLICE_NS;
		int r = -ETIMEDOUT;
		if (is_open(input))
			r = fb_reader_read(input->reader, slice_ns, ret_frame);
		else
			host_sleep_until(input->host, clock_monotonic_ns() + slice_ns);
		if (r == 0 || r == -ENODATA)
			return r;
		if (r != -ETIMEDOUT)
			input_close(input); /* the stream is gone, or no longer ours to read */
		if (left_ns <= 0)
			return -ETIMEDOUT;
	}
}

const struct fb_stream_info *input_info(const struct input *input)
{
	return input->reader ? fb_reader_info(input->reader) : NULL;
}
