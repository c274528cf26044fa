/* opening.h: a request to write that is not answered yet. */
#ifndef FRAMEBROKER_STREAMS_OPENING_H
#define FRAMEBROKER_STREAMS_OPENING_H
#include "clients/client.h"
#include "memory/reserve.h"
#include "ring/layout.h"

struct opening {
	struct stream *stream;
	struct client *client;
	struct writer *writer;
	uint32_t serial;
	struct ring_layout layout;
	bool shaped;                 /* the layout is known */
	struct loop_timer *patience; /* while lossless readers still need the generation before the last */
	struct reserve *reserve;     /* while the memory is being reserved */
};

/* The stream opens nothing any more. opening_drop(): neither does the generation come that it began. */
void opening_free(struct opening *opening);
void opening_drop(struct opening *opening);

/* Ends what the stream opens, with its coming generation: the answer is that the stream has ended. */
void opening_cancel(struct stream *stream);

/* Gives a writer its generation, under serial. */
void opening_answer(const struct writer *writer, uint32_t serial, const struct generation *generation);

/* Whether that writer's request is not answered yet, and is the one that makes the generation. */
bool opening_is_of(const struct stream *stream, const struct writer *writer);

/* Tells one of the stream's writers that its answer may take long: readers or another stream must do something first.
 */
void opening_tell(const struct stream *stream, const struct writer *writer, uint32_t serial);

/* A reader has moved on, or there is a layout to copy: a request that waited for that goes on at the loop's next turn.
 */
void opening_retry(struct stream *stream);

#endif
