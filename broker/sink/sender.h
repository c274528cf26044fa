/* sender.h: connects, sends each packet when it is due, and connects again when the server is lost. */
#ifndef FRAMEBROKER_SINK_SENDER_H
#define FRAMEBROKER_SINK_SENDER_H
#include "sink/host.h"
#include "sink/output.h"
#include "sink/video_track.h"

struct sender {
	struct host *host;
	struct output *output;
	struct watch *watch;
	struct video_track *video;                      /* NULL: none, or copied */
	unsigned tracks;                                /* bits: what was opened */
	unsigned place[QUEUE_TRACKS];                   /* which track of the output each is */
	const struct queue_track *opened[QUEUE_TRACKS]; /* what each was when it was opened */
	struct queue_item next;   /* packet NULL: none; else what could not be sent before the output is opened anew */
	bool was_open;            /* at any time */
	bool failed;              /* the connection was lost, or could not be made */
	struct media_error error; /* why */
	int64_t opened_ns;
	bool begun; /* what was opened has had its first packet: a key frame where there are pictures */
	bool has_zero;
	int64_t zero_ns;               /* the playing time that is 0 in the output */
	int64_t sent_ns[QUEUE_TRACKS]; /* the time of the packet that was sent last */
};

/* Sends until all tracks have ended, or the worker is to stop and what is left was sent. */
void sender_run(struct sender *sender);

#endif
