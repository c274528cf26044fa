/* place.h: a reader's place in a stream, alone or in a group: who may have one, and which generation it is to read
 * next.
 */
#ifndef FRAMEBROKER_REGISTRY_PLACE_H
#define FRAMEBROKER_REGISTRY_PLACE_H
#include "registry/stream.h"

struct place {
	uint32_t id; /* on the wire */
	uint32_t client;
	uid_t uid;
	struct stream *stream;
	unsigned index; /* in the stream's places, pages and roster */
	uint32_t epoch; /* tells the users of one index apart; from 1 */
	enum fb_mode mode;
	unsigned max_held;
	uint32_t pass;         /* the stream's when it was opened */
	uint32_t joined;       /* number of its first generation */
	uint32_t attached;     /* number of the last one that it was given; 0: none */
	uint32_t done;         /* number of the last one that it has drained */
	uint32_t serial;       /* of the request that opened it */
	bool pending;          /* it waits to be told of news */
	bool closed;           /* keeps its index until its last frame is let go */
	int64_t kept_until_ns; /* a dead member's: at most until then, for its frames to be taken by others; 0: it lives
				*/
	struct group *group;   /* that it is a member of, or whose own place it is */
	bool lead;             /* a group's own place: nobody reads there */
	int64_t since_utc_ns;
	struct place *next; /* of the same client */
};

struct group {
	struct group *next; /* of the same stream */
	uint32_t id;
	char name[LIMIT_NAME + 1];
	uid_t uid;
	struct stream *stream;
	enum fb_mode mode; /* as its members asked for; its place may have become ordered */
	struct place *lead;
	unsigned members;   /* places of its readers, dead ones that frames are still held for too */
	int64_t expires_ns; /* without members it stays until then, for those who died to come back; 0: it goes at once
			     */
	uint64_t given_up;  /* frames of which members died */
};

struct place_request {
	uint32_t client;
	uid_t uid;
	enum fb_mode mode;
	unsigned max_held;
};

/* Admits a reader. -EINVAL: max_held; -EPERM: no lossless readers here; -EUSERS: too many, all with error text. */
int place_open(struct stream *stream, const struct place_request *request, struct place **ret_place);

/* A group's own place: not a reader's, so nothing is admitted or counted. -EUSERS, -ENOMEM. */
int place_lead(struct stream *stream, const struct place_request *request, struct place **ret_place);

/* Gives up its index. NULL is fine. */
void place_destroy(struct place *place);

/* The next generation to read for a place that has drained number done (0: none yet); it is attached to it then.
 * -EAGAIN: there is none yet; -ENODATA: the stream ended; -EINVAL: it was never given that one. */
int place_attach(struct place *place, uint32_t done, struct generation **ret_generation);

/* Whether the place belongs to that generation; whether it has not drained it yet; whether it was not even given it
 * yet. */
bool place_joins(const struct place *place, const struct generation *generation);
bool place_needs(const struct place *place, const struct generation *generation);
bool place_awaits(const struct place *place, const struct generation *generation);

/* Whether there is nothing after the generations that it joined. */
bool place_ended(const struct place *place);

/* Whether it is demand: open, and not ended. */
bool place_counts(const struct place *place);

#endif
