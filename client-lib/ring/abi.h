/* abi.h: the words in shared memory. All of the ring's atomics are in this layer, and what each is for stands here.
 *
 * Five kinds of objects a generation, each mapped as its row says:
 *
 *   object      written by            read by           holds
 *   a control   the writer            readers, core     head, tail, wake; state and metadata of each slot; index
 *   b data      the writer            readers           pixels, samples or packets
 *   c page      one reader            writer, core      that reader's holds and cursor (one object for each reader)
 *   d roster    core                  writer, readers   the layout; who reads, how, and how the stream is
 *   e room      writer and readers    writer, readers   the word on which a writer waits for room
 *
 * A pool has several writers, and a and b are theirs and, but for b, core's. A group's own page is its members'. */
#ifndef FRAMEBROKER_RING_ABI_H
#define FRAMEBROKER_RING_ABI_H
#include "ring/layout.h"
#include <stdatomic.h>
#include <stdbool.h>

#define RING_ABI 3
#define RING_MAGIC 0x62726672u /* "rfrb" */
#define RING_PAGE_SIZE 4096
#define RING_NEVER UINT64_MAX /* final: still running; cursor: no gate */

/* state[slot] = seq:48 | owner:8 | kind:8. CLAIMED has a ticket instead of seq, and in a pool FREE has it of who gave
 * the slot back. owner: a pool's writer, in TRY and CLAIMED; else 0. */
enum ring_kind { RING_FREE, RING_PUBLISHED, RING_TRY, RING_CLAIMED };

static inline uint64_t ring_state(enum ring_kind kind, unsigned owner, uint64_t seq)
{
	return seq << 16 | (uint64_t)(owner & 0xff) << 8 | (uint64_t)kind;
}
static inline enum ring_kind ring_state_kind(uint64_t state)
{
	return (enum ring_kind)(state & 0xff);
}
static inline unsigned ring_state_owner(uint64_t state)
{
	return state >> 8 & 0xff;
}
static inline uint64_t ring_state_seq(uint64_t state)
{
	return state >> 16;
}

/* index[seq & (index_size - 1)] = seq:48 | slot:16 */
static inline uint64_t ring_index(uint64_t seq, unsigned slot)
{
	return seq << 16 | (slot & 0xffff);
}
static inline uint64_t ring_index_seq(uint64_t entry)
{
	return entry >> 16;
}
static inline unsigned ring_index_slot(uint64_t entry)
{
	return (unsigned)(entry & 0xffff);
}

/* A pool's turns: turns[ticket & (RING_TURNS - 1)] = ticket:48 | value:14 | kind:2. What stands there of an older
 * ticket is EMPTY. OPEN: value is the writer; READY: the slot. */
#define RING_TURNS 512
enum ring_turn { RING_EMPTY, RING_OPEN, RING_READY, RING_CANCELLED };
static_assert(LIMIT_SLOTS <= 1 << 14, "a slot's number fits");

static inline uint64_t ring_turn(uint64_t ticket, enum ring_turn kind, unsigned value)
{
	return ticket << 16 | (uint64_t)(value & 0x3fff) << 2 | (uint64_t)kind;
}
static inline enum ring_turn ring_turn_kind(uint64_t turn)
{
	return (enum ring_turn)(turn & 3);
}
static inline unsigned ring_turn_value(uint64_t turn)
{
	return turn >> 2 & 0x3fff;
}
static inline uint64_t ring_turn_ticket(uint64_t turn)
{
	return turn >> 16;
}

/* Which slots a pool's writers still look at after publishing: a row of bits for each writer. */
static inline unsigned ring_pin_words(unsigned slots)
{
	return (slots + 63) / 64;
}

/* A group's work: work[seq & (RING_WORK - 1)] = seq:48 | attempt:4 | member:8 | kind:4. attempt: members that died of
 * it; member: the number of its place. What stands there of an older frame says that nobody has taken this one. */
#define RING_WORK 256
enum ring_work { RING_NONE, RING_TAKEN, RING_OFFERED, RING_DONE, RING_LOST };

static inline uint64_t ring_work(uint64_t seq, enum ring_work kind, unsigned member, unsigned attempt)
{
	return seq << 16 | (uint64_t)(attempt & 0xf) << 12 | (uint64_t)(member & 0xff) << 4 | (uint64_t)kind;
}
static inline enum ring_work ring_work_kind(uint64_t work)
{
	return (enum ring_work)(work & 0xf);
}
static inline unsigned ring_work_member(uint64_t work)
{
	return work >> 4 & 0xff;
}
static inline unsigned ring_work_attempt(uint64_t work)
{
	return work >> 12 & 0xf;
}
static inline uint64_t ring_work_seq(uint64_t work)
{
	return work >> 16;
}

/* One slot's description. Plain memory: only read under a hold, or between two equal loads of the slot's state. */
struct ring_meta {
	int64_t pts_ns, duration_ns, capture_ns, utc_ns, dts_ns;
	uint64_t offset;         /* packets: where in b, behind their metadata; else 0 */
	uint32_t size, track;    /* packets */
	uint32_t flags, samples; /* enum fb_flag; audio: samples a channel in this frame */
	uint32_t metadata_size, reserved;
};
static_assert(sizeof(struct ring_meta) == 72, "part of the shared-memory ABI");
static_assert(offsetof(struct ring_meta, offset) == 40 && offsetof(struct ring_meta, metadata_size) == 64,
	      "part of the shared-memory ABI");

struct ring_control { /* object a; states, index, meta and user metadata follow at ring_layout_sizes() */
	uint32_t magic, abi;
	_Alignas(64) _Atomic uint64_t head;       /* newest published sequence number; first - 1 before */
	_Alignas(64) _Atomic uint64_t tail;       /* oldest in the window */
	_Alignas(64) _Atomic uint32_t wake;       /* futex word of all readers; moves at each publish */
	_Alignas(64) _Atomic uint32_t room_armed; /* the writer waits for room */
	_Alignas(64) _Atomic uint64_t final;      /* last sequence number of this generation, or RING_NEVER */
	_Atomic uint64_t dropped;                 /* frames that found no slot; for the status */
	_Alignas(64) _Atomic uint64_t evicted[LIMIT_READERS]; /* = epoch of a lossless reader that was passed over */
	_Alignas(64) _Atomic uint64_t turn;                   /* a pool: the ticket whose turn it is; 0: no order yet */
	_Atomic uint64_t order;                               /* where tickets come from: enum ring_order, or a group */
	_Atomic uint64_t tickets;                             /* given out, where they come from here */
};

enum ring_order { RING_ORDER_NONE, RING_ORDER_CLAIMS, RING_ORDER_GROUPS }; /* + a group's number: its frames' seq */

struct ring_page { /* one line of object c, at offset 64 x (reader mod 64): equal offsets alias in the L1 cache */
	_Atomic uint64_t cursor; /* lossless: the next frame it wants; RING_NEVER or 0 (a new page): no gate */
	_Atomic uint16_t holds[LIMIT_HELD]; /* slot + 1, or 0; only the place's first max_held count */
	/* A group's own place has a page too, which all its members write: there cursor is the next frame that nobody
	 * has taken, holds are a bit for each member that waits at the end, and work lies in the other half. */
};
static_assert(sizeof(struct ring_page) == 64, "one cache line");

static inline size_t ring_page_offset(unsigned reader)
{
	return 64 * (reader % 64);
}

/* Where a group's work begins in its page. */
static inline size_t ring_work_offset(unsigned group)
{
	return ring_page_offset(group) < RING_PAGE_SIZE / 2 ? RING_PAGE_SIZE / 2 : 0;
}
static_assert(RING_WORK * sizeof(uint64_t) == RING_PAGE_SIZE / 2, "half a page");
static_assert(LIMIT_HELD * 16 >= LIMIT_READERS, "a bit for each member");

/* place[reader] = epoch:32 | max_held:16 | mode:8 | active:8. Epochs begin at 1. Who may hold none, of packets, copies
 * them. */
static inline uint64_t ring_place(uint32_t epoch, unsigned max_held, enum fb_mode mode, int active)
{
	return (uint64_t)epoch << 32 | (uint64_t)max_held << 16 | (uint64_t)mode << 8 | (active != 0);
}
static inline int ring_place_active(uint64_t place)
{
	return (place & 0xff) != 0;
}
static inline enum fb_mode ring_place_mode(uint64_t place)
{
	return (enum fb_mode)(place >> 8 & 0xff);
}
static inline unsigned ring_place_max_held(uint64_t place)
{
	return place >> 16 & 0xffff;
}
static inline uint32_t ring_place_epoch(uint64_t place)
{
	return (uint32_t)(place >> 32);
}

struct ring_roster { /* object d */
	uint32_t magic, abi;
	struct ring_layout layout;
	_Atomic uint32_t state;    /* enum fb_state of the stream */
	_Atomic uint32_t newest;   /* newest generation of the stream: more than ours, and ours is over */
	_Atomic uint64_t final;    /* set by core for a writer that died, else RING_NEVER */
	_Atomic uint32_t outdated; /* the stream that this one is like has another layout by now */
	_Alignas(64) _Atomic uint64_t place[LIMIT_READERS];
	_Atomic uint32_t writer[LIMIT_WRITERS]; /* a pool: the epoch of the writer with that number; 0: gone */
};
static_assert(sizeof(struct ring_roster) <= RING_PAGE_SIZE, "one page");

struct ring_room {              /* object e */
	_Atomic uint32_t posts; /* futex word of writers that wait for room; moves when there may be some */
};

#endif
