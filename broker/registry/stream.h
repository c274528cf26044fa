/* stream.h: what the core knows about one stream: its rules, its state, its generations, its writer and its readers'
 * places.
 *
 * Pure state: nothing here does I/O or maps memory. At most two generations are live: while one comes, the one before
 * the current is gone. A pass is what lies between two ends of the stream; a place belongs to the pass in which it was
 * opened. */
#ifndef FRAMEBROKER_REGISTRY_STREAM_H
#define FRAMEBROKER_REGISTRY_STREAM_H
#include "base/limits.h"
#include <framebroker.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct group;
struct place;

enum lossless_rule { LOSSLESS_AUTO, LOSSLESS_ALLOW, LOSSLESS_DENY };

struct stream_terms {
	unsigned depth, spare, max_readers, max_held;
	unsigned max_writers; /* more than 1: a pool */
	enum lossless_rule lossless;
};

enum generation_state { GENERATION_COMING, GENERATION_READY, GENERATION_OVER };

struct generation {
	uint32_t number, pass;
	uint64_t first; /* sequence number */
	enum generation_state state;
	uint64_t begin[LIMIT_READERS]; /* by place: where it begins, 0: with the newest frame */
	struct {
		bool used;
		uid_t uid;
	} pages[LIMIT_READERS]; /* whose processes may have a page mapped */
	void *memory;           /* the control's; NULL while it is being reserved */
};

struct writer { /* one request to write: one generation */
	uint32_t id, client, generation;
	struct stream *stream; /* NULL: the stream is gone */
	unsigned number;       /* a pool's member: in the stream's pool, and the roster */
	uint32_t serial;       /* a pool's member that waits for the memory: of its request; 0: it has it */
	uint32_t opened;       /* serial of its request */
	struct writer *next;   /* of the same client */
};

struct stream {
	struct stream *next; /* in the registry */
	uint32_t id;         /* never another's, even of the same name */
	char name[LIMIT_NAME + 1];
	char source[LIMIT_NAME + 1]; /* whose worker writes it; "": programs do */
	unsigned worker;
	bool live;     /* it cannot wait for lossless readers */
	bool created;  /* by its writer, and gone with it */
	uid_t creator; /* the user of that one */
	bool removed;  /* nobody finds it any more; it stays until its last place is gone */
	bool wanted;   /* as last told to the core */
	struct stream_terms terms;
	enum fb_state state;
	uint32_t pass;
	uint32_t last_generation; /* number given last */
	uint32_t before_pass;     /* the same when the pass began */
	uint64_t next_seq;
	struct generation *previous, *current, *coming;
	struct writer *writer; /* of the generation that is coming or runs; of a pool: one of them */
	struct writer *pool[LIMIT_WRITERS];
	uint32_t pool_epoch; /* given last to one of them */
	struct group *groups;
	struct place *places[LIMIT_READERS];
	uint32_t epochs[LIMIT_READERS];
	unsigned waiters;
	void *owner; /* the control's */
};

/* -ENOMEM. */
int stream_create(const char *name, const struct stream_terms *terms, struct stream **ret_stream);

/* Adds the coming generation, with the next number and sequence number. Requires that previous is gone. -ENOMEM. */
int stream_begin(struct stream *stream, struct generation **ret_generation);

/* The coming generation becomes the current one. */
void stream_ready(struct stream *stream);

/* No more frames in a generation that runs or comes; last is its last sequence number. */
void stream_over(struct stream *stream, struct generation *generation, uint64_t last);

/* Nobody finds the stream from now on, and its name is free. Its pass has ended. */
void stream_remove(struct stream *stream);

/* A number in the pool for a writer. -EAGAIN with error text: max_writers are there. */
int stream_pool_join(struct stream *stream, struct writer *writer);

/* Gives it back; the stream's writer is another of them then, or none. */
void stream_pool_leave(struct stream *stream, const struct writer *writer);

bool stream_is_pool(const struct stream *stream);

/* Takes out that one of previous, current and coming. */
void stream_take(struct stream *stream, struct generation *generation);

void generation_destroy(struct generation *generation);

#endif
