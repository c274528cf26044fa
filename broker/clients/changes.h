/* changes.h: what has changed since it was kept for the next core: who is changed is marked where it lies; here is
 * whether any is, and what is gone. */
#ifndef FRAMEBROKER_CLIENTS_CHANGES_H
#define FRAMEBROKER_CLIENTS_CHANGES_H
#include "clients/hooks.h"

struct changes {     /* begins as {0} */
	bool needed; /* somebody keeps them */
	bool any;
	uint64_t *drops; /* keys of what is gone */
	size_t drop_count;
};

void changes_clear(struct changes *changes);

/* It is gone, or about to be. Nothing where they are not needed. */
void changes_drop(struct changes *changes, enum control_kind kind, uint32_t id);

#endif
