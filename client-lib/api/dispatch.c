/* dispatch.c: where a received message goes: to the request that waits for it, or to whoever listens. */
#include "api/link.h"
#include "api/reply.h"
#include <stdlib.h>

static bool give_to_request(struct fb_broker *broker, struct wire_packet *packet)
{
	for (struct request *request = broker->requests; request; request = request->next)
		if (request->serial == packet->message.serial && !request->reply) {
			request->reply = packet;
			return true;
		}
	return false;
}

void link_dispatch(struct fb_broker *broker, struct wire_packet *packet)
{
	const struct wire_message *message = &packet->message;
	if (message->serial != 0) {
		if (give_to_request(broker, packet))
			return;
		if (message->type == WIRE_PLACE) /* its caller no longer waits, so nobody else will close it */
			wire_send(broker->socket,
				  &(struct wire_message){
					  .type = WIRE_READER_CLOSE, .serial = SERIAL_NOBODY, .place = message->place},
				  NULL, 0);
	} else if (message->type == WIRE_STOP) {
		broker->stopping = true;
	} else if (message->type == WIRE_TEXT) {
		char *job;
		if (reply_read(packet, &job) == 0) {
			free(broker->new_job);
			broker->new_job = job;
		}
	} else {
		for (struct subscriber *one = broker->subscribers; one; one = one->next)
			one->notice(one, message);
	}
	link_reply_free(packet);
}
