/* admin.c: asking the broker to change something, and asking how it is. */
#include "api/link.h"
#include "api/reply.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include "ring/layout.h"
#include <errno.h>
#include <string.h>

#define ANSWER_NS (100 * NS_PER_MS) /* not to wait still means to ask, and the answer has a way to come */

static int entry_request(fb_broker *broker, enum wire_type type, const char *kind, const char *name, const char *keys)
{
	if (strlen(kind) >= WIRE_KIND)
		return error_set(EINVAL, "%s: a kind is one of source, output, stream, sink, processor", kind);
	if (name_fault(name))
		return error_set(EINVAL, "the name %s", name_fault(name));
	struct wire_message message = {.type = type, .text = keys, .text_size = keys ? strlen(keys) : 0};
	strcpy(message.kind, kind);
	strcpy(message.name, name);
	return link_request(broker, &message);
}

int fb_add(fb_broker *broker, const char *kind, const char *name, const char *keys)
{
	return entry_request(broker, WIRE_ADD, kind, name, keys);
}

int fb_remove(fb_broker *broker, const char *kind, const char *name)
{
	return entry_request(broker, WIRE_REMOVE, kind, name, NULL);
}

int fb_restart(fb_broker *broker, const char *kind, const char *name)
{
	return entry_request(broker, WIRE_RESTART, kind, name, NULL);
}

int fb_reload(fb_broker *broker)
{
	struct wire_message message = {.type = WIRE_RELOAD};
	return link_request(broker, &message);
}

int fb_upgrade(fb_broker *broker, int64_t timeout_ns)
{
	uint32_t session;
	struct wire_packet *reply = NULL;
	struct wire_message message = {.type = WIRE_UPGRADE};
	int64_t deadline = clock_deadline(timeout_ns);
	int err = link_ensure(broker, deadline, &session);
	if (err == 0)
		err = link_call(broker, session, &message, deadline, &reply);
	if (err == 0)
		link_reply_free(reply);
	if (err == -ETIMEDOUT)
		return error_set(ETIMEDOUT,
				 "no new core has taken over in time: the broker's log tells why, and it goes "
				 "on trying until orphan_timeout");
	return err;
}

int fb_kick(fb_broker *broker, uint32_t client)
{
	struct wire_message message = {.type = WIRE_KICK, .count = client};
	return link_request(broker, &message);
}

int fb_status(fb_broker *broker, char **ret_json)
{
	struct wire_message message = {.type = WIRE_STATUS};
	return reply_text(broker, &message, clock_deadline(CALL_TIMEOUT_NS), ret_json);
}

static int take_layout(const struct wire_packet *reply, struct fb_stream_info *ret_info)
{
	struct ring_layout layout;
	if (reply->message.type != WIRE_LAYOUT || reply->message.layout_size != sizeof layout)
		return error_set(EPROTO, "the broker answered with %s", wire_type_name(reply->message.type));
	memcpy(&layout, reply->message.layout, sizeof layout);
	int err = ring_layout_check(&layout);
	if (err == 0)
		*ret_info = layout.info;
	return err;
}

int fb_wait(fb_broker *broker, const char *stream, int64_t timeout_ns, struct fb_stream_info *ret_info)
{
	if (name_fault(stream))
		return error_set(EINVAL, "the name %s", name_fault(stream));
	int64_t deadline = clock_deadline(timeout_ns ? timeout_ns : ANSWER_NS);
	int err;
	do { /* a broker that goes meanwhile is waited for, too */
		uint32_t session;
		struct wire_packet *reply = NULL;
		struct wire_message message = {.type = WIRE_WAIT};
		strcpy(message.name, stream);
		err = link_ensure(broker, deadline, &session);
		if (err == 0)
			err = link_call(broker, session, &message, deadline, &reply);
		if (err == 0) {
			err = take_layout(reply, ret_info);
			link_reply_free(reply);
			return err;
		}
	} while (err == -EPIPE && clock_left_ns(deadline) > 0);
	return err == -ETIMEDOUT ? error_set(ETIMEDOUT, "no frames of %s in time", stream) : err;
}
