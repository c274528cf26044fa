/* worker.c: jobs, reports, and writing with a layout of one's own: for the broker's worker programs. */
#include "api/worker.h"
#include "api/reply.h"
#include "api/slot.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS (50 * NS_PER_MS)

int fb_worker_job(fb_broker *broker, int64_t timeout_ns, char **ret_text)
{
	struct wire_message ask = {.type = WIRE_JOB};
	return reply_text(broker, &ask, clock_deadline(timeout_ns), ret_text);
}

/* Workers ask between all that they do, hundreds of times for a packet that comes in pieces: the socket is not looked
 * at each time. */
static void look(fb_broker *broker)
{
	int64_t now_ns = clock_monotonic_ns(), looked_ns = atomic_load(&broker->looked_ns);
	if (now_ns - looked_ns >= LOOK_NS && atomic_compare_exchange_strong(&broker->looked_ns, &looked_ns, now_ns))
		link_poll(broker, broker->session);
}

int fb_worker_job_changed(fb_broker *broker, char **ret_text)
{
	look(broker);
	pthread_mutex_lock(&broker->lock);
	char *job = broker->new_job;
	broker->new_job = NULL;
	pthread_mutex_unlock(&broker->lock);
	if (!job)
		return 0;
	*ret_text = job;
	return 1;
}

int fb_worker_report(fb_broker *broker, enum fb_state state, const char *json)
{
	struct wire_message report = {
		.type = WIRE_REPORT, .serial = SERIAL_NOBODY, .state = state, .text = json, .text_size = strlen(json)};
	return link_tell(broker, broker->session, &report);
}

bool fb_worker_stopping(fb_broker *broker)
{
	look(broker);
	pthread_mutex_lock(&broker->lock);
	bool stopping = broker->stopping || broker->socket < 0;
	pthread_mutex_unlock(&broker->lock);
	return stopping;
}

static int open_writer(fb_broker *broker, const char *stream, struct ring_layout *wanted, uint32_t claims,
		       fb_writer **ret_writer)
{
	if (name_fault(stream))
		return error_set(EINVAL, "the name %s", name_fault(stream));
	struct fb_writer *writer = calloc(1, sizeof *writer);
	char *no_keys = strdup("");
	if (!writer || !no_keys) {
		free(writer);
		free(no_keys);
		return error_set(ENOMEM, "no memory for a writer");
	}
	writer->refs = 1;
	writer->broker = link_ref(broker);
	writer->create = no_keys;
	writer->worker = true;
	strcpy(writer->stream, stream);
	writer->opened_ns = clock_monotonic_ns();

	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .layout = wanted, .layout_size = sizeof *wanted, .count = claims};
	strcpy(open.name, stream);
	int err = 0;
	do {
		if (!writer->asked)
			err = link_start(broker, broker->session, &open, &writer->asked);
		if (writer->asked)
			err = desk_take(broker, &writer->asked, clock_deadline(LOOK_NS), writer->awaits, &writer->desk);
		if (err == -ETIMEDOUT && fb_worker_stopping(broker))
			err = error_set(ECANCELED,
					"stream %s: the worker is to stop, before the broker had memory for it",
					stream);
	} while (err == -EINPROGRESS || err == -ESTALE || err == -ETIMEDOUT);
	if (err < 0) {
		writer_unref(writer);
		return err;
	}
	writer->info = ring_writer_map(writer->desk->ring)->layout.info;
	*ret_writer = writer;
	return 0;
}

int fb_worker_writer_open(fb_broker *broker, const char *stream, const struct fb_worker_layout *layout,
			  fb_writer **ret_writer)
{
	struct ring_layout wanted = {.info = layout->info};
	memcpy(wanted.plane_offset, layout->plane_offset, sizeof wanted.plane_offset);
	memcpy(wanted.linesize, layout->linesize, sizeof wanted.linesize);
	return open_writer(broker, stream, &wanted, layout->claims, ret_writer);
}

int fb_worker_packets_open(fb_broker *broker, const char *stream, const struct fb_stream_info *info, uint64_t bytes,
			   uint32_t packets, fb_writer **ret_writer)
{
	struct ring_layout wanted = {.info = *info};
	wanted.info.media = FB_PACKET;
	wanted.info.planes = 0;
	wanted.info.slot_bytes = bytes / 64 * 64;
	return open_writer(broker, stream, &wanted, packets, ret_writer);
}

int fb_worker_publish_packet(fb_writer *writer, const struct fb_worker_packet *packet, int64_t timeout_ns,
			     uint64_t *ret_seq)
{
	struct ring_packet wanted = {.meta = {.pts_ns = packet->pts_ns,
					      .duration_ns = packet->duration_ns,
					      .capture_ns = packet->capture_ns,
					      .utc_ns = packet->utc_ns,
					      .dts_ns = packet->dts_ns,
					      .size = packet->size,
					      .track = packet->track,
					      .flags = packet->flags,
					      .metadata_size = packet->metadata_size},
				     .data = packet->data,
				     .metadata = packet->metadata};
	uint64_t seq;
	if (writer->closed || !writer->desk || writer->desk->session != writer->broker->session)
		return error_set(EPIPE, "stream %s: the broker is gone", writer->stream);
	int err = ring_writer_publish_packet(writer->desk->ring, &wanted, clock_deadline(timeout_ns), &seq);
	if (err < 0)
		return err;
	if (ret_seq)
		*ret_seq = seq;
	return 0;
}

int fb_worker_publish_pinned(struct fb_slot *slot, uint64_t *ret_seq)
{
	return slot_publish(slot, true, ret_seq);
}

uint32_t fb_worker_slot_id(const struct fb_slot *slot)
{
	return (uint32_t)slot->claim[2];
}

void fb_worker_unpin(fb_writer *writer, uint32_t id)
{
	ring_writer_unpin(writer->desk->ring, id);
}

void fb_worker_count_dropped(fb_writer *writer)
{
	ring_writer_count_dropped(writer->desk->ring);
}

fb_writer *fb_worker_writer_ref(fb_writer *writer)
{
	return writer_ref(writer);
}

void fb_worker_writer_unref(fb_writer *writer)
{
	writer_unref(writer);
}
