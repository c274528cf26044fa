/* changes.c: a list of what is gone. */
#include "clients/changes.h"
#include "config/alloc.h"
#include <stdlib.h>

void changes_clear(struct changes *changes)
{
	free(changes->drops);
	*changes = (struct changes){0};
}

void changes_drop(struct changes *changes, enum control_kind kind, uint32_t id)
{
	if (!changes->needed)
		return;
	void *drops = changes->drops;
	uint64_t *added = alloc_append(&drops, &changes->drop_count, sizeof *added);
	changes->drops = drops;
	*added = CONTROL_KEY(kind, id);
	changes->any = true;
}
