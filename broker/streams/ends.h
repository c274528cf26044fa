/* ends.h: how a generation ends, a pass, and a stream. */
#ifndef FRAMEBROKER_STREAMS_ENDS_H
#define FRAMEBROKER_STREAMS_ENDS_H
#include "streams/streams.h"

/* The stream gets no more frames from its writer. */
void streams_retire(struct stream *stream);

/* The pass is over: nobody writes any more, readers drain and get the end. */
void streams_end(struct stream *stream);

/* Ends it, and nobody finds it any more. Settles. */
void streams_remove(struct stream *stream);

/* After any change: frees what nobody needs, goes on with a request to write that waited for that, tells the core about
 * demand. The stream may be gone afterwards. */
void streams_settle(struct stream *stream);

/* Frees one that no reader needs any more, and is out of the stream. NULL is fine. */
void streams_drop_generation(struct stream *stream, struct generation *generation);

/* Frees removed streams whose last place is gone. */
void streams_free_removed(struct control *control);

/* Frees what the registry does not know of. */
void streams_free_owner(struct stream *stream);

#endif
