/* worker.c: jobs, reports, and writing with a layout of one's own: for the broker's worker programs. */
#include "api/worker.h"
#include "api/reply.h"
#include "api/writer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fb_worker_job(fb_broker *broker, int64_t timeout_ns, char **ret_text)
{
	struct wire_message ask = {.type = WIRE_JOB};
	return reply_text(broker, &ask, clock_deadline(timeout_ns), ret_text);
}

int fb_worker_job_changed(fb_broker *broker, char **ret_text)
{
	if (link_poll(broker, broker->session) < 0)
		return 0;
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
	bool lost = link_poll(broker, broker->session) < 0;
	pthread_mutex_lock(&broker->lock);
	bool stopping = broker->stopping;
	pthread_mutex_unlock(&broker->lock);
	return stopping || lost;
}

int fb_worker_writer_open(fb_broker *broker, const char *stream, const struct fb_worker_layout *layout,
			  fb_writer **ret_writer)
{
	if (name_fault(stream))
		return error_set(EINVAL, "the name %s", name_fault(stream));
	struct ring_layout wanted = {.info = layout->info};
	memcpy(wanted.plane_offset, layout->plane_offset, sizeof wanted.plane_offset);
	memcpy(wanted.linesize, layout->linesize, sizeof wanted.linesize);

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

	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .layout = &wanted, .layout_size = sizeof wanted, .count = layout->claims};
	strcpy(open.name, stream);
	int err = desk_open(broker, broker->session, &open, &writer->desk);
	if (err < 0) {
		fb_worker_writer_unref(writer);
		return err;
	}
	writer->info = ring_writer_map(writer->desk->ring)->layout.info;
	*ret_writer = writer;
	return 0;
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
