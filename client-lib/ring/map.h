/* map.h: one generation in this process's memory, from the descriptors that the core sent. */
#ifndef FRAMEBROKER_RING_MAP_H
#define FRAMEBROKER_RING_MAP_H
#include "ring/abi.h"
#include "ring/sizes.h"

struct ring_map {
	_Atomic uint32_t refs;
	unsigned forks; /* for ring_map_is_ours() */
	bool writer;
	struct ring_layout layout; /* a checked copy */
	struct ring_sizes sizes;
	struct ring_control *control;    /* read-only for a reader */
	_Atomic uint64_t *state, *index; /* in control */
	struct ring_meta *meta;          /* in control */
	_Atomic uint64_t *turns;         /* in control, of a pool */
	uint8_t *user;                   /* in control: sizes.user_stride bytes a slot */
	uint8_t *data;                   /* read-only for a reader */
	const struct ring_roster *roster;
	struct ring_room *room;
	struct ring_page *page[LIMIT_READERS]; /* a writer: all, read-only; a reader: its own and its group's, writable;
						  else NULL */
};

/* Descriptors of one generation, in the order in which they travel. */
enum ring_fd { RING_FD_CONTROL, RING_FD_DATA, RING_FD_ROSTER, RING_FD_ROOM, RING_FD_PAGES };

/* Maps a generation for its writer (fds[RING_FD_PAGES…] = max_readers pages) or for reader number `reader`
 * (one page). Sizes of the objects are checked against the layout, and the layout against limits.h, before anything is
 * touched. All fds are closed, on failure too. The map has one reference. -EPROTO, -EINVAL, -ENOMEM with error text. */
int ring_map_writer(const int *fds, size_t fd_count, struct ring_map **ret_map);
int ring_map_reader(const int *fds, size_t fd_count, unsigned reader, struct ring_map **ret_map);

/* The same for a member of a group, which comes with two pages: its own, and that of place number `group`. */
int ring_map_member(const int *fds, size_t fd_count, unsigned reader, unsigned group, struct ring_map **ret_map);

struct ring_map *ring_map_ref(struct ring_map *map);
void ring_map_unref(struct ring_map *map); /* NULL is fine; the last one unmaps */

/* False in a forked child, which inherits neither a writer's objects nor a reader's page: they must not be touched
 * there. */
bool ring_map_is_ours(const struct ring_map *map);

/* The state of the stream as core tells it; and whether a newer generation exists. */
enum fb_state ring_map_state(const struct ring_map *map);
uint32_t ring_map_newest(const struct ring_map *map);

/* For the writer: the stream that this one is like has another layout by now. */
bool ring_map_outdated(const struct ring_map *map);

/* This generation's last sequence number, by its writer or, for a dead one, by core, the lower of both; RING_NEVER
 * while it runs. */
uint64_t ring_map_final(const struct ring_map *map);

/* For the core: fills in a new object d. Nobody reads it yet. */
void ring_roster_init(struct ring_roster *roster, const struct ring_layout *layout);

#endif
