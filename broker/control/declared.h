/* declared.h: the streams that the core declares: outputs of sources, and those of the streams section. */
#ifndef FRAMEBROKER_CONTROL_DECLARED_H
#define FRAMEBROKER_CONTROL_DECLARED_H
#include <framebroker.h>
#include <stdbool.h>
#include <stdint.h>

struct config_output;
struct control;

/* Streams come and go with their sources and with the streams section. source: the name of the source that writes it,
 * and the number of its worker, or NULL: anybody allowed may write. live: lossless auto means deny, writers drop. The
 * output is copied. 1: another core had it, and it goes on, with the output's keys from now on. */
int control_stream_add(struct control *control, const char *name, const char *source, unsigned worker,
		       const struct config_output *output, bool live);
/* False: another core had a stream of that name which cannot go on so. */
bool control_stream_fits(const struct control *control, const char *name, const char *like, int max_writers);
/* A stream without source takes the layout of that one when a writer opens it (its key `like`). */
void control_stream_like(struct control *control, const char *name, const char *like);
/* Up to max_writers programs write it at once, in order. Before the first of them comes. */
void control_stream_pool(struct control *control, const char *name, int max_writers, int64_t reorder_timeout_ns);
void control_stream_remove(struct control *control, const char *name); /* readers get the end */

/* The stream has other keys from now on, of the same media and max_readers: its writer's next generation has them, and
 * its readers go on in that one. A program that writes it begins it with its next frame. */
void control_stream_change(struct control *control, const char *name, const struct config_output *output);
void control_stream_live(struct control *control, const char *name, bool live);

/* The state of the stream for its readers. FB_ENDED: readers drain, then get the end; readers that open later wait. */
void control_stream_state(struct control *control, const char *name, enum fb_state state);
bool control_stream_wanted(const struct control *control, const char *name); /* readers or waiters? */
bool control_stream_exists(const struct control *control, const char *name);
bool control_stream_written(const struct control *control, const char *name); /* is there a writer that is ready? */

/* Whether both are made from one source, as its outputs or, by `like`, from those: their pts_ns tell the same time. */
bool control_streams_related(const struct control *control, const char *a, const char *b);

/* Those streams of the other core go that were not added again, and that no client created. */
void control_drop_unclaimed(struct control *control);

#endif
