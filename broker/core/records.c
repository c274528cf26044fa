/* records.c: a list of records. */
#include "core/records.h"
#include "base/fd.h"
#include "base/limits.h"
#include "config/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As keeper_link_keep() wrote it. One that cannot be read makes no sense to whoever reads it next. */
static void read_long(struct control_record *record)
{
	FD_AUTO file = fd_take(&record->fds[--record->fd_count]);
	off_t size = lseek(file, 0, SEEK_END);
	char *blob = size > 0 && size <= LIMIT_REPLY ? alloc_zeroed((size_t)size + 1) : NULL;
	if (!blob || pread(file, blob, (size_t)size, 0) != (ssize_t)size) {
		free(blob);
		return;
	}
	free(record->blob);
	record->blob = blob;
	record->size = (size_t)size;
}

void records_add(struct records *records, struct keeper_packet *packet)
{
	void *items = records->items;
	struct control_record *added = alloc_append(&items, &records->count, sizeof *added);
	records->items = items;
	added->key = packet->message.value;
	added->size = packet->message.blob_size;
	added->blob = alloc_zeroed(added->size + 1);
	memcpy(added->blob, packet->blob, added->size);
	added->fd_count = packet->fd_count;
	added->fds = alloc_zeroed((packet->fd_count + 1) * sizeof(int));
	for (size_t i = 0; i < packet->fd_count; i++)
		added->fds[i] = fd_take(&packet->fds[i]);
	if (added->size == 1 && packet->blob[0] == 0 && added->fd_count > 0)
		read_long(added);
}

void records_clear(struct records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct control_record *record = &records->items[i];
		for (size_t k = 0; k < record->fd_count; k++)
			fd_close(&record->fds[k]);
		free(record->fds);
		free(record->blob);
	}
	free(records->items);
	*records = (struct records){0};
}

struct control_record *records_find(const struct records *records, unsigned kind, unsigned id)
{
	for (size_t i = 0; i < records->count; i++)
		if (records->items[i].key == CONTROL_KEY(kind, id))
			return &records->items[i];
	return NULL;
}
