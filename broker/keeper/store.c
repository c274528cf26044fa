/* store.c: what is kept for the next core. */
#include "keeper/store.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fd_close(&fds[i]);
}

static struct record **find(struct store *store, uint64_t key)
{
	struct record **at = &store->records;
	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

static void drop_at(struct store *store, struct record **at)
{
	struct record *record = *at;
	*at = record->next;
	if (store->recalled == record)
		store->recalled = record->next;
	store->count--;
	store->bytes -= record->blob_size;
	close_all(record->fds, record->fd_count);
	free(record);
}

void store_drop(struct store *store, uint64_t key)
{
	struct record **at = find(store, key);
	if (*at)
		drop_at(store, at);
}

static struct record *create(uint64_t key, const void *blob, size_t blob_size, const int *fds, size_t fd_count)
{
	size_t before_fds = (blob_size + sizeof(int) - 1) / sizeof(int) * sizeof(int);
	struct record *record = malloc(sizeof *record + before_fds + fd_count * sizeof(int));
	if (!record)
		return NULL;
	*record = (struct record){.key = key, .blob_size = blob_size, .fd_count = fd_count};
	record->fds = (int *)(record->blob + before_fds);
	if (blob_size > 0)
		memcpy(record->blob, blob, blob_size);
	if (fd_count > 0)
		memcpy(record->fds, fds, fd_count * sizeof(int));
	return record;
}

int store_keep(struct store *store, uint64_t key, const void *blob, size_t blob_size, int *fds, size_t fd_count)
{
	store_drop(store, key);
	bool fits = store->count < STORE_RECORDS && blob_size <= STORE_BYTES - store->bytes;
	struct record *record = fits ? create(key, blob, blob_size, fds, fd_count) : NULL;
	if (!record) {
		close_all(fds, fd_count);
		store->error = fits ? ENOMEM : ENOSPC;
		return error_set(store->error, "no room for a record of the core, which the next one would need");
	}
	record->next = store->records;
	store->records = record;
	store->count++;
	store->bytes += blob_size;
	return 0;
}

void store_clear(struct store *store)
{
	while (store->records)
		drop_at(store, &store->records);
	*store = (struct store){0};
}

void store_rewind(struct store *store)
{
	store->recalled = store->records;
}

const struct record *store_recall(struct store *store)
{
	const struct record *record = store->recalled;
	if (record)
		store->recalled = record->next;
	return record;
}
