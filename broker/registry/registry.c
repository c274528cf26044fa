/* registry.c: the list of streams and the list of waiters. A thousand names at most, so lists it is. */
#include "registry/registry.h"
#include "base/error.h"
#include "registry/stream_readers.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void registry_clear(struct registry *registry)
{
	while (registry->streams) {
		struct stream *stream = registry->streams;
		registry->streams = stream->next;
		stream_destroy(stream);
	}
	while (registry->waiters) {
		struct waiter *waiter = registry->waiters;
		registry->waiters = waiter->next;
		free(waiter);
	}
}

uint32_t registry_id(struct registry *registry)
{
	if (++registry->last_id == 0)
		registry->last_id = 1;
	return registry->last_id;
}

struct stream *registry_find(const struct registry *registry, const char *name)
{
	for (struct stream *stream = registry->streams; stream; stream = stream->next)
		if (!stream->removed && strcmp(stream->name, name) == 0)
			return stream;
	return NULL;
}

static unsigned count_waiters(const struct registry *registry, const char *name)
{
	unsigned count = 0;
	for (const struct waiter *waiter = registry->waiters; waiter; waiter = waiter->next)
		count += strcmp(waiter->name, name) == 0;
	return count;
}

int registry_add(struct registry *registry, const char *name, const struct stream_terms *terms,
		 struct stream **ret_stream)
{
	if (registry_find(registry, name))
		return error_set(EEXIST, "there is a stream %s already", name);
	unsigned count = 0;
	for (const struct stream *stream = registry->streams; stream; stream = stream->next)
		count++;
	if (count >= LIMIT_STREAMS)
		return error_set(ENOSPC, "no more than %d streams: remove some before adding %s", LIMIT_STREAMS, name);
	return registry_append(registry, name, terms, ret_stream);
}

int registry_append(struct registry *registry, const char *name, const struct stream_terms *terms,
		    struct stream **ret_stream)
{
	struct stream **end = &registry->streams;
	while (*end)
		end = &(*end)->next;
	int r = stream_create(name, terms, end);
	if (r < 0)
		return r;
	(*end)->id = registry_id(registry);
	(*end)->waiters = count_waiters(registry, name);
	*ret_stream = *end;
	return 0;
}

struct stream *registry_take_empty(struct registry *registry)
{
	for (struct stream **at = &registry->streams; *at; at = &(*at)->next) {
		struct stream *stream = *at;
		if (!stream->removed)
			continue;
		unsigned i = 0;
		while (i < LIMIT_READERS && !stream->places[i])
			i++;
		if (i < LIMIT_READERS)
			continue;
		*at = stream->next;
		return stream;
	}
	return NULL;
}

int registry_wait(struct registry *registry, const char *name, uint32_t client, uint32_t serial)
{
	struct waiter *waiter = calloc(1, sizeof *waiter);
	if (!waiter)
		return error_set(ENOMEM, "no memory to wait for stream %s", name);
	snprintf(waiter->name, sizeof waiter->name, "%s", name);
	waiter->client = client;
	waiter->serial = serial;
	waiter->next = registry->waiters;
	registry->waiters = waiter;
	struct stream *stream = registry_find(registry, name);
	if (stream)
		stream->waiters++;
	return 0;
}

bool registry_unwait(struct registry *registry, uint32_t client, uint32_t serial, struct stream **ret_stream)
{
	for (struct waiter **at = &registry->waiters; *at; at = &(*at)->next) {
		struct waiter *waiter = *at;
		if (waiter->client != client || (serial != 0 && waiter->serial != serial))
			continue;
		*at = waiter->next;
		*ret_stream = registry_find(registry, waiter->name);
		if (*ret_stream)
			(*ret_stream)->waiters--;
		free(waiter);
		return true;
	}
	return false;
}

unsigned registry_waiters_of(const struct registry *registry, uint32_t client)
{
	unsigned count = 0;
	for (const struct waiter *waiter = registry->waiters; waiter; waiter = waiter->next)
		count += waiter->client == client;
	return count;
}
