/* records.h: what the core before this one has left, as the keeper tells it. */
#ifndef FRAMEBROKER_CORE_RECORDS_H
#define FRAMEBROKER_CORE_RECORDS_H
#include "clients/hooks.h"
#include "keeper/protocol.h"

struct records { /* begins as {0} */
	struct control_record *items;
	size_t count;
};

/* One of those that the keeper has; its descriptors are taken. */
void records_add(struct records *records, struct keeper_packet *packet);
void records_clear(struct records *records);

/* NULL: there is none. */
struct control_record *records_find(const struct records *records, unsigned kind, unsigned id);

#endif
