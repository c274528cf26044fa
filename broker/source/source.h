/* source.h: the whole worker: one source, opened again and again until it ends or the core says stop. */
#ifndef FRAMEBROKER_SOURCE_SOURCE_H
#define FRAMEBROKER_SOURCE_SOURCE_H
#include "source/job.h"
#include "source/outputs.h"
#include "source/timeline.h"

struct source {
	struct job job;
	struct output_host host;
	struct outputs outputs;
	struct media_error outputs_error; /* why the last of them could not be made; text "": all could */
	struct timeline timeline;
	int64_t epoch_ns; /* the monotonic time of pts 0; 0: not known yet */
};

/* Runs until the source has ended, or the core wants the worker to stop. Takes the job over. topic: for the log.
 * Negative errno with error text: it could not begin. */
int source_run(fb_broker *broker, struct job *job, const char *topic);

/* Takes a changed list of outputs over. removed is called before one is destroyed. Returns whether something changed.
 */
bool source_update(struct source *source, void (*removed)(void *opaque, struct stream *stream), void *opaque);

#endif
