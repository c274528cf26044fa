/* ledger.h: what the next core needs to go on where this one dies, kept by the keeper: each client with its socket,
 * each stream, and the objects of each generation that is ready.
 *
 * Whatever changes them marks them; before any message leaves, and once in each turn of the loop, what is marked is
 * kept. So nobody has heard of anything that the next core does not know. */
#ifndef FRAMEBROKER_CONTROL_LEDGER_H
#define FRAMEBROKER_CONTROL_LEDGER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct control;
struct memory;
struct stream;

struct ledger { /* begins as {0} */
	bool changed;
	uint64_t *drops; /* keys of what is gone */
	size_t drop_count;
	uint32_t kept_ids, kept_clients; /* numbers beyond these have never been given away */
};

void ledger_clear(struct ledger *ledger);

/* They are another now than they were. */
void ledger_stream(struct stream *stream);
void ledger_client(struct client *client);

/* They are gone, or about to be. */
void ledger_drop_stream(struct control *control, const struct stream *stream);
void ledger_drop_memory(struct control *control, const struct memory *memory);
void ledger_drop_client(const struct client *client);

/* Keeps what has changed, and drops what is gone. */
void ledger_flush(struct control *control);

#endif
