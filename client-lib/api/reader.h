/* reader.h: a reader's inside: its place at the broker, its generation, and what it was told of the stream. */
#ifndef FRAMEBROKER_API_READER_H
#define FRAMEBROKER_API_READER_H
#include "api/attachment.h"
#include "api/gap.h"
#include "api/use.h"

struct pump;

struct fb_reader {
	struct fb_broker *broker;
	char stream[LIMIT_NAME + 1];
	char group[LIMIT_NAME + 1]; /* "": none */
	enum fb_mode mode;
	uint32_t max_held, forks;
	struct use use;

	struct place *place;           /* NULL: not open (yet, or the connection was lost) */
	struct attachment *attachment; /* NULL: no generation */
	uint32_t done;                 /* the newest generation of this place that was drained */
	uint64_t next;                 /* sequence number after the last frame given; 0: none yet */
	int64_t last_pts_ns;           /* of the last frame given; so is: */
	uint32_t last_generation;
	uint64_t missed_before; /* in generations that are over, and between places */
	struct gap gap;
	uint64_t gap_missed; /* between places: to be told with the next frame */
	bool discontinuity;  /* the next frame follows a break that sequence numbers do not show */
	bool pending;        /* the broker has no generation for this place; it tells when there may be one */
	atomic_bool ended;
	struct fb_stream_info info; /* the newest layout */

	struct subscriber subscriber; /* STREAM messages for our place */
	uint32_t subscribed_place;    /* with the broker locked: the place they are for, 0: none */
	bool news;                    /* with the broker locked: one came */
	_Atomic uint32_t told_state;  /* as last told by the broker */

	pthread_mutex_t attach_lock; /* of place and attachment: other threads look at them */
	struct pump *pump;           /* NULL: nobody asked for a descriptor */
};

/* link.h: a STREAM message, with the broker locked; or RESUMED, where one may have been lost. */
void reader_notice(struct subscriber *self, const struct wire_message *message);

/* From now on those for that place are news; 0: none. */
void reader_news_place(struct fb_reader *reader, uint32_t place);

/* It has no generation, or no place either, any more. */
void reader_drop_attachment(struct fb_reader *reader);
void reader_drop_place(struct fb_reader *reader);

#endif
