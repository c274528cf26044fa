/* words.h: what core reads and writes in a running generation: readers' places, the state, and where it ends.
 *
 * control and the readers' pages are written by others: what is read there is brought into range. */
#ifndef FRAMEBROKER_MEMORY_WORDS_H
#define FRAMEBROKER_MEMORY_WORDS_H
#include "memory/memory.h"
#include "ring/work.h"

struct words_place {
	unsigned index, max_held;
	uint32_t epoch;
	enum fb_mode mode;
};

/* Makes a place active; a lossless one has its gate from here on. *ret_begin: the frame it begins with, 0 for the
 * newest. */
int words_seat(struct memory *memory, const struct words_place *place, uint64_t *ret_begin);

/* The page of a place that another core made active. */
int words_map(struct memory *memory, unsigned index);

/* Of whoever has that place; 0: nobody. */
uint32_t words_epoch(const struct memory *memory, unsigned index);

/* Makes a group's own place active, with the next frame that nobody has taken: where *ret_begin is. */
int words_lead(struct memory *memory, const struct words_place *place, uint64_t *ret_begin);

/* The group's table. Its place is active. */
struct ring_work_view words_work(const struct memory *memory, unsigned group);

/* A member died whose frames are offered again: forgets what it held but those. Whether any are held. */
bool words_keep_offered(struct memory *memory, unsigned member, unsigned group);

/* Room may have come, or a frame may be taken: wakes who waits. */
void words_wake(struct memory *memory);

/* The place's owner is gone, or looks at nothing any more. */
void words_unseat(struct memory *memory, unsigned index);

/* Takes its gate away; what it holds stays held. */
void words_open_gate(struct memory *memory, unsigned index);

/* Slots (not checked further than < slots) that the place holds now; how many. */
unsigned words_holds(const struct memory *memory, unsigned index, unsigned slots[LIMIT_HELD]);

/* For the status: what the slot holds, the gate of a place (RING_NEVER: none), and frames that found no slot. */
uint64_t words_slot_seq(const struct memory *memory, unsigned slot);
uint64_t words_cursor(const struct memory *memory, unsigned index);
uint64_t words_dropped(const struct memory *memory);

/* Whether the writer passed over the place. */
bool words_evicted(const struct memory *memory, unsigned index, uint32_t epoch);

/* Newest sequence number, at least first - 1. */
uint64_t words_head(const struct memory *memory);

bool words_finished(const struct memory *memory); /* by its writer */

/* The generation is over: sets its end for readers where the writer did not. Returns its last sequence number. */
uint64_t words_finish(struct memory *memory);

/* Tell the readers, and wake those who wait. */
void words_set_state(struct memory *memory, enum fb_state state);
void words_set_newest(struct memory *memory, uint32_t generation);

/* Tells the writer that the stream which this one is like has another layout. */
void words_set_outdated(struct memory *memory);
bool words_outdated(const struct memory *memory);

#endif
