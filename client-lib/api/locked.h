/* locked.h: what link.c, call.c, connect.c and dispatch.c do for each other; all of it with the broker locked. */
#ifndef FRAMEBROKER_API_LOCKED_H
#define FRAMEBROKER_API_LOCKED_H
#include "api/link.h"

/* link.c */

/* The connection is gone; everybody who waits learns it. */
void link_lose(struct fb_broker *broker);
int link_lost_error(const struct fb_broker *broker); /* -EPIPE */

void link_receive_all(struct fb_broker *broker); /* what is there */

/* Sleeps, unlocked meanwhile, until something has been received, by this thread or another, or until the receiving
 * thread leaves: then one of the others receives. 0, or -ETIMEDOUT without error text. */
int link_wait_for_news(struct fb_broker *broker, int64_t deadline_ns);

/* call.c */

/* As link_call(), in the session that there is. */
int link_call_locked(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		     struct wire_packet **ret_reply);
bool link_more_follows(const struct request *request); /* its reply so far is not the last */

/* dispatch.c: gives a packet to the request that waits for it, or to the subscribers. Takes it over. */
void link_dispatch(struct fb_broker *broker, struct wire_packet *packet);

#endif
