/* wake.pml: sleeping and waking (docs/ring.md, Waking), with the store buffers of x86 (TSO) and without time-outs: a lost
 * wake-up is a deadlock, which the check reports as an invalid end state.
 *
 * A writer publishes FRAMES frames into room for ROOM, then finishes; one lossless reader reads them. The reader sleeps on
 * a futex word, the writer on another, which a third party counts up when it likes (POSTS times), with and without cause.
 * FUTEX_WAIT compares and sleeps in one step, after all stores of its process. M_...: see mutants.txt. */
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
byte mem[6];
bit reader_sleeps, writer_sleeps;

/* Store buffers: process 0 is the reader, 1 the writer. Flush empties them, oldest store first. */
#define READER 0
#define WRITER 1
byte buffer_word[6]; byte buffer_value[6]; byte buffered[2];
#define B(p,i) ((p)*3+(i))
inline store(p, word, value) {
	buffered[p] < 3;
	buffer_word[B(p,buffered[p])] = word; buffer_value[B(p,buffered[p])] = value; buffered[p]++
}
inline load(p, word, ret) {
	ret = mem[word];
	if :: buffered[p] > 0 && buffer_word[B(p,0)] == (word) -> ret = buffer_value[B(p,0)] :: else fi;
	if :: buffered[p] > 1 && buffer_word[B(p,1)] == (word) -> ret = buffer_value[B(p,1)] :: else fi;
	if :: buffered[p] > 2 && buffer_word[B(p,2)] == (word) -> ret = buffer_value[B(p,2)] :: else fi
}
#define fence(p) buffered[p] == 0
active [2] proctype Flush() {
end:	do
	:: atomic { buffered[_pid] > 0 ->
		mem[buffer_word[B(_pid,0)]] = buffer_value[B(_pid,0)];
		buffer_word[B(_pid,0)] = buffer_word[B(_pid,1)]; buffer_value[B(_pid,0)] = buffer_value[B(_pid,1)];
		buffer_word[B(_pid,1)] = buffer_word[B(_pid,2)]; buffer_value[B(_pid,1)] = buffer_value[B(_pid,2)];
		buffer_word[B(_pid,2)] = 0; buffer_value[B(_pid,2)] = 0; buffered[_pid]-- }
	od
}

/* wake_readers(): the increment is a locked instruction, so it empties the buffer first */
inline wake_readers() {
#ifndef M_WAKE_NO_COUNT
	atomic { fence(WRITER); mem[WAKE]++ };
#endif
	atomic { fence(WRITER); reader_sleeps = 0 }
}

/* ring_room_post() */
inline post() {
	mem[POSTED]++;
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
		atomic { store(WRITER, ARMED, 1) };
#endif
#ifndef M_ARM_NO_FENCE
		fence(WRITER); /* F_ARM */
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
			atomic { fence(WRITER); if :: mem[POSTED] == seen -> writer_sleeps = 1 :: else fi; seen = 0 };
			writer_sleeps == 0;
#ifdef M_ARM_NO_LOOK
			atomic { load(WRITER, CURSOR, x);
				if :: q - 1 - x < ROOM -> x = 0; break :: else -> x = 0 fi }
#endif
		od;
		seen = 0;
		atomic { store(WRITER, ARMED, 0) };
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
	wake_readers()
#endif
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
		atomic { fence(READER); if :: mem[WAKE] == seen -> reader_sleeps = 1 :: else fi; seen = 0 };
		reader_sleeps == 0;
		goto next;
got:		/* give() and hold_room_changed() */
		atomic { c++; store(READER, CURSOR, c) };
#ifndef M_ROOM_NO_FENCE
		fence(READER);
#endif
		atomic { load(READER, ARMED, x); if :: x -> fence(READER); x = 0 :: else -> goto next fi };
		post();
next:		skip
	od;
	assert(c == FRAMES)
}

proctype Poster() {
	byte posts;
	do :: posts < POSTS -> post(); posts++ :: break od
}

init { atomic { mem[FINAL] = NEVER; run Writer(); run Reader(); run Poster() } }
