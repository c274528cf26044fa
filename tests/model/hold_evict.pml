/* hold_evict.pml: hold against evict, gates against evict, and the race of a lossless reader that attaches
 * (docs/ring.md, Reading and Writing), with the store buffers of x86 (TSO).
 *
 * -DR0=mode -DR1=mode: the two readers' modes; -DROUNDS: frames that each reads; -DNS: slots; -DMAXQ: frames written.
 * An atomic is one load from shared memory with the local work and the buffered stores that follow it; the writer's own
 * words (tail, head, state) it may also load in the same step. The writer picks any frame that the rules let it pick, which
 * includes the oldest that nobody holds, as the code does. M_... remove one line each: see mutants.txt. */
#ifndef NS
#define NS 3
#endif
#ifndef MAXQ
#define MAXQ 4
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define LATEST 0
#define ORDERED 1
#define LOSSLESS 2
#define PEEK 3 /* at(): looks at metadata without a hold */
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
#define HOLDS(r) (2*NS+6+(r))    /* a bit for each slot */
#define CURSOR(r) (2*NS+8+(r))   /* 0: no gate */
#define WORDS (2*NS+10)
byte mem[WORDS];

/* Store buffers: processes 0 and 1 are the readers, 2 is the writer. Flush empties them, oldest store first. */
#define WRITER 2
byte buffer_word[9]; byte buffer_value[9]; byte buffered[3];
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
active [3] proctype Flush() {
end:	do
	:: atomic { buffered[_pid] > 0 ->
		mem[buffer_word[B(_pid,0)]] = buffer_value[B(_pid,0)];
		buffer_word[B(_pid,0)] = buffer_word[B(_pid,1)]; buffer_value[B(_pid,0)] = buffer_value[B(_pid,1)];
		buffer_word[B(_pid,1)] = buffer_word[B(_pid,2)]; buffer_value[B(_pid,1)] = buffer_value[B(_pid,2)];
		buffer_word[B(_pid,2)] = 0; buffer_value[B(_pid,2)] = 0; buffered[_pid]-- }
	od
}

proctype Reader(byte r; byte mode; byte rounds) {
	byte s, x, c; /* slot, what was loaded, sequence number */
	/* begin() and gate_attach() */
	atomic { load(r, HEAD, c); if :: c == 0 -> c = 1 :: else fi;
		if :: mode == LOSSLESS -> store(r, CURSOR(r), c) :: else fi };
	if
	:: mode == LOSSLESS ->
#ifndef M_ATTACH_NO_FENCE
		fence(r); /* F_A */
#endif
#ifndef M_ATTACH_NO_RECHECK
		atomic { load(r, TAIL, x); if :: x > c -> c = x; store(r, CURSOR(r), c) :: else fi; x = 0 }
#endif
	:: else
	fi;
	do
	:: atomic { rounds > 0 -> rounds-- };
again:		atomic { mem[HEAD] >= c || mem[HEAD] == MAXQ; load(r, HEAD, x);
			if :: x < c -> goto over :: else fi;
			if :: mode == LATEST || mode == PEEK -> c = x :: else fi; x = 0 };
		/* hold_take() */
		atomic { load(r, INDEX(c), x);
			if :: x / 4 != c -> x = 0; goto lapped :: else -> s = x % 4; x = 0 fi;
			if :: mode == PEEK -> goto peek :: else fi;
#ifdef M_CURSOR_EARLY
			if :: mode == LOSSLESS -> store(r, CURSOR(r), c + 1) :: else fi;
#endif
			store(r, HOLDS(r), 1 << s) };
#ifndef M_NO_READER_FENCE
		fence(r); /* F_R */
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
				:: mem[STATE(s)] != TRY(c); goto judge         /* spins, with its hold */
				:: store(r, HOLDS(r), 0); s = 0;               /* tired of it: HOLD_BUSY */
					if :: mode == ORDERED -> goto skip_on :: else -> goto again fi
				fi
			:: else -> x = 0; s = 0; store(r, HOLDS(r), 0); goto lapped
			fi };
		/* the frame is given: look at it, twice */
		atomic { load(r, CONTENT(s), x); assert(x == c) };
		atomic { load(r, CONTENT(s), x); assert(x == c); x = 0; s = 0; c++; store(r, HOLDS(r), 0) };
		goto next;
peek:		atomic { load(r, STATE(s), x); if :: x == PUB(c) :: else -> x = 0; s = 0; goto again fi };
		atomic { load(r, CONTENT(s), x); rounds = rounds + 8 * x }; /* keeps what it saw above the count */
		atomic { load(r, STATE(s), x);
#ifndef M_PEEK_ONCE
			if :: x == PUB(c) -> assert(rounds / 8 == c) :: else fi;
#else
			assert(rounds / 8 == c);
#endif
			rounds = rounds % 8; x = 0; s = 0; c++ };
		goto next;
lapped:		assert(mode != LOSSLESS);
		if :: mode != ORDERED -> goto again :: else fi;
skip_on:	atomic { load(r, TAIL, x); c++; if :: x > c -> c = x :: else fi; x = 0 };
		goto again;
next:		skip
	:: atomic { rounds == 0 -> break }
	od;
over:	/* ring_reader_detach() */
	atomic { x = 0; s = 0; c = 0; rounds = 0; store(r, CURSOR(r), 0); store(r, HOLDS(r), 0) }
}

#define IN_THE_WAY(gate, x) (gate != 0 && gate <= x)
proctype Writer() {
	byte q = 1, s, x, y; bit protected;
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
		fence(WRITER); /* F_W */
#endif
		/* places_protect() */
#ifndef M_NO_GATE_SCAN
		atomic { load(WRITER, CURSOR(0), y); protected = protected | IN_THE_WAY(y, x); y = 0 };
#endif
#ifndef M_NO_HOLD_SCAN
		atomic { load(WRITER, HOLDS(0), y); protected = protected | (y >> s & 1); y = 0 };
#endif
#ifndef M_NO_GATE_SCAN
		atomic { load(WRITER, CURSOR(1), y); protected = protected | IN_THE_WAY(y, x); y = 0 };
#endif
#ifndef M_NO_HOLD_SCAN
		atomic { load(WRITER, HOLDS(1), y); protected = protected | (y >> s & 1); y = 0 };
#endif
		atomic { if :: protected -> store(WRITER, STATE(s), PUB(x)); protected = 0; x = 0; goto again
			:: else fi;
#ifdef M_TAIL_LATE
			load(WRITER, TAIL, y); if :: x >= y -> store(WRITER, TAIL, x + 1) :: else fi; y = 0;
#endif
			x = 0 };
claim:		/* take(), the frame's bytes in two halves, show() */
		atomic { store(WRITER, STATE(s), CLAIMED) };
		atomic { store(WRITER, CONTENT(s), 99) };
		atomic { store(WRITER, CONTENT(s), q) };
#ifdef M_HEAD_EARLY
		atomic { store(WRITER, HEAD, q) };
#endif
		atomic { store(WRITER, STATE(s), PUB(q)) };
		atomic { store(WRITER, INDEX(q), 4 * q + s) };
		atomic { store(WRITER, HEAD, q); q++; s = 0 }
	:: q > MAXQ -> break
	od;
	q = 0
}

init { atomic { mem[TAIL] = 1; run Reader(0, R0, ROUNDS); run Reader(1, R1, ROUNDS); run Writer() } }
