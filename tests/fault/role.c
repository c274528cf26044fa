/* role.c: what is stopped and killed: a reader, a member of a pool, or a producer. It runs until it is killed, and
 * tells what it sees in its page. Arguments:
 *
 *   film PATH COUNT                     writes the film, and ends
 *   read SOCKET PAGE STREAM MODE HOLD   MODE: latest (and slow), ordered, lossless, uniform (latest, one value a frame)
 *                                       HOLD: frames that it keeps, and looks at again
 *   member SOCKET PAGE STREAM OUT       one of the group `members`
 *   produce SOCKET PAGE STREAM */
#include "role_frames.h"
#include "role_page.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TIMEOUT_NS INT64_C(1000000000)
#define OPEN_NS INT64_C(10000000000) /* what the API promises for opening */
#define MAX_HOLD 16
#define NAP_EACH 20
#define NAP_US 500000 /* longer than the ring goes round */

static struct role_page *page;
static fb_broker *broker;

static void complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, fb_error_text());
	usleep(10000);
}

/* Of what was open already nothing but a time-out is expected, whoever else dies. */
static void accuse(const char *what)
{
	page->errors++;
	complain(what);
}

static void got(const struct fb_stream_info *info)
{
	uint64_t now_ns = (uint64_t)role_now_ns();
	if (info->generation != page->generation) {
		page->generation_ns = now_ns;
		page->generation = info->generation;
	}
	page->last_ns = now_ns;
	page->frames++;
}

struct kept {
	struct fb_frame frame;
	uint64_t number; /* its first bytes, as they were when it came */
};

/* At first sight, and again while it is held. */
static void check_whole(const struct fb_frame *frame, bool uniform, uint64_t number)
{
	if (role_frame_whole(frame, uniform) && role_frame_number(frame) == number)
		return;
	page->torn++;
	fprintf(stderr, "torn: frame %" PRIu64 "\n", frame->seq);
}

/* ---- reading ---- */

/* Another broker counts from 1: all before its first frame for us was missed, and so was what was left of the old ring.
 */
static bool begins_anew(const struct fb_frame *frame)
{
	return frame->flags & FB_DISCONTINUITY && frame->seq <= 1 + frame->missed;
}

static void check_order(const struct fb_frame *frame, const struct fb_frame *last)
{
	bool late = frame->pts_ns <= last->pts_ns && !(frame->flags & FB_DISCONTINUITY);
	if ((frame->seq == last->seq + 1 + frame->missed && !late) || begins_anew(frame))
		return;
	page->disorder++;
	fprintf(stderr,
		"disorder: frame %" PRIu64 " (pts %" PRId64 ", %u missed) after %" PRIu64 " (pts %" PRId64 ")\n",
		frame->seq, frame->pts_ns, frame->missed, last->seq, last->pts_ns);
}

static int read_next(fb_reader *reader, struct fb_frame *frame)
{
	struct role_call call = role_call_begin();
	int err = fb_reader_read(reader, TIMEOUT_NS, frame);
	role_call_end(page, &call, TIMEOUT_NS);
	if (err < 0 && err != -ETIMEDOUT)
		accuse("read");
	return err;
}

static fb_reader *open_reader(const char *stream, enum fb_mode mode, const char *group, unsigned hold)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	fb_reader *reader = NULL;
	options.mode = mode;
	options.group = group;
	options.max_held = hold + 1;
	for (;;) {
		struct role_call call = role_call_begin();
		int err = fb_reader_open(broker, stream, &options, &reader);
		role_call_end(page, &call, OPEN_NS);
		if (err == 0)
			return reader;
		complain("open");
	}
}

static void run_reader(const char *stream, const char *mode_name, unsigned hold)
{
	bool uniform = !strcmp(mode_name, "uniform");
	enum fb_mode mode = !strcmp(mode_name, "lossless")  ? FB_LOSSLESS
			    : !strcmp(mode_name, "ordered") ? FB_ORDERED
							    : FB_LATEST;
	bool slow = !strcmp(mode_name, "latest");
	fb_reader *reader = open_reader(stream, mode, NULL, hold);
	struct kept held[MAX_HOLD] = {0};
	struct fb_frame frame, last = {0};
	for (unsigned count = 0;;) {
		if (read_next(reader, &frame) < 0)
			continue;
		uint64_t number = role_frame_number(&frame);
		check_whole(&frame, uniform, number);
		if (last.seq)
			check_order(&frame, &last);
		if (begins_anew(&frame))
			page->generation = 0; /* numbered as the last one was, perhaps */
		last = frame;
		page->missed += frame.missed;
		got(frame.info);
		if (slow && page->frames % NAP_EACH == 0) {
			usleep(NAP_US);
			check_whole(&frame, uniform, number);
		}
		struct kept *oldest = &held[count++ % hold];
		if (oldest->frame.info)
			check_whole(&oldest->frame, uniform, oldest->number);
		fb_frame_release(&oldest->frame);
		*oldest = (struct kept){frame, number};
	}
}

/* ---- a pool's member ---- */

static fb_writer *open_writer(const char *stream)
{
	fb_writer *writer = NULL;
	for (;;) {
		struct role_call call = role_call_begin();
		int err = fb_writer_open(broker, stream, NULL, &writer);
		role_call_end(page, &call, OPEN_NS);
		if (err == 0)
			return writer;
		if (err != -EAGAIN) /* the one before has died, which the broker is about to see */
			complain("open");
		usleep(2000);
	}
}

static int claim(fb_writer *writer, const struct fb_frame *origin, struct fb_slot *slot)
{
	struct role_call call = role_call_begin();
	int err = fb_writer_claim(writer, origin, TIMEOUT_NS, slot);
	role_call_end(page, &call, TIMEOUT_NS);
	if (err < 0 && err != -ETIMEDOUT)
		accuse("claim");
	return err;
}

static void publish(struct fb_slot *slot)
{
	int err = fb_slot_publish(slot, NULL);
	if (err == 0)
		got(slot->info);
	else if (err != -ESTALE)
		accuse("publish");
	fb_slot_cancel(slot);
}

static void run_member(const char *stream, const char *out)
{
	fb_reader *reader = open_reader(stream, FB_LOSSLESS, "members", 1);
	fb_writer *writer = open_writer(out);
	struct fb_frame frame;
	struct fb_slot slot;
	for (;;) {
		if (read_next(reader, &frame) < 0)
			continue;
		uint64_t number = role_frame_number(&frame);
		if (claim(writer, &frame, &slot) == 0) {
			memcpy(slot.data[0], frame.data[0], ROLE_BYTES / 2);
			usleep(500); /* it holds both for a while */
			memcpy(slot.data[0] + ROLE_BYTES / 2, frame.data[0] + ROLE_BYTES / 2, ROLE_BYTES / 2);
			publish(&slot);
		}
		check_whole(&frame, false, number);
		fb_frame_release(&frame);
	}
}

/* ---- a producer ---- */

static void run_producer(const char *stream)
{
	fb_writer *writer = open_writer(stream);
	struct fb_slot slot;
	for (uint64_t number = (uint64_t)getpid() << 32;; number++) {
		if (claim(writer, NULL, &slot) < 0)
			continue;
		role_frame_fill(slot.data[0], number, 0, ROLE_BYTES / 2);
		usleep(8000); /* mostly it holds a slot that is half written */
		role_frame_fill(slot.data[0], number, ROLE_BYTES / 2, ROLE_BYTES);
		publish(&slot);
	}
}

static int write_film(const char *path, unsigned count)
{
	uint8_t bytes[ROLE_BYTES];
	FILE *file = fopen(path, "w");
	for (unsigned number = 1; file && number <= count; number++) {
		role_frame_fill(bytes, number, 0, sizeof bytes);
		fwrite(bytes, sizeof bytes, 1, file);
	}
	return file && fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "film"))
		return write_film(argv[2], (unsigned)atoi(argv[3]));
	if (argc < 5)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	page = role_page_map(argv[3]);
	role_watch_stops();
	if (fb_connect(argv[2], OPEN_NS, &broker) < 0) {
		complain("connect");
		return 1;
	}
	if (argc == 7 && !strcmp(argv[1], "read"))
		run_reader(argv[4], argv[5], (unsigned)atoi(argv[6]));
	else if (argc == 6 && !strcmp(argv[1], "member"))
		run_member(argv[4], argv[5]);
	else if (argc == 5 && !strcmp(argv[1], "produce"))
		run_producer(argv[4]);
	return 2;
}
