/* dispatch.c: where a received message goes: to the request that waits for it, or to whoever listens. */
#include "api/locked.h"
#include "api/reply.h"
#include <stdlib.h>

static bool give_to_request(struct fb_broker *broker, struct wire_packet *packet)
{
	for (struct request *request = broker->requests; request; request = request->next)
		if (request->serial == packet->message.serial && (!request->reply || link_more_follows(request))) {
			if (request->orphan) {
				link_forget(broker, request);
				return false;
			}
			link_reply_free(request->reply);
			request->reply = packet;
			return true;
		}
	return false;
}

/* What its caller no longer waits for nobody else will close. A reader's generation is no writer's: there it is
 * nothing. */
static void give_back(struct fb_broker *broker, const struct wire_message *message)
{
	struct wire_message close = {.type = message->type == WIRE_PLACE ? WIRE_READER_CLOSE : WIRE_WRITER_CLOSE,
				     .place = message->place};
	if (message->type == WIRE_PLACE || message->type == WIRE_GENERATION)
		link_post_locked(broker, &close);
}

int link_dispatch(struct fb_broker *broker, struct wire_packet *packet)
{
	const struct wire_message *message = &packet->message;
	int err = 0;
	if (message->serial != 0) {
		if (give_to_request(broker, packet))
			return 0;
		give_back(broker, message);
	} else if (message->type == WIRE_STOP) {
		broker->stopping = true;
	} else if (message->type == WIRE_TEXT) {
		char *job;
		if (reply_read(packet, &job) == 0) {
			free(broker->new_job);
			broker->new_job = job;
		}
	} else {
		if (message->type == WIRE_RESUMED)
			err = link_resume(broker);
		for (struct subscriber *one = broker->subscribers; one; one = one->next)
			one->notice(one, message);
	}
	link_reply_free(packet);
	return err;
}
