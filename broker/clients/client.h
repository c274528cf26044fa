/* client.h: one connection: who it is, what is its, and its end.
 *
 * A client that is disconnected stays in memory until the loop's next turn, so whoever works for it may finish; nothing
 * is sent to it any more. One that does not take its replies is not heard meanwhile. */
#ifndef FRAMEBROKER_CLIENTS_CLIENT_H
#define FRAMEBROKER_CLIENTS_CLIENT_H
#include "clients/state.h"
#include "wire/message.h"

#define CLIENT_COMMAND 256
#define CLIENT_HEARD 64 /* more requests are not under way at once */

struct outgoing;

struct client {
	struct client *next;
	struct control *control;
	uint32_t id;
	int fd;
	pid_t pid;
	uid_t uid;
	gid_t *groups;
	size_t group_count;
	char command[CLIENT_COMMAND];
	int64_t since_utc_ns, since_ns;
	bool is_worker, greeted, gone, wants_events;
	bool hung_up; /* gone, and by itself: nobody has anything mapped any more. Who was disconnected may live on */
	bool refused; /* it is not let in, and told so when it says HELLO */
	uint32_t kicker, kick_serial; /* who is told when it is gone; 0: nobody */
	unsigned worker;
	struct place *places;
	struct writer *writers;
	unsigned openings; /* requests to write that are not answered yet */
	struct outgoing *out, **out_end;
	size_t out_bytes;
	bool changed;                              /* since it was kept for the next core */
	bool resumed;                              /* another core let it in */
	uint32_t heard[CLIENT_HEARD], heard_count; /* serials of its last requests since then: a ring */
	int64_t credit_ns; /* a time on the monotonic clock: each message adds 1 ms, and it must not lie ahead */
};

/* Takes the socket over, on failure too. worker >= 0: one of ours. */
int client_create(struct control *control, int fd, int worker, struct client **ret_client);
void client_destroy(struct client *client); /* what it owned is released already */

struct access_identity client_identity(const struct client *client);

/* It is to be kept for the next core as it is now. */
void client_changed(struct client *client);

/* Whether it may send one more message now. */
bool client_spend_credit(struct client *client);

void client_disconnect(struct client *client);

/* A warning about a client, at most ten a second for all of them together. */
void client_log(struct client *client, const char *text);

/* For a worker: its pid, and the command line that goes with it. */
void client_set_pid(struct client *client, pid_t pid);

struct client *client_find(const struct control *control, uint32_t id); /* NULL: gone */
struct client *client_find_worker(const struct control *control, unsigned worker);

#endif
