/* queue.h: encoded packets between the threads that encode and the one that sends: given out in the order of their time
 * stamps, each when its time has come. */
#ifndef FRAMEBROKER_SINK_QUEUE_H
#define FRAMEBROKER_SINK_QUEUE_H
#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

enum { QUEUE_VIDEO, QUEUE_AUDIO, QUEUE_TRACKS };

struct queue;

/* What a track's packets are, from one of them on. */
struct queue_track {
	AVCodecParameters *parameters;
	AVRational time_base, frame_rate; /* frame_rate 0/1: not known, or sound */
	int64_t origin_ns;                /* the playing time of time stamp 0 */
};

struct queue_item {
	AVPacket *packet; /* time stamps in the track's time base */
	unsigned track;
	const struct queue_track *info; /* valid as long as the queue */
	int64_t dts_ns;                 /* playing time */
	bool alone;                     /* sound that did not wait any longer for its picture */
};

struct queue_options {
	bool has[QUEUE_TRACKS];
	bool unpaced;         /* packets are given out as soon as those before them are there */
	int64_t max_delay_ns; /* sound waits so long for its picture */
	int64_t longest_ns;   /* what lies further back than this behind the newest packet is thrown away */
	/* Sees each packet as it is pushed, from the thread that does; NULL: nobody does. */
	void (*see)(void *context, unsigned track, const struct queue_track *info, const AVPacket *packet,
		    int64_t start_ns);
	void *context;
};

int queue_create(const struct queue_options *options, struct queue **ret_queue);
void queue_destroy(struct queue *queue); /* NULL is fine */

/* What is pushed from now on is of that kind: the track has begun, or has changed. The parameters are copied. -ENOMEM.
 */
int queue_begin(struct queue *queue, unsigned track, const struct queue_track *info);

/* Takes the packet's reference. start_ns: the monotonic time of playing time 0. Never blocks. */
void queue_push(struct queue *queue, unsigned track, AVPacket *packet, int64_t start_ns);

/* Whether so much waits that nothing more should be encoded: unpaced, where what sends is slower than the encoder. */
bool queue_is_full(struct queue *queue);

/* No more packets come from this track. */
void queue_end(struct queue *queue, unsigned track);

/* Whether all tracks have ended and nothing is left. */
bool queue_is_over(struct queue *queue);

/* Whether the pictures have ended, and all of them come before that playing time. */
bool queue_pictures_over(struct queue *queue, int64_t time_ns);

/* From now on packets are given out without waiting for their time. */
void queue_hurry(struct queue *queue);

/* Which tracks have begun, as bits; *ret_waited_ns: how long ago the first one did. Waits until that changes, but not
 * beyond until_ns. */
unsigned queue_ready(struct queue *queue, unsigned known, int64_t until_ns, int64_t *ret_waited_ns);

/* What is pushed now, of a track that has begun. Valid as long as the queue. */
const struct queue_track *queue_track(struct queue *queue, unsigned track);

/* The next packet that is due: 0, and item->packet is the caller's; -ETIMEDOUT; -ENODATA: all tracks have ended and
 * nothing is left. */
int queue_next(struct queue *queue, int64_t until_ns, struct queue_item *ret_item);

/* Whether the next picture is a key frame, and not after that playing time. */
bool queue_key_frame_follows(struct queue *queue, int64_t time_ns);

/* The connection took so long that what waits is late already: its time is put off, instead of sending it at once. */
void queue_put_off(struct queue *queue);

/* How long after its playing time something is sent, as things are. */
int64_t queue_delay_ns(struct queue *queue);

#endif
