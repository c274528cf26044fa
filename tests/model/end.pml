/* end.pml: the core ends a generation whose writer is cut off but still runs (docs/ring.md, Generations), in the memories
 * of memory.pml. generation.pml has what follows from it, and deaths.
 *
 * Checked: no reader takes a frame beyond the last one that the core names, as the next generation has its number again.
 * M_...: see mutants.txt. */
#ifndef FRAMES
#define FRAMES 3
#endif
#define NEVER 255

#define HEAD 0
#define FINAL 1 /* the core's, in the roster */
#define WORDS 2
#define WRITER 2
#define CORE 3
#define THREADS 4
#include "memory.pml"
byte newest_taken, last = NEVER; /* named by the core */

proctype Writer() {
	byte q = 1, x;
	do
	:: q <= FRAMES -> atomic { load(WRITER, FINAL, x); if :: x != NEVER -> break :: else -> x = 0 fi };
		atomic { store(WRITER, HEAD, q); q++ }
	:: q > FRAMES -> break
	od;
	atomic { q = 0; x = 0; leave(WRITER) }
}

/* words_finish() */
proctype Core() {
	byte head, final;
	atomic { load(CORE, HEAD, head); store(CORE, FINAL, head) };
#ifndef M_NO_END_FENCE
	atomic { fence(CORE) }; /* F_E */
#endif
	atomic {
#ifndef M_FINAL_ONCE
		load(CORE, HEAD, final);
		if :: final > head -> head = final; store(CORE, FINAL, head) :: else fi;
#endif
		last = head; assert(newest_taken <= last); leave(CORE) }
}

proctype Reader(byte r) {
	byte c = 1, x, y;
	do
	:: c <= FRAMES ->
		/* wait_end() */
		atomic { load(r, FINAL, x); if :: x < c -> break :: else fi };
		atomic { load(r, HEAD, y); if :: x < y -> y = x :: else fi; x = 0;
			if :: y < c -> y = 0; goto next :: else -> y = 0 fi };
		/* hold_announce() */
#ifndef M_NO_READER_FENCE
		atomic { fence(r) }; /* F_R */
#endif
		atomic {
#ifndef M_NO_FINAL_CHECK
			load(r, FINAL, x); if :: c > x -> x = 0; goto next :: else -> x = 0 fi;
#endif
			assert(c <= last); /* NEVER, until it is named */
			if :: newest_taken < c -> newest_taken = c :: else fi; c++ };
next:		skip
	:: c > FRAMES -> break
	od;
	atomic { x = 0; leave(r) }
}

init { atomic { begin_with(FINAL, NEVER); run Reader(0); run Reader(1); run Writer(); run Core() } }
