/* source.c: the outputs follow the job. */
#include "source/source.h"
#include "base/error.h"
#include "base/log.h"
#include <stdlib.h>

void source_update_outputs(struct source *source, void (*removed)(void *opaque, struct stream *stream), void *opaque)
{
	struct media_error error = {0};
	outputs_update(&source->outputs, source->job.config, &source->host, removed, opaque, &error);
	source->outputs_error = error;
	if (error.text[0])
		report_problem(source->host.report, &error);
}

bool source_update(struct source *source, void (*removed)(void *opaque, struct stream *stream), void *opaque)
{
	char *text;
	if (fb_worker_job_changed(source->host.broker, &text) != 1)
		return false;
	struct job next, last = source->job;
	int r = job_read(text, &next);
	free(text);
	if (r < 0) {
		log_error("source", "%s", error_text());
		return false;
	}
	source->job.config = next.config;
	source->job.wanted = next.wanted;
	source->host.breaks = source->timeline.breaks;
	source_update_outputs(source, removed, opaque);
	job_finish(&last); /* outputs that are gone pointed into it */
	return true;
}
