/* hold_evict.pml: hold against evict, gates against evict, and the race of a lossless reader that attaches
 * (docs/ring.md, Reading and Writing), in the memories of memory.pml.
 *
 * -DR0=mode -DR1=mode: the two readers' modes; -DROUNDS: frames that each reads; -DNS: slots; -DMAXQ: frames written.
 * An atomic is one load from shared memory with the local work and the stores that follow it; the writer's own
 * words (tail, head, state) it may also load in the same step. The writer picks any frame that the rules let it pick, which
 * includes the oldest that nobody holds, as the code does. -DTRIES: how often each may try in vain before it gives up (0:
 * for ever), without which stores that nobody looks at would be without number. M_... remove one line each: see mutants.txt. */
#ifndef NS
#define NS 3
#endif
#ifndef MAXQ
#define MAXQ 4
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef TRIES
#define TRIES 0
#endif
#define LATEST 0
#define ORDERED 1
#define LOSSLESS 2
#define PEEK 3 /* at(): looks at metadata without a hold */
#define NONE 4
#ifndef R0
#define R0 LATEST
#endif
#ifndef R1
#define R1 LOSSLESS
#endif

/* Values of a slot's state */
#define FREE 0
#define CLAIMED 1
#define TRY(q) (2*(q)+2)
#define PUB(q) (2*(q)+3)

/* Shared memory */
#define STATE(s) (s)
#define CONTENT(s) (NS+(s))
#define INDEX(q) (2*NS+((q)%4))  /* 4 x sequence number + slot; 4 >= NS */
#define HEAD (2*NS+4)
#define TAIL (2*NS+5)
#define HOLDS(r) (2*NS+6+(r))    /* slot + 1 */
#define CURSOR(r) (2*NS+8+(r))   /* 0: no gate */
#define SEEN(r,s) (2*NS+10+NS*(r)+(s)) /* a look at the slot, which must come before its next writing */
#define WORDS (4*NS+10)
#define is_state(w) (w < NS)
#define is_index(w) (w >= INDEX(0) && w < HEAD)
#define is_head(w) (w == HEAD)
#define is_tail(w) (w == TAIL)
#define is_holds(w) (w == HOLDS(0) || w == HOLDS(1))
#define is_cursor(w) (w == CURSOR(0) || w == CURSOR(1))
#define concerns(p, w) (p == WRITER ? w != HEAD && w != TAIL && !is_index(w) : !is_holds(w) && !is_cursor(w) && w < SEEN(0,0))
#define WRITER 2
#define THREADS 3
#include "memory.pml"
bit written; /* all that will be */

/* Bytes of a frame; metadata at which somebody peeks is copied while it may change. */
#if R0 == PEEK || R1 == PEEK
#define write_bytes store_relaxed
#define read_bytes load_relaxed
#else
#define write_bytes write_plain
#define read_bytes read_plain
#endif
#if TRIES > 0
#define IN_VAIN(done) if :: tries == TRIES -> goto done :: else -> tries++ fi
#else
#define IN_VAIN(done) skip
#endif

proctype Reader(byte r; byte mode; byte rounds) {
	byte s, x, c, tries; /* slot, what was loaded, sequence number */
	if :: mode == NONE -> goto end :: else fi;
	/* begin() and gate_attach() */
	atomic { load(r, HEAD, c); if :: c == 0 -> c = 1 :: else fi;
		if :: mode == LOSSLESS -> store(r, CURSOR(r), c) :: else fi };
	if
	:: mode == LOSSLESS ->
#ifndef M_ATTACH_NO_FENCE
		atomic { fence(r) }; /* F_A */
#endif
#ifndef M_ATTACH_NO_RECHECK
		atomic { load(r, TAIL, x); if :: x > c -> c = x; store(r, CURSOR(r), c) :: else fi; x = 0 }
#endif
	:: else
	fi;
	do
	:: atomic { rounds > 0 -> rounds-- };
again:		atomic { newest(HEAD) >= c || written; load(r, HEAD, x);
			if :: x < c && x == MAXQ -> goto over :: x < c && x < MAXQ -> x = 0; IN_VAIN(over); goto again :: else fi;
			if :: mode == LATEST || mode == PEEK -> c = x :: else fi; x = 0 };
		/* hold_take() */
		atomic { load(r, INDEX(c), x);
			if :: x / 4 != c -> x = 0; goto lapped :: else -> s = x % 4; x = 0 fi;
			if :: mode == PEEK -> goto peek :: else fi;
#ifdef M_CURSOR_EARLY
			if :: mode == LOSSLESS -> store(r, CURSOR(r), c + 1) :: else fi;
#endif
			store(r, HOLDS(r), s + 1) };
#ifndef M_NO_READER_FENCE
		atomic { fence(r) }; /* F_R */
#endif
judge:		atomic { load(r, STATE(s), x);
#ifdef M_NO_JUDGE
			x = PUB(c);
#endif
			if
			:: x == PUB(c) -> x = 0;
#ifndef M_CURSOR_EARLY
				if :: mode == LOSSLESS -> store(r, CURSOR(r), c + 1) :: else fi;
#endif
#ifdef M_UNHOLD_EARLY
				store(r, HOLDS(r), 0);
#endif
				skip
			:: x == TRY(c) -> x = 0;
				if
				:: newest(STATE(s)) != TRY(c); IN_VAIN(over); goto judge /* spins, with its hold */
				:: store(r, HOLDS(r), 0); s = 0;               /* tired of it: HOLD_BUSY */
					if :: mode == ORDERED -> goto skip_on :: else -> IN_VAIN(over); goto again fi
				fi
			:: else -> x = 0; s = 0; store(r, HOLDS(r), 0); goto lapped
			fi };
		/* the frame is given: look at it, twice */
		atomic { read_bytes(r, CONTENT(s), x); assert(x == c); mark(r, SEEN(r,s)) };
		atomic { read_bytes(r, CONTENT(s), x); assert(x == c); mark(r, SEEN(r,s)); x = 0; s = 0; c++; store(r, HOLDS(r), 0) };
		goto next;
peek:		atomic { load(r, STATE(s), x); if :: x == PUB(c) :: else -> x = 0; s = 0; IN_VAIN(over); goto again fi };
		atomic { read_bytes(r, CONTENT(s), x); rounds = rounds + 8 * x }; /* keeps what it saw above the count */
#ifndef M_PEEK_NO_FENCE
		atomic { fence_acquire(r) };
#endif
		atomic { load(r, STATE(s), x);
#ifndef M_PEEK_ONCE
			if :: x == PUB(c) -> assert(rounds / 8 == c) :: else fi;
#else
			assert(rounds / 8 == c);
#endif
			rounds = rounds % 8; x = 0; s = 0; c++ };
		goto next;
lapped:		assert(mode != LOSSLESS);
		if :: mode != ORDERED -> IN_VAIN(over); goto again :: else fi;
skip_on:	atomic { load(r, TAIL, x); c++; if :: x > c -> c = x :: else fi; x = 0 };
		goto again;
next:		skip
	:: atomic { rounds == 0 -> break }
	od;
over:	/* ring_reader_detach() */
	atomic { x = 0; s = 0; c = 0; rounds = 0; tries = 0; store(r, CURSOR(r), 0); store(r, HOLDS(r), 0) };
end:	atomic { leave(r) }
}

#define IN_THE_WAY(gate, x) (gate != 0 && gate <= x)
proctype Writer() {
	byte q = 1, s, x, y, tries; bit protected;
	do
	:: q <= MAXQ ->
again:		/* try_claim(): a first look, at the gates */
		atomic {
			if :: s = 0 :: s = 1
#if NS > 2
			:: s = 2
#endif
#if NS > 3
			:: s = 3
#endif
			fi;
			load(WRITER, STATE(s), x);
			if
			:: x == FREE -> x = 0; goto claim
			:: x > CLAIMED && (x & 1) -> x = (x - 3) / 2
			:: else -> x = 0; goto again
			fi;
			if :: x >= q - 1 -> x = 0; goto again :: else fi; /* the newest stays */
			load(WRITER, CURSOR(0), y);
			if :: IN_THE_WAY(y, x) -> x = 0; y = 0; goto again :: else -> y = 0 fi };
		atomic { load(WRITER, CURSOR(1), y);
			if :: IN_THE_WAY(y, x) -> x = 0; y = 0; goto again :: else -> y = 0 fi;
			/* tail_advance() */
			load(WRITER, TAIL, y);
#ifndef M_TAIL_LATE
			if :: x >= y -> store(WRITER, TAIL, x + 1) :: else fi;
#endif
			y = 0 };
		/* reclaim() */
		atomic { store(WRITER, STATE(s), TRY(x)) };
#ifndef M_NO_WRITER_FENCE
		atomic { fence(WRITER) }; /* F_W */
#endif
		/* places_protect() */
#ifndef M_NO_GATE_SCAN
		atomic { load(WRITER, CURSOR(0), y); protected = protected | IN_THE_WAY(y, x); y = 0 };
#endif
#ifndef M_NO_HOLD_SCAN
		atomic { load(WRITER, HOLDS(0), y); protected = protected | (y == s + 1); y = 0 };
#endif
#ifndef M_NO_GATE_SCAN
		atomic { load(WRITER, CURSOR(1), y); protected = protected | IN_THE_WAY(y, x); y = 0 };
#endif
#ifndef M_NO_HOLD_SCAN
		atomic { load(WRITER, HOLDS(1), y); protected = protected | (y == s + 1); y = 0 };
#endif
		atomic { if :: protected -> store(WRITER, STATE(s), PUB(x)); protected = 0; x = 0; IN_VAIN(end); goto again
			:: else fi;
#ifdef M_TAIL_LATE
			load(WRITER, TAIL, y); if :: x >= y -> store(WRITER, TAIL, x + 1) :: else fi; y = 0;
#endif
			x = 0 };
claim:		/* take(), the frame's bytes in two halves, show() */
		atomic { store(WRITER, STATE(s), CLAIMED) };
		atomic { must_know(WRITER, SEEN(0,s)); must_know(WRITER, SEEN(1,s)); write_bytes(WRITER, CONTENT(s), 99) };
		atomic { write_bytes(WRITER, CONTENT(s), q) };
#ifdef M_HEAD_EARLY
		atomic { store(WRITER, HEAD, q) };
#endif
		atomic { store(WRITER, STATE(s), PUB(q)) };
		atomic { store(WRITER, INDEX(q), 4 * q + s) };
		atomic { store(WRITER, HEAD, q); q++; s = 0 }
	:: q > MAXQ -> break
	od;
end:	atomic { q = 0; s = 0; x = 0; y = 0; tries = 0; written = 1; leave(WRITER) }
}

init { atomic { begin_with(TAIL, 1); run Reader(0, R0, ROUNDS); run Reader(1, R1, ROUNDS); run Writer() } }
