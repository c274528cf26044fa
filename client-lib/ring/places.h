/* places.h: what the readers' pages say to the writer: which slots are held, and up to where lossless readers have
 * read. Private to the ring's write side. */
#ifndef FRAMEBROKER_RING_PLACES_H
#define FRAMEBROKER_RING_PLACES_H
#include "ring/map.h"

struct places {                          /* one look at all pages */
	uint64_t gate;                   /* the lowest one of a lossless reader; RING_NEVER without any */
	uint64_t held[LIMIT_PACKETS / 64]; /* a bit for each slot */
};

void places_look(const struct ring_map *map, struct places *ret_places);
bool places_held(const struct places *places, unsigned slot);

/* Whether any reader holds the slot, or any gate is at seq or before. */
bool places_protect(const struct ring_map *map, unsigned slot, uint64_t seq);

/* One reader's gate; RING_NEVER where it has none: its place is not active, not lossless, passed over, or not begun. */
uint64_t places_gate(const struct ring_map *map, unsigned reader);

#endif
