/* store.h: what is kept for the next core: records under keys, with descriptors. Nothing of a record is read here. */
#ifndef FRAMEBROKER_KEEPER_STORE_H
#define FRAMEBROKER_KEEPER_STORE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_RECORDS 16384
#define STORE_BYTES (64u << 20)

struct record {
	struct record *next;
	uint64_t key;
	size_t blob_size, fd_count;
	int *fds; /* behind the blob, in the same memory */
	uint8_t blob[];
};

struct store { /* begins as {0} */
	struct record *records, *recalled;
	size_t count, bytes;
	int error; /* a record could not be kept: what is here is not whole; 0: it is */
};

/* Keeps a record in place of the one with that key. The descriptors are taken over, on failure too. -ENOSPC, -ENOMEM
 * with error text: the store is not whole from now on. */
int store_keep(struct store *store, uint64_t key, const void *blob, size_t blob_size, int *fds, size_t fd_count);

void store_drop(struct store *store, uint64_t key); /* none there is fine */

/* Drops all; it is whole again. */
void store_clear(struct store *store);

/* The next record; from the first one on after store_rewind(). NULL: that were all. */
const struct record *store_recall(struct store *store);
void store_rewind(struct store *store);

#endif
