/* link.h: a client's connection to the broker: requests and their replies, what comes unasked, and connecting again.
 *
 * Many threads may call at once: whoever waits and finds nobody receiving receives for all. Nothing here holds the lock
 * while it sleeps. A lost connection makes every pending call fail with -EPIPE and raises `session`; handles that
 * were opened in an older session open themselves again at their next use. A core that dies loses no connection: the
 * next one goes on with it, says RESUMED, and what has no answer is sent again (resume.c). */
#ifndef FRAMEBROKER_API_LINK_H
#define FRAMEBROKER_API_LINK_H
#include "base/backoff.h"
#include "wire/connection.h"
#include <framebroker.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define CALL_TIMEOUT_NS (10 * INT64_C(1000000000)) /* the core answers at once; one that does not is stuck */
#define SERIAL_NOBODY UINT32_MAX                   /* of a message that has no answer */

struct request { /* the heap's, listed in the order of sending while it is under way */
	struct request *next;
	enum wire_type type;
	uint32_t serial, session;  /* in another session it is lost */
	bool orphan;               /* nobody waits for its answer: whoever receives that frees the request */
	bool unsent;               /* to be sent when there is room in the peer's queue, */
	bool again;                /* for the second time: a new core came before the answer */
	bool refused;              /* a new core came, to whom it is not sent */
	struct wire_packet *reply; /* the heap's; NULL until it is there */
	size_t size;
	uint8_t packet[];
};

struct subscriber { /* wants what comes unasked; lives in a reader or an event list */
	struct subscriber *next;
	/* Called with the broker locked. */
	void (*notice)(struct subscriber *self, const struct wire_message *message);
};

struct fb_broker {
	_Atomic uint32_t
		refs; /* the opener, and every reader, writer and held frame: the socket stays open while views live */
	struct fb_broker *next; /* in the list for fork handlers */
	char *address;          /* a path, or "fd:N" */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int socket;               /* -1: not connected */
	_Atomic uint32_t session; /* raised when a connection is lost or made */
	_Atomic uint64_t number;  /* the broker's own, from WELCOME: another broker has another one */
	int polled;               /* some thread sits in poll() on this socket for everybody; -1: none */
	struct backoff retry;
	int64_t next_try_ns; /* not before then is a connection tried */
	bool silent;         /* at the last try somebody listened there, but did not answer */
	uint32_t last_serial;
	struct request *requests;
	bool unsent; /* some of them are */
	struct subscriber *subscribers;
	bool stopping;             /* a worker: the core asked to finish */
	char *new_job;             /* a worker: its job now reads so */
	_Atomic int64_t looked_ns; /* a worker: when it last looked for those two */
};

int link_create(const char *address, struct fb_broker **ret_broker); /* not yet connected; -ENOMEM */
struct fb_broker *link_ref(struct fb_broker *broker);
void link_unref(struct fb_broker *broker); /* the last one closes the socket */

/* Until when to wait for an answer that comes at once, on behalf of somebody who waits until the deadline: one second
 * at least, so that not to wait still means to ask; CALL_TIMEOUT_NS at most. */
int64_t link_answer_deadline(int64_t deadline_ns);

/* Connects where there is no connection (any more): tries until the deadline. 0 and the session, -ETIMEDOUT, or
 * -EPROTO, -EACCES at once. An inherited socket is not connected anew: -EPIPE. */
int link_ensure(struct fb_broker *broker, int64_t deadline_ns, uint32_t *ret_session);

/* Sends a request in that session and waits for its reply; an ERROR reply becomes its errno and text. The caller frees
 * the packet with link_reply_free(). -EPIPE: the connection was lost (or is another session's); -ETIMEDOUT: forgotten.
 */
int link_call(struct fb_broker *broker, uint32_t session, struct wire_message *message, int64_t deadline_ns,
	      struct wire_packet **ret_reply);
void link_reply_free(struct wire_packet *reply);

/* The same in two steps, for an answer that may take long: after -ETIMEDOUT, or a reply with WIRE_MORE, the request is
 * still under way, to be finished by another call or dropped; after anything else it is over, and *request NULL. */
int link_start(struct fb_broker *broker, uint32_t session, struct wire_message *message, struct request **ret_request);
int link_finish(struct fb_broker *broker, struct request **request, int64_t deadline_ns,
		struct wire_packet **ret_reply);
void link_drop(struct fb_broker *broker, struct request **request); /* of NULL nothing */

/* The same where only success matters, connecting first. */
int link_request(struct fb_broker *broker, struct wire_message *message);

/* Sends what has no answer. */
int link_tell(struct fb_broker *broker, uint32_t session, struct wire_message *message);

/* Sends a request whose answer nobody waits for, now or as soon as there is room. Nothing in another session. */
void link_post(struct fb_broker *broker, uint32_t session, struct wire_message *message);

/* Receives what is there without waiting. -EPIPE: the connection is gone. */
int link_poll(struct fb_broker *broker, uint32_t session);

/* Waits until *flag is set (by a subscriber's notice), the session is over (-EPIPE), or the deadline (-ETIMEDOUT). */
int link_wait(struct fb_broker *broker, uint32_t session, const bool *flag, int64_t deadline_ns);

void link_subscribe(struct fb_broker *broker, struct subscriber *subscriber);
void link_unsubscribe(struct fb_broker *broker, struct subscriber *subscriber);

/* fork.c: brokers are listed so that a forked child can let go of its parent's sockets. */
void fork_list_add(struct fb_broker *broker);
void fork_list_remove(struct fb_broker *broker);
uint32_t fork_count(void); /* how many forks lie between this process and the library's first use */

#endif
