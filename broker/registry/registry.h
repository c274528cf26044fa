/* registry.h: all streams by name, and who waits for one, whether it exists yet or not. */
#ifndef FRAMEBROKER_REGISTRY_REGISTRY_H
#define FRAMEBROKER_REGISTRY_REGISTRY_H
#include "registry/place.h"
#include "registry/stream.h"

struct waiter {
	struct waiter *next;
	char name[LIMIT_NAME + 1];
	uint32_t client, serial;
};

struct registry {               /* begins as {0} */
	struct stream *streams; /* removed ones too, until their last place is gone */
	struct waiter *waiters;
	uint32_t last_id;
};

/* Frees all streams and waiters. */
void registry_clear(struct registry *registry);

/* A number for a place or writer that nobody has had before; never 0. */
uint32_t registry_id(struct registry *registry);

/* NULL: there is none of that name. */
struct stream *registry_find(const struct registry *registry, const char *name);

/* -EEXIST; -ENOSPC: LIMIT_STREAMS are there; -ENOMEM. */
int registry_add(struct registry *registry, const char *name, const struct stream_terms *terms,
		 struct stream **ret_stream);

/* The same without a look at what is there: for one that another core had, which may be removed. -ENOMEM. */
int registry_append(struct registry *registry, const char *name, const struct stream_terms *terms,
		    struct stream **ret_stream);

/* Takes out a removed stream that has no places any more, for stream_destroy(); NULL: there is none. */
struct stream *registry_take_empty(struct registry *registry);

/* -ENOMEM. */
int registry_wait(struct registry *registry, const char *name, uint32_t client, uint32_t serial);

/* Forgets one waiter of that client, for that serial or, with 0, any. Returns the stream that it waited for (NULL: none
 * of that name) in *ret_stream, and whether there was one. */
bool registry_unwait(struct registry *registry, uint32_t client, uint32_t serial, struct stream **ret_stream);

unsigned registry_waiters_of(const struct registry *registry, uint32_t client);

#endif
