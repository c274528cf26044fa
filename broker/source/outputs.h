/* outputs.h: the streams that a source fills, whatever their media. */
#ifndef FRAMEBROKER_SOURCE_OUTPUTS_H
#define FRAMEBROKER_SOURCE_OUTPUTS_H
#include "config/source.h"
#include "source/audio.h"
#include "source/job.h"
#include "source/packets.h"
#include "source/video.h"

/* One output. */
struct stream {
	const struct config_output *config;
	struct video *video; /* one of the three */
	struct audio *audio;
	struct packets *packets;
	bool fed;            /* a track of the open input gives it frames */
	bool wanted;         /* frames are to be made */
	int64_t unwanted_ns; /* since when nobody wants them; 0: somebody does */
};

struct output *stream_output(const struct stream *stream);

struct outputs {
	struct stream **streams;
	size_t count;
};

/* Makes the outputs be what config says: creates what is new, ends what is gone, keeps what has the same name. removed,
 * where not NULL, is called before a stream is destroyed. -EINVAL and *ret_error: something could not be created, the
 * rest is done. */
int outputs_update(struct outputs *outputs, const struct config_source *config, const struct output_host *host,
		   void (*removed)(void *opaque, struct stream *stream), void *opaque, struct media_error *ret_error);

/* Whether there is one that takes packets. */
bool outputs_have_packets(const struct outputs *outputs);

/* Settles which outputs are wanted. eager: all are; else those that the job says are read or waited for, and those that
 * were less than `linger` ago. The others rest: they give their memory back. */
void outputs_want(const struct outputs *outputs, const struct job *job, bool eager);

/* A packet for the outputs that take packets; as packets_take(). */
int outputs_packet(const struct outputs *outputs, const AVPacket *packet, const struct timeline_place *place,
		   const struct arrival *arrival);

/* end: the streams end. */
void outputs_finish(struct outputs *outputs, bool end);

#endif
