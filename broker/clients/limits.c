/* limits.c: counts what a user has already, which is all in the registry and the list of clients. */
#include "clients/limits.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/client.h"
#include "memory/memory.h"
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)
#define WAITS_MAX 256 /* each is looked at every few milliseconds */
#define DEAR 10       /* messages that a request counts for which costs the core a lot */

static bool is_limited(uid_t uid)
{
	return uid != 0 && uid != geteuid();
}

static unsigned choose(int configured, unsigned automatic)
{
	return configured != CONFIG_AUTO ? (unsigned)configured : automatic > 0 ? automatic : 1;
}

int limits_client(const struct client *client)
{
	const struct control *control = client->control;
	unsigned most = choose(control->limits.clients, control->max_clients / 2), count = 0;
	for (const struct client *other = control->clients; other; other = other->next)
		count += other != client && other->uid == client->uid && !other->is_worker && !other->refused;
	if (!is_limited(client->uid) || count < most)
		return 0;
	return error_set(EUSERS, "user %u has %u clients already: raise broker.limits.clients", client->uid, most);
}

int limits_reader(const struct client *client, const struct stream *stream, unsigned max_held)
{
	const struct config_limits *limits = &client->control->limits;
	unsigned readers = choose(limits->readers, stream->terms.max_readers / 2);
	unsigned held = choose(limits->held, UINT_MAX);
	unsigned has_readers = 0, has_held = 0;
	if (!is_limited(client->uid))
		return 0;
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		const struct place *place = stream->places[i];
		if (!place || place->lead || place->uid != client->uid)
			continue;
		has_readers++;
		has_held += place->max_held;
	}
	if (has_readers >= readers)
		return error_set(EUSERS, "user %u has %u readers of stream %s already: raise broker.limits.readers",
				 client->uid, readers, stream->name);
	if (has_held > held || max_held > held - has_held)
		return error_set(EUSERS,
				 "the readers of user %u may hold %u frames of stream %s, and ask for %u: raise "
				 "broker.limits.held",
				 client->uid, held, stream->name, has_held + max_held);
	return 0;
}

static bool is_creator(const struct stream *stream, uid_t uid)
{
	return stream->created && stream->creator == uid;
}

int limits_stream(const struct client *client)
{
	const struct control *control = client->control;
	unsigned most = (unsigned)control->limits.streams, count = 0;
	for (const struct stream *stream = control->registry.streams; stream; stream = stream->next)
		count += is_creator(stream, client->uid);
	if (!is_limited(client->uid) || count < most)
		return 0;
	return error_set(EUSERS, "user %u has created %u streams already: raise broker.limits.streams", client->uid,
			 most);
}

static uint64_t memory_of(const struct generation *generation)
{
	const struct memory *memory = generation ? generation->memory : NULL;
	return memory ? memory->bytes : 0;
}

int limits_memory(const struct control *control, const struct stream *stream, uint64_t bytes)
{
	uint64_t configured = control->limits.memory_bytes, used = 0;
	uint64_t most = configured != CONFIG_AUTO_SIZE ? configured : control->memory_limit / 2;
	if (!stream->created || !is_limited(stream->creator))
		return 0;
	for (const struct stream *other = control->registry.streams; other; other = other->next)
		if (is_creator(other, stream->creator))
			used += memory_of(other->previous) + memory_of(other->current) + memory_of(other->coming);
	if (bytes <= most && used <= most - bytes)
		return 0;
	return error_set(
		ENOSPC,
		"stream %s needs %.2f MiB, and user %u has %.2f of the %.2f MiB that its streams may have: raise "
		"broker.limits.memory",
		stream->name, (double)bytes / MIB, stream->creator, (double)used / MIB, (double)most / MIB);
}

int limits_wait(const struct client *client)
{
	const struct control *control = client->control;
	unsigned count = 0;
	for (const struct client *other = control->clients; other; other = other->next)
		if (other->uid == client->uid && (other == client || is_limited(client->uid)))
			count += registry_waiters_of(&control->registry, other->id);
	if (count < WAITS_MAX)
		return 0;
	return error_set(EUSERS, "user %u waits for %d streams already", client->uid, WAITS_MAX);
}

int limits_message(struct client *client, enum wire_type type)
{
	struct control *control = client->control;
	int64_t cost_ns = NS_PER_SECOND / control->limits.messages;
	if (!is_limited(client->uid))
		return 0;
	int r = pace_spend(&control->pace, client->uid,
			   type == WIRE_STATUS || type == WIRE_WRITER_OPEN ? DEAR * cost_ns : cost_ns);
	if (r == -ENOMEM)
		return error_set(EPROTO, "no memory to count its messages");
	if (r < 0)
		return error_set(EPROTO, "more than %d messages a second of user %u (broker.limits.messages)",
				 control->limits.messages, client->uid);
	return 0;
}
