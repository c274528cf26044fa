/* locked.h: what link.c, call.c, resume.c, connect.c and dispatch.c do for each other; all of it with the broker
 * locked. */
#ifndef FRAMEBROKER_API_LOCKED_H
#define FRAMEBROKER_API_LOCKED_H
#include "api/link.h"

/* link.c */

/* The connection is gone; everybody who waits learns it. */
void link_lose(struct fb_broker *broker);
int link_lost_error(const struct fb_broker *broker); /* -EPIPE */

int link_receive_all(struct fb_broker *broker); /* what is there. -ENOMEM: something still is */

/* Sleeps, unlocked meanwhile, until something has been received, by this thread or another, or until the receiving
 * thread leaves: then one of the others receives. 0, -ENOMEM, -EINTR, or -ETIMEDOUT without error text. */
int link_wait_for_news(struct fb_broker *broker, int64_t deadline_ns);

/* Sleeps likewise, without receiving. */
int link_sleep(struct fb_broker *broker, int64_t deadline_ns);

/* call.c */

/* As link_call(), in the session that there is. */
int link_call_locked(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		     struct wire_packet **ret_reply);
bool link_more_follows(const struct request *request); /* its reply so far is not the last */
void link_post_locked(struct fb_broker *broker, struct wire_message *message);
int link_flush(struct fb_broker *broker); /* sends what is unsent. -EAGAIN: the peer's queue is full; -EPIPE */
void link_forget(struct fb_broker *broker, struct request *request); /* it is over; frees it */

/* resume.c */

/* A new core has taken over. -EPROTO: it cannot have. */
int link_resume(struct fb_broker *broker);

/* dispatch.c: gives a packet to the request that waits for it, or to the subscribers. Takes it over. -EPROTO: the peer
 * is not to be trusted. */
int link_dispatch(struct fb_broker *broker, struct wire_packet *packet);

#endif
