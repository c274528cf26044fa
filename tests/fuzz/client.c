/* client.c: the client library, called in any order, with a hostile core behind its socket and hostile rings. Nothing
 * crashes, no call waits for ever, and when all is closed no descriptor and no mapping is left. */
#include "api/worker.h"
#include "fuzz/client_core.h"
#include "fuzz/client_world.h"

#define STEPS 32
#define FRAMES 6
#define MS INT64_C(1000000)

static struct {
	struct input input;
	fb_broker *broker;
	fb_reader *reader;
	fb_writer *writer;
	fb_events *events;
	struct fb_frame frames[FRAMES];
	unsigned frame_count;
	struct fb_slot slot;
	bool claimed;
} it;

static volatile uint8_t sink;

static void touch(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sink ^= ((const uint8_t *)bytes)[i];
}

static void look(const struct fb_frame *frame)
{
	const struct fb_stream_info *info = frame->info;
	touch(frame->metadata, frame->metadata_size);
	if (info->media == FB_PACKET)
		touch(frame->data[0], frame->size);
	for (unsigned i = 0; i < info->planes; i++)
		for (uint32_t y = 0; y < info->plane[i].rows; y++)
			touch(frame->data[i] + y * (size_t)frame->linesize[i], info->plane[i].row_bytes);
}

static int64_t a_timeout(void)
{
	static const int64_t timeouts_ns[] = {0, 0, 10 * MS, 300 * MS, 3000 * MS};
	return timeouts_ns[input_u8(&it.input) % 5];
}

/* ---- reading ---- */

static void release(void)
{
	if (it.frame_count > 0)
		fb_frame_release(&it.frames[--it.frame_count]);
}

static void open_reader(void)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	uint8_t choice = input_u8(&it.input);
	options.mode = (enum fb_mode)(choice % 3);
	options.group = choice & 16 ? "g" : NULL;
	options.max_held = 1 + choice / 64;
	fb_reader_close(&it.reader);
	fb_reader_open(it.broker, "x", &options, &it.reader);
}

static void read_frame(uint8_t how)
{
	uint32_t count = 0;
	int r = -1;
	if (it.frame_count + 2 > FRAMES)
		release();
	struct fb_frame *frames = &it.frames[it.frame_count];
	if (how == 0)
		r = fb_reader_at(it.reader, input_u8(&it.input), a_timeout(), frames);
	else if (how == 1)
		r = fb_reader_read_batch(it.reader, 2, a_timeout(), frames, &count);
	else
		r = fb_reader_read(it.reader, a_timeout(), frames);
	if (r < 0)
		return;
	if (how != 1)
		count = 1;
	FUZZ_CHECK(count <= 2);
	for (uint32_t i = 0; i < count; i++)
		look(&frames[i]);
	it.frame_count += count;
	if (it.frame_count + 2 > FRAMES)
		release();
}

static void reader_step(uint8_t what)
{
	if (!it.reader) {
		open_reader();
		return;
	}
	switch (what) {
	case 0:
	case 1:
	case 2:
		read_frame(what);
		break;
	case 3:
		release();
		break;
	case 4:
		fb_reader_close(&it.reader);
		break;
	default:
		fb_reader_state(it.reader);
		touch(fb_reader_info(it.reader), sizeof(struct fb_stream_info));
		fb_reader_missed(it.reader);
		read_frame(2);
	}
}

/* ---- writing ---- */

static void open_writer(void)
{
	uint8_t choice = input_u8(&it.input);
	struct fb_stream_info info = {.media = FB_PACKET};
	struct fb_worker_layout layout = {.claims = 1, .linesize = {64}};
	layout.info = (struct fb_stream_info){.media = FB_VIDEO,
					      .width = 64,
					      .height = 8,
					      .format = "gray",
					      .planes = 1,
					      .plane = {{8, 64, 1, 1}},
					      .slot_bytes = 512};
	if (choice % 4 == 0)
		fb_worker_packets_open(it.broker, "x", &info, 32768, 6, &it.writer);
	else if (choice % 4 == 1)
		fb_worker_writer_open(it.broker, "x", &layout, &it.writer);
	else
		fb_writer_open(it.broker, "x", choice & 4 ? "{like: y}" : NULL, &it.writer);
}

static void claim(void)
{
	const struct fb_frame *origin = it.frame_count > 0 && input_u8(&it.input) & 1 ? it.frames : NULL;
	if (it.claimed)
		fb_slot_cancel(&it.slot);
	it.claimed = fb_writer_claim(it.writer, origin, a_timeout(), &it.slot) == 0;
	if (!it.claimed)
		return;
	const struct fb_stream_info *info = it.slot.info;
	for (unsigned i = 0; i < info->planes; i++)
		for (uint32_t y = 0; y < info->plane[i].rows; y++)
			memset(it.slot.data[i] + y * (size_t)it.slot.linesize[i], 1, info->plane[i].row_bytes);
	memset(it.slot.metadata, 1, info->max_metadata);
}

static void publish(void)
{
	uint64_t seq = 0;
	it.slot.pts_ns = input_u16(&it.input);
	it.slot.metadata_size = input_u8(&it.input) % 32;
	if (it.claimed && fb_slot_publish(&it.slot, &seq) < 0)
		fb_slot_cancel(&it.slot);
	it.claimed = false;
}

static void publish_packet(void)
{
	static const uint8_t bytes[4096];
	struct fb_worker_packet packet = {.data = bytes,
					  .metadata = bytes,
					  .size = input_u16(&it.input) % sizeof bytes,
					  .metadata_size = input_u8(&it.input) % 32};
	uint64_t seq = 0;
	fb_worker_publish_packet(it.writer, &packet, a_timeout(), &seq);
}

static void writer_step(uint8_t what)
{
	if (!it.writer) {
		open_writer();
		return;
	}
	switch (what) {
	case 0:
	case 1:
		claim();
		break;
	case 2:
	case 3:
		publish();
		break;
	case 4:
		publish_packet();
		break;
	case 5:
		fb_writer_wait_hint_ns(it.writer);
		break;
	case 6:
		fb_writer_end(it.writer);
		break;
	default:
		if (it.claimed)
			fb_slot_cancel(&it.slot);
		it.claimed = false;
		fb_writer_close(&it.writer);
	}
}

/* ---- the rest ---- */

static void broker_step(uint8_t what)
{
	struct fb_stream_info info;
	char *text = NULL;
	switch (what) {
	case 0:
		fb_status(it.broker, &text);
		break;
	case 1:
		fb_wait(it.broker, "x", a_timeout(), &info);
		break;
	case 2:
		if (!it.events)
			fb_events_open(it.broker, &it.events);
		if (it.events)
			fb_events_next(it.events, a_timeout(), &text);
		break;
	case 3:
		fb_events_close(&it.events);
		break;
	case 4:
		fb_add(it.broker, "stream", "y", "{}");
		fb_kick(it.broker, 3);
		break;
	case 5:
		fb_worker_job(it.broker, a_timeout(), &text);
		break;
	case 6:
		fb_worker_job_changed(it.broker, &text);
		break;
	default:
		fb_worker_report(it.broker, FB_LIVE, "{}");
		fb_worker_stopping(it.broker);
	}
	free(text);
}

static void run(void)
{
	for (unsigned i = 0; i < STEPS && it.input.left > 0; i++) {
		uint8_t what = input_u8(&it.input);
		if (what % 3 == 0)
			reader_step(what / 3 % 6);
		else if (what % 3 == 1)
			writer_step(what / 3 % 8);
		else
			broker_step(what / 3 % 8);
	}
}

static void close_all(void)
{
	if (it.claimed)
		fb_slot_cancel(&it.slot);
	fb_writer_close(&it.writer);
	fb_reader_close(&it.reader);
	fb_events_close(&it.events);
	fb_close(&it.broker);
	while (it.frame_count > 0) /* frames may outlive their reader */
		release();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool warm; /* the first run opens what stays open */
	int lowest = input_lowest_fd();
	char address[16];
	memset(&it, 0, sizeof it);
	it.input = (struct input){data, size};
	snprintf(address, sizeof address, "fd:%d", client_core_begin(&it.input));
	if (fb_connect(address, 1000 * MS, &it.broker) == 0)
		run();
	close_all();
	client_core_end();
	FUZZ_CHECK(!warm || input_lowest_fd() == lowest);
	warm = true;
	return 0;
}
