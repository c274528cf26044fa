/* streams.h: the control's side of a stream: what the registry does not know of. */
#ifndef FRAMEBROKER_STREAMS_STREAMS_H
#define FRAMEBROKER_STREAMS_STREAMS_H
#include "base/meter.h"
#include "clients/state.h"
#include "config/output.h"
#include "memory/memory.h"

struct opening;

struct pool { /* how the order of a stream with several writers goes on */
	int64_t reorder_timeout_ns;
	uint64_t waiting;     /* a ticket that waits for its turn, */
	int64_t since_ns;     /* seen first at that time on the monotonic clock */
	uint64_t late;        /* turns that passed because they took too long */
	uint64_t order, turn; /* of the last generation, as in ring/abi.h */
	bool ended;           /* one of its writers said that the stream ends */
};

struct stream_owner { /* stream->owner */
	struct control *control;
	struct config_output output;
	char like[LIMIT_NAME + 1]; /* whose layout is copied; "": the output's keys are the layout */
	struct opening *opening;   /* a request to write that is not answered yet */
	struct pool pool;
	uint64_t given_up; /* frames of groups of which members died */
	struct meter rate; /* of its sequence numbers */
	bool changed;      /* since it was kept for the next core */
	bool unclaimed;    /* it came from the core before this one, and the configuration has not told of it yet */
};

/* The output is copied. Readers and waiters that were there before find it: call streams_settle() in the end. */
int streams_add(struct control *control, const char *name, const struct config_output *output,
		struct stream **ret_stream);

/* The same for one of the core before this one, which may have been removed. */
int streams_restore(struct control *control, const char *name, const struct config_output *output,
		    struct stream **ret_stream);

/* It has those keys from now on. */
void streams_change(struct stream *stream, const struct config_output *output);

/* Several writers, in order. Before the first one comes. */
void streams_pool(struct stream *stream, int max_writers, int64_t reorder_timeout_ns);

struct stream_owner *stream_owner(const struct stream *stream);

/* It is to be kept for the next core as it is now. */
void streams_changed(struct stream *stream);

/* Frees generation and memory, and takes it off the account. It is taken out of its stream. NULL is fine. */
void streams_free_generation(struct control *control, struct generation *generation);

/* No more frames in a generation of the stream. */
void streams_finish(struct stream *stream, struct generation *generation);

/* Whether the generation has its memory, with places to sit down. */
struct memory *streams_memory(const struct generation *generation);

/* A sample of its frame rate: when it begins, and then each second. */
void streams_sample(struct stream *stream);

/* Fills in of a layout what is not the writer's to say. claims: slots that it claims at once. */
int streams_complete(struct stream *stream, struct ring_layout *layout, uint32_t claims);

/* A look at all pools and groups, soon. */
void streams_look_soon(struct control *control);

#endif
