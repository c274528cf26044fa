/* wake.pml: sleeping and waking (docs/ring.md, Waiting), in the memories of memory.pml and without time-outs: a lost
 * wake-up is a deadlock, which the check reports as an invalid end state.
 *
 * A writer publishes FRAMES frames into room for ROOM, then finishes; one lossless reader reads them. The reader sleeps on
 * a futex word, the writer on another, which a third party counts up when it likes (POSTS times), with and without cause.
 * FUTEX_WAIT compares the newest value and sleeps in one step, after all stores of its process. M_...: see mutants.txt. */
#ifndef FRAMES
#define FRAMES 4
#endif
#define ROOM 1
#ifndef POSTS
#define POSTS 2
#endif
#define NEVER 255

#define HEAD 0
#define WAKE 1
#define CURSOR 2 /* frames read */
#define ARMED 3
#define FINAL 4
#define POSTED 5 /* the room's word */
#define WORDS 6
#define is_head(w) (w == HEAD)
#define is_wake(w) (w == WAKE)
#define is_cursor(w) (w == CURSOR)
#define is_final(w) (w == FINAL)
#define is_posted(w) (w == POSTED)
#define READER 0
#define WRITER 1
#define POSTER 2
#define concerns(p, w) (p == READER ? w != CURSOR && w != POSTED : p == WRITER ? w == CURSOR || w == POSTED : 0)
#define THREADS 3
#include "memory.pml"
bit reader_sleeps, writer_sleeps;

/* wake_readers() */
inline wake_readers() {
#ifndef M_WAKE_NO_COUNT
	atomic { add(WRITER, WAKE) };
#endif
	atomic { drain(WRITER); reader_sleeps = 0 }
}

/* ring_room_post() */
inline post(p) {
	atomic { add(p, POSTED) };
	writer_sleeps = 0
}

proctype Writer() {
	byte q = 1, x, seen;
	do
	:: q <= FRAMES ->
		/* ring_writer_claim() */
		atomic { load(WRITER, CURSOR, x); if :: q - 1 - x < ROOM -> x = 0; goto publish :: else -> x = 0 fi };
		/* arm() */
#ifndef M_NO_ARM
		atomic { store_relaxed(WRITER, ARMED, 1) };
#endif
#ifndef M_ARM_NO_FENCE
		atomic { fence(WRITER) }; /* F_ARM */
#endif
		do
		::
#ifndef M_POSTS_LATE
			atomic { load(WRITER, POSTED, seen) }; /* ring_room_posts() */
#endif
#ifndef M_ARM_NO_LOOK
			atomic { load(WRITER, CURSOR, x);
				if :: q - 1 - x < ROOM -> x = 0; break :: else -> x = 0 fi };
#endif
#ifdef M_POSTS_LATE
			atomic { load(WRITER, POSTED, seen) };
#endif
			/* ring_room_wait() */
			atomic { drain(WRITER); if :: newest(POSTED) == seen -> writer_sleeps = 1 :: else fi; seen = 0 };
			writer_sleeps == 0;
#ifdef M_ARM_NO_LOOK
			atomic { load(WRITER, CURSOR, x);
				if :: q - 1 - x < ROOM -> x = 0; break :: else -> x = 0 fi }
#endif
		od;
		seen = 0;
		atomic { store_relaxed(WRITER, ARMED, 0) };
publish:
#ifdef M_WAKE_EARLY
		wake_readers();
#endif
		atomic { store(WRITER, HEAD, q); q++ };
#ifndef M_WAKE_EARLY
		wake_readers();
#endif
		skip
	:: q > FRAMES -> break
	od;
	/* ring_writer_finish() */
	atomic { store(WRITER, FINAL, q - 1) };
#ifndef M_FINISH_NO_WAKE
	wake_readers();
#endif
	atomic { leave(WRITER) }
}

proctype Reader() {
	byte c, x, seen;
	do
	::	/* wait_for() */
#ifndef M_WAIT_LATE
		atomic { load(READER, WAKE, seen) };
#endif
		atomic { load(READER, FINAL, x); if :: x == c -> break :: else -> x = 0 fi };
		atomic { load(READER, HEAD, x); if :: x > c -> x = 0; seen = 0; goto got :: else -> x = 0 fi };
#ifdef M_WAIT_LATE
		atomic { load(READER, WAKE, seen) };
#endif
		atomic { drain(READER); if :: newest(WAKE) == seen -> reader_sleeps = 1 :: else fi; seen = 0 };
		reader_sleeps == 0;
		goto next;
got:		/* give() and hold_room_changed() */
		atomic { c++; store(READER, CURSOR, c) };
#ifndef M_ROOM_NO_FENCE
		atomic { fence(READER) };
#endif
		atomic { load_relaxed(READER, ARMED, x); if :: x -> x = 0 :: else -> goto next fi };
		post(READER);
next:		skip
	od;
	assert(c == FRAMES);
	atomic { leave(READER) }
}

proctype Poster() {
	byte posts;
	do :: posts < POSTS -> post(POSTER); posts++ :: break od;
	atomic { leave(POSTER) }
}

init { atomic { begin_with(FINAL, NEVER); run Writer(); run Reader(); run Poster() } }
