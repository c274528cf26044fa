/* packets.h: one packet output: the source's own packets of all tracks, as they came, in a ring of bytes. */
#ifndef FRAMEBROKER_SOURCE_PACKETS_H
#define FRAMEBROKER_SOURCE_PACKETS_H
#include "source/input.h"
#include "source/output.h"
#include "source/timeline.h"

struct packets;

/* NULL: out of memory. */
struct packets *packets_create(const struct config_output *config, const struct output_host *host);
void packets_destroy(struct packets *packets, bool end); /* NULL is fine; end: the stream ends too */
struct output *packets_output(struct packets *packets);

/* Whether packets of this track are published: pictures, sound and subtitles are, but no covers. */
bool packets_has_track(const AVStream *stream);

/* Packets of another connection begin. preroll_ns: how much time the ring is to have room for. -EINVAL and *ret_error:
 * out of memory. */
int packets_begin(struct packets *packets, const struct input *input, int64_t preroll_ns,
		  struct media_error *ret_error);

/* Publishes a packet, which stays the caller's and as it is, at its place in time. Those of a video track that come
 * before its first key packet are left out. 0, also where it was dropped, or -ECANCELED: the worker is to stop. */
int packets_take(struct packets *packets, const AVPacket *packet, const struct timeline_place *place,
		 const struct arrival *arrival);

#endif
