/* hold.h: a reader's own state, and holding a frame by its sequence number. Private to the ring's read side. */
#ifndef FRAMEBROKER_RING_HOLD_H
#define FRAMEBROKER_RING_HOLD_H
#include "ring/reader.h"
#include "ring/work.h"
#include <pthread.h>

struct hold {                 /* what one entry of the reader's page stands for */
	unsigned slot, count; /* count: frames of this slot given and not yet let go */
};

struct ring_reader {
	_Atomic uint32_t refs; /* the owner's, and one for each held frame */
	struct ring_map *map;
	struct ring_page *page;
	unsigned number, max_held;
	uint32_t epoch;
	bool latest;
	_Atomic bool gated; /* lossless, and not passed over */
	_Atomic bool detached;
	_Atomic uint64_t position, missed; /* stored by the thread that reads, loaded by any */
	uint64_t missed_since;             /* the last frame given */
	pthread_mutex_t lock;              /* hold[] and the page's holds */
	struct hold hold[LIMIT_HELD];

	struct ring_work_view work; /* a group's member; page NULL: it is in none */
	unsigned group;             /* with all below */
	uint32_t group_epoch;
	struct ring_map *results; /* a reference to the pool that its results go into, under the lock; NULL: none yet */
	int64_t over_since_ns;    /* when it began to wait for the last frames of the others; 0: it does not */
};

enum hold_result { HOLD_OK, HOLD_LAPPED, HOLD_BUSY, HOLD_FULL, HOLD_OVER, HOLD_NO_MEMORY };

/* Holds frame seq and describes it. LAPPED: it is gone. BUSY: its writer has been deciding for some microseconds
 * whether it goes. FULL: max_held slots are held. OVER: the generation ended before it. */
enum hold_result hold_take(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame);

/* The same for a frame that may have left the index long ago, while somebody else held it. Looks at every slot. */
enum hold_result hold_take_old(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame);

bool hold_full(struct ring_reader *reader);

/* Tells a writer that waits: room may have come. */
void hold_room_changed(const struct ring_map *map);

/* A copy of a frame's description without holding it; false: it is gone. */
bool hold_peek(const struct ring_map *map, uint64_t seq, struct ring_meta *ret_meta);

/* For looks without a hold. Where frame seq should be, by the index; false: it is gone. */
bool hold_find(const struct ring_map *map, uint64_t seq, unsigned *ret_slot);

/* Whether that slot's content is frame seq: OK, LAPPED, or BUSY for some microseconds. */
enum hold_result hold_settle(const struct ring_map *map, unsigned slot, uint64_t seq);

/* What the slot says of its frame: nothing in it leads outside its memory, whoever wrote it. */
void hold_describe(const struct ring_map *map, unsigned slot, uint64_t seq, struct ring_frame *ret_frame);

/* Whether all that was looked at in the slot was frame seq's; OVER, too. */
enum hold_result hold_judge_again(const struct ring_map *map, unsigned slot, uint64_t seq);

#endif
