/* likes.h: streams that are like another one: they copy its layout, and their writers are told when it changes. */
#ifndef FRAMEBROKER_STREAMS_LIKES_H
#define FRAMEBROKER_STREAMS_LIKES_H
#include "registry/stream.h"
#include "ring/layout.h"

/* The layout that the stream copies, to open it with. -ENOENT: there is no such stream; -EAGAIN: it has none yet. */
int likes_layout(struct stream *stream, struct ring_layout *ret_layout);

/* A generation of the stream is shown: whoever waits for its layout goes on; writers of what is like it are told. */
void likes_shown(const struct stream *stream);

#endif
