/* source.h: what a source's worker works on: its job, its outputs, its time. */
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

/* Takes a changed list of outputs over. removed is called before one is destroyed. Returns whether something changed.
 */
bool source_update(struct source *source, void (*removed)(void *opaque, struct stream *stream), void *opaque);

/* Makes the outputs that the job wants, removes the others. */
void source_update_outputs(struct source *source, void (*removed)(void *opaque, struct stream *stream), void *opaque);

#endif
