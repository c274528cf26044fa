/* kept.h: what the sink has encoded, in a stream of packets of its own: for clips, and for other sinks to copy. */
#ifndef FRAMEBROKER_SINK_KEPT_H
#define FRAMEBROKER_SINK_KEPT_H
#include "config/sink.h"
#include "sink/queue.h"
#include <framebroker.h>

struct kept;

/* The ring has room for the preroll of the keys, which must live as long. -ENOMEM. */
int kept_create(fb_broker *broker, const char *stream, const struct config_sink *config, struct kept **ret_kept);
void kept_destroy(struct kept *kept); /* NULL is fine */

/* For queue_options.see, with the struct kept. Waits for memory with the first packet, and for nothing else; a packet
 * that finds no room is left out, with those that need it. */
void kept_see(void *context, unsigned track, const struct queue_track *info, const AVPacket *packet, int64_t start_ns);

#endif
