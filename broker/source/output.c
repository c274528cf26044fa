/* output.c: live sources never wait for readers, files always do. */
#include "source/output.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <string.h>

#define WAIT_SLICE_NS (100 * NS_PER_MS)
#define RETRY_NS NS_PER_SECOND

void output_init(struct output *output, const struct config_output *config, const struct output_host *host)
{
	output->config = config;
	output->host = *host;
	output->breaks = host->breaks;
}

void output_finish(struct output *output, bool end)
{
	if (output->writer && end)
		fb_writer_end(output->writer);
	fb_writer_close(&output->writer);
}

void output_problem(struct output *output, const char *text, const char *mend)
{
	if (!text && !output->has_problem)
		return;
	output->has_problem = text != NULL;
	struct media_error error;
	if (text)
		error_say(&error, mend, "output %s: %s", output->config->name, text);
	report_problem(output->host.report, text ? &error : NULL);
}

/* The frame rate is a guess that differs from one connection to the next: not worth a generation. */
bool output_fits(const struct output *output, const struct fb_worker_layout *layout)
{
	const struct fb_stream_info *now = &output->layout.info, *next = &layout->info;
	if (!output->writer || now->media != next->media || strcmp(now->format, next->format) != 0)
		return false;
	bool same_sound = now->sample_rate == next->sample_rate && now->channels == next->channels &&
			  now->frame_size == next->frame_size;
	if (now->media == FB_AUDIO)
		return same_sound;
	if (now->media == FB_PACKET)
		return same_sound && now->width == next->width && now->height == next->height &&
		       now->slot_bytes >= next->slot_bytes;
	bool stretched = output->config->width && output->config->height; /* whatever comes in */
	bool same_aspect = now->sample_aspect_ratio.num == next->sample_aspect_ratio.num &&
			   now->sample_aspect_ratio.den == next->sample_aspect_ratio.den;
	return now->width == next->width && now->height == next->height && now->rotation == next->rotation &&
	       (same_aspect || stretched) && strcmp(now->color_space, next->color_space) == 0 &&
	       strcmp(now->color_range, next->color_range) == 0;
}

static int open_writer(struct output *output, const struct fb_worker_layout *layout)
{
	watch_begin(output->host.watch, WATCH_WORK_NS); /* reserving gigabytes takes seconds */
	if (layout->info.media == FB_PACKET)
		return fb_worker_packets_open(output->host.broker, output->config->name, &layout->info,
					      layout->info.slot_bytes, layout->claims, &output->writer);
	return fb_worker_writer_open(output->host.broker, output->config->name, layout, &output->writer);
}

int output_open(struct output *output, const struct fb_worker_layout *layout)
{
	fb_writer_close(&output->writer); /* what is to come begins after its last frame */
	for (;;) {
		if (watch_stopping(output->host.watch))
			return -ECANCELED;
		if (clock_monotonic_ns() >= output->retry_ns) {
			if (open_writer(output, layout) == 0)
				break;
			output->retry_ns = clock_monotonic_ns() + RETRY_NS;
			output_problem(output, fb_error_text(), "");
		}
		if (output->live)
			return -EAGAIN;
		watch_sleep_until(output->host.watch, output->retry_ns);
	}
	output->layout = *layout;
	output->retry_ns = 0;
	output_problem(output, NULL, NULL);
	return 0;
}

int output_refused(struct output *output, int error)
{
	if (watch_stopping(output->host.watch))
		return -ECANCELED;
	if (error != -ETIMEDOUT) {
		fb_writer_close(&output->writer);
		output->retry_ns = clock_monotonic_ns() + RETRY_NS;
		return -EPIPE;
	}
	if (output->live) {
		fb_worker_count_dropped(output->writer);
		report_dropped(output->host.report);
		return -EAGAIN;
	}
	watch_begin(output->host.watch, WATCH_WORK_NS); /* readers may take their time */
	return 0;
}

int output_claim(struct output *output, struct fb_slot *ret_slot)
{
	for (;;) {
		int r = fb_writer_claim(output->writer, NULL, output->live ? 0 : WAIT_SLICE_NS, ret_slot);
		if (r == 0)
			return 0;
		r = output_refused(output, r);
		if (r < 0)
			return r;
	}
}

void output_stamp(struct output *output, const struct moment *moment, struct fb_slot *slot)
{
	slot->pts_ns = moment->pts_ns;
	if (output->published && slot->pts_ns <= output->last_pts_ns)
		slot->pts_ns = output->last_pts_ns + 1;
	slot->duration_ns = moment->duration_ns;
	slot->capture_ns = moment->capture_ns;
	slot->utc_ns = moment->utc_ns;
	slot->flags = moment->flags;
	if (moment->breaks != output->breaks)
		slot->flags |= FB_DISCONTINUITY;
	output->breaks = moment->breaks;
	slot->metadata_size = 0;
}

void output_published(struct output *output, int64_t pts_ns, int r)
{
	if (r < 0)
		return;
	output_problem(output, NULL, NULL);
	output->published = true;
	output->last_pts_ns = pts_ns;
	report_published(output->host.report, output->main_media);
}

void output_publish(struct output *output, struct fb_slot *slot)
{
	uint64_t seq;
	int r = fb_slot_publish(slot, &seq);
	if (r < 0)
		fb_slot_cancel(slot);
	output_published(output, slot->pts_ns, r);
}
