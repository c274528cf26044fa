/* stream_state.h: a stream's state, as its readers see it. */
#ifndef FRAMEBROKER_STREAMS_STREAM_STATE_H
#define FRAMEBROKER_STREAMS_STREAM_STATE_H
#include "streams/streams.h"

/* As a place sees the state: what comes after its pass is not its end. */
enum fb_state streams_state_for(const struct stream *stream, const struct place *place);

/* For its readers, in the memory of its generations and by message to those without. Not FB_ENDED. */
void streams_set_state(struct stream *stream, enum fb_state state);

/* The same in two steps. Generations of a pass that has ended stay as they are. */
void streams_show_state(struct stream *stream, enum fb_state state);
void streams_tell_pending(struct stream *stream);

#endif
