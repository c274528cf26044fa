/* generation.pml: a generation ends and the next one begins (docs/ring.md, Generations). The first writer finishes, or dies
 * at any step; the core fixes the last frame, prepares the next generation and only then lets its writer begin; readers
 * drain the first and move over. With -DZOMBIE the core cuts off a writer that goes on until it notices: then what a reader took
 * without seeing the end must lie before it, or a number would come twice.
 *
 * Sequentially consistent: hold_evict.pml has the store buffers. Checked: a lossless reader whose place is older than the
 * generation gets every frame once and in order; whoever else misses some is told how many; nobody is shown two frames
 * under one number, or half of one. Two slots a generation. -DMODE: of reader 1; -DBOTH: reader 0 too, lossless.
 * M_...: see mutants.txt. */
#ifndef MODE
#define MODE LOSSLESS /* of reader 1 */
#endif
#define ORDERED 1
#define LOSSLESS 2
#define LATE 3     /* lossless, but with its place made while the first generation runs: it attaches */
#ifndef FIRST_MAX
#define FIRST_MAX 3 /* frames of the first generation, at most */
#endif
#define NS 2
#ifndef LAST
#define LAST (FIRST_MAX + 2)
#endif
#define NEVER 255

#define FREE 0
#define CLAIMED 1
#define TRY(q) (2*(q)+2)
#define PUB(q) (2*(q)+3)

typedef generation {
	byte state[NS]; byte content[NS];
	byte index[8];   /* slot of a sequence number; no number comes twice */
	byte head, tail;
	byte cursor[2]; byte holds[2]; /* 0: no gate; slot + 1 */
	byte final;      /* the writer's */
	byte cores_final, first;
	bit begun        /* the writer has mapped it and told so */
}
generation gen[2];
bit dead;            /* writer 0, proven by the core */
byte shown[8];       /* 1 + the generation in which a frame was read */

/* Before each step of the first writer: it may be dead by now. A zombie notices only where it looks. */
#ifdef ZOMBIE
#define DIES skip
#else
#define DIES if :: g == 0 && dead -> goto end :: else fi
#endif

#define over(g) (gen[g].final != NEVER || gen[g].cores_final != NEVER)

#define GATED(r) (gen[g].cursor[r] != 0 && gen[g].cursor[r] <= x)

proctype Writer(byte g) {
	byte q, s, x, last;
	atomic { q = gen[g].first; last = (g == 0 -> FIRST_MAX : LAST) };
	atomic { gen[g].head = q - 1; gen[g].tail = q; gen[g].begun = 1 };
	do
	:: q <= last ->
again:		atomic { if :: g == 0 && dead -> goto end :: else fi; /* died, or claim_over() */
			if :: s = 0 :: s = 1 fi;
			x = gen[g].state[s];
			if
			:: x == FREE -> goto claim
			:: x > CLAIMED && (x & 1) -> x = (x - 3) / 2
			:: else -> goto again
			fi;
			if :: x >= q - 1 -> goto again :: else fi;
			if :: GATED(0) || GATED(1) -> goto again :: else fi };
		atomic { DIES; if :: x >= gen[g].tail -> gen[g].tail = x + 1 :: else fi };
		atomic { DIES; gen[g].state[s] = TRY(x) };
		atomic { DIES;
			if
			:: GATED(0) || GATED(1) || gen[g].holds[0] == s + 1 || gen[g].holds[1] == s + 1 ->
				gen[g].state[s] = PUB(x); goto again
			:: else
			fi };
claim:		atomic { DIES; gen[g].state[s] = CLAIMED };
		atomic { DIES; gen[g].content[s] = 99 };
		atomic { DIES; gen[g].content[s] = q + 8 * g };
		atomic { DIES; gen[g].state[s] = PUB(q) };
		atomic { DIES; gen[g].index[q] = s };
		atomic { DIES; gen[g].head = q; q++ }
	:: q > last -> break
	od;
	atomic { DIES; gen[g].final = gen[g].head };
end:	skip
}

#ifdef BOTH
#define PRESET gen[1].cursor[0] = gen[1].first; if :: MODE != ORDERED -> gen[1].cursor[1] = gen[1].first :: else fi
#else
#define PRESET if :: MODE != ORDERED -> gen[1].cursor[1] = gen[1].first :: else fi
#endif
proctype Core() {
	byte f;
	/* The first generation ends at any moment: dead is set in the writer's place, before or after its end. */
#ifdef ZOMBIE
	f = gen[0].head;
	atomic { gen[0].cores_final = f; dead = 1 }; /* by which the writer notices, in its time */
#ifndef M_FINAL_ONCE
	f = gen[0].head;
#endif
#else
#ifdef M_FINAL_BEFORE_DEATH
	f = gen[0].head;
	dead = 1;
#else
	dead = 1;
	f = gen[0].head;
#endif
#endif
	atomic { if :: gen[0].final != NEVER -> f = gen[0].final :: else fi };
#ifdef M_FIRST_REPEATS
	gen[1].first = f;
#else
	gen[1].first = f + 1;
#endif
#ifndef M_NO_PRESET
	atomic { PRESET };
#endif
	gen[0].cores_final = f;
	run Writer(1)
}

proctype Reader(byte r; byte mode) {
	byte g, c = 1, s, x, t, final, end_, given, missed, start = 1;
	gen[0].begun == 1;
	if
	:: mode == LATE ->
		atomic { c = gen[0].head; if :: c == 0 -> c = 1 :: else fi; gen[0].cursor[r] = c };
		atomic { t = gen[0].tail; if :: t > c -> c = t; gen[0].cursor[r] = c :: else fi; start = c }
	:: else
	fi;
	do
	::	/* wait_end() */
		atomic { final = gen[g].final; if :: gen[g].cores_final < final -> final = gen[g].cores_final :: else fi };
		atomic { end_ = gen[g].head;
			if :: final < end_ -> end_ = final :: else fi };
		if
#ifdef M_MOVE_EARLY
		:: g == 0 && final != NEVER -> goto move
#endif
		:: c > end_ && c <= final ->
			/* sleeps until something has changed */
			atomic { gen[g].head >= c || over(g) };
			goto next
		:: c > end_ && c > final && g == 0 ->
move:			gen[1].begun == 1;
			atomic { g = 1; assert(c <= gen[1].first);
				if :: gen[1].first > c -> missed = missed + gen[1].first - c; c = gen[1].first :: else fi;
				if :: mode != ORDERED -> gen[1].cursor[r] = c :: else fi };
			atomic { t = gen[1].tail;
				if :: mode != ORDERED && t > c -> missed = missed + t - c; c = t; gen[1].cursor[r] = c
				:: else fi };
			goto next
		:: c > end_ && c > final && g == 1 -> break
		:: c <= end_
		fi;
		atomic { s = gen[g].index[c]; gen[g].holds[r] = s + 1 };
judge:		atomic { x = gen[g].state[s];
			if
			:: x == PUB(c) -> if :: mode != ORDERED -> gen[g].cursor[r] = c + 1 :: else fi
			:: x == TRY(c) && mode != ORDERED && !over(g) -> gen[g].holds[r] = 0; goto next
			:: else ->
				gen[g].holds[r] = 0; t = c + 1;
				if :: gen[g].tail > t -> t = gen[g].tail :: else fi;
				if :: t > end_ + 1 -> t = end_ + 1 :: else fi;
				missed = missed + t - c; c = t;
				goto next
			fi };
#ifndef M_NO_FINAL_CHECK
		atomic { if :: c > gen[g].cores_final -> gen[g].holds[r] = 0; goto next :: else fi }; /* HOLD_OVER */
#endif
		atomic { x = gen[g].content[s]; assert(x == c + 8 * g) };
		atomic { x = gen[g].content[s]; assert(x == c + 8 * g);
			assert(shown[c] == 0 || shown[c] == g + 1); shown[c] = g + 1;
			given++; c++; gen[g].holds[r] = 0 };
next:		atomic { x = 0; s = 0; t = 0; final = 0; end_ = 0 }
	od;
	assert(c == LAST + 1);
	assert(start + given + missed == c);
#ifndef ZOMBIE /* of which the last frames may be missed, but are counted */
	assert(mode != LOSSLESS || missed == 0);
#endif
	atomic { gen[1].cursor[r] = 0 }
}

init { atomic {
	gen[0].final = NEVER; gen[0].cores_final = NEVER; gen[1].final = NEVER; gen[1].cores_final = NEVER;
	gen[0].first = 1;
	if :: MODE == LOSSLESS -> gen[0].cursor[1] = 1 :: else fi;
	run Writer(0); run Reader(1, MODE); run Core();
#ifdef BOTH
	gen[0].cursor[0] = 1; run Reader(0, LOSSLESS)
#endif
} }
