/* ring_memory.h: a generation's objects on the heap, each of exactly its size, so that a sanitizer sees a step beyond;
 * and a hostile peer that changes one word of them, mostly to values that mean something there. */
#ifndef FRAMEBROKER_TESTS_FUZZ_RING_MEMORY_H
#define FRAMEBROKER_TESTS_FUZZ_RING_MEMORY_H
#include "fuzz/input.h"
#include "ring/map.h"

#define RING_MEMORY_READERS 5
#define RING_MEMORY_GROUP 4 /* the place of a group, where there is one */

enum ring_words { /* which ones a peer may change */
		  WORDS_OF_WRITERS = 1,
		  WORDS_OF_READERS = 2,
		  WORDS_OF_CORE = 4,
};

struct ring_memory {
	struct ring_map map; /* as a writer maps it; stays ours whoever lets go of a reference */
	struct ring_roster *roster;
};

/* One of a few small layouts. pool: for several writers. */
struct ring_layout ring_memory_layout(uint8_t choice, bool pool);

/* As the core and the first writer leave it: no frame, no reader. */
void ring_memory_create(struct ring_memory *memory, const struct ring_layout *layout);
void ring_memory_destroy(struct ring_memory *memory);

/* A reference for what is made of the map. */
struct ring_map *ring_memory_map(struct ring_memory *memory);

/* The place of a reader, as the core gives it. */
void ring_memory_place(struct ring_memory *memory, unsigned reader, enum fb_mode mode, unsigned max_held);

/* Changes one word. */
void ring_memory_poke(struct ring_memory *memory, struct input *input, unsigned words);

/* A sequence number: a small one, one at an edge, or any. */
uint64_t ring_memory_number(struct input *input);

#endif
