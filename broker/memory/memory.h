/* memory.h: the shared-memory objects of one generation, as the core has them: their descriptors and the words that
 * core reads and writes. What each object is stands in ring/abi.h. */
#ifndef FRAMEBROKER_MEMORY_MEMORY_H
#define FRAMEBROKER_MEMORY_MEMORY_H
#include "ring/map.h"

/* How control and data (objects a and b) are made. POSIX only for our own workers: what a program may map for writing
 * is a memfd that it cannot truncate under the others. */
enum memory_kind { MEMORY_POSIX, MEMORY_MEMFD, MEMORY_SEALED };

struct memory {
	struct ring_layout layout;
	struct ring_sizes sizes;
	enum memory_kind kind;
	uint64_t bytes; /* of all objects */
	int control_fd,
		data_fd; /* read-write; -1 once the writer has mapped them, but for a pool, where more may come */
	int control_read_fd, data_read_fd, roster_read_fd, room_fd, page_fds[LIMIT_READERS];
	struct ring_control *control; /* mapped read-only, but for a pool */
	struct ring_roster *roster;
	struct ring_room *room;
	struct ring_page *pages[LIMIT_READERS]; /* mapped while somebody has that place */
	int roster_fd;                          /* read-write, until it is kept for the next core */
	uint32_t id;                            /* of its record there */
	bool kept;
};

/* Bytes of all objects of a checked layout. */
uint64_t memory_bytes(const struct ring_layout *layout);

/* Creates all objects of a checked layout, with their sizes, but without memory behind control and data. */
int memory_create(const struct ring_layout *layout, enum memory_kind kind, struct memory **ret_memory);
void memory_destroy(struct memory *memory); /* NULL is fine */

/* The same without any object. */
int memory_new(const struct ring_layout *layout, enum memory_kind kind, struct memory **ret_memory);

/* Fills in what must stand there before anybody maps it. Control and data are reserved by now. */
int memory_begin(struct memory *memory, enum fb_state state);

/* The writer has mapped: closes our writable descriptors; where the kind says so, nobody can map control and data for
 * writing any more. Nothing of that for a pool, whose members come and go. */
int memory_close_writing(struct memory *memory);

/* What the next core needs: the descriptors, ours to close; and the same memory made from them there, which takes of
 * them what it can use. -EPROTO with error text: they are not what the layout says. */
#define MEMORY_FDS (LIMIT_READERS + 7)
size_t memory_kept_fds(struct memory *memory, int fds[MEMORY_FDS]);
int memory_restore(const struct ring_layout *layout, enum memory_kind kind, int *fds, size_t fd_count,
		   struct memory **ret_memory);

/* Descriptors in the order of enum ring_fd, ours to close; how many. fds has room for LIMIT_MESSAGE_FDS. */
size_t memory_writer_fds(const struct memory *memory, int *fds);
size_t memory_reader_fds(const struct memory *memory, unsigned reader, int *fds);
size_t memory_member_fds(const struct memory *memory, unsigned reader, unsigned group, int *fds);

#endif
