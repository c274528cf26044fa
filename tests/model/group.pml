/* group.pml: the members of a group take frames, each one of them (docs/ring.md, Groups), while the writer takes slots away,
 * and one member may die at any step: the core offers its frames again and keeps its holds until others have them. In the
 * memories of memory.pml.
 *
 * -DLOSSLESS: the writer minds the group's gate. -DDEATH: member 1 may die. -DFRAMES: how many; -DNS: slots; -DWORK: entries
 * of the table, which goes round; -DREADY: frames that are there at the begin; -DTRIES: as in hold_evict.pml.
 *
 * Checked: nobody looks at a frame that changes; each frame is done once, or lost and never done; a lossless group, and a
 * frame that was offered again, loses nothing. M_...: see mutants.txt. */
#ifndef FRAMES
#define FRAMES 3
#endif
#ifndef NS
#define NS 2
#endif
#ifndef WORK
#define WORK 4
#endif
#ifndef TRIES
#define TRIES 0
#endif
#ifndef READY
#define READY 0
#endif

/* Values of a slot's state */
#define FREE 0
#define CLAIMED 1
#define TRY(q) (2*(q)+2)
#define PUB(q) (2*(q)+3)
#define is_published(x) (x > CLAIMED && (x & 1))

/* Values of work[frame % WORK]: 8 x frame + one of */
#define TAKEN(m) (1+(m))
#define OFFERED 3
#define DONE 4
#define LOST 5
#define ENTRY(q, x) (8*(q)+(x))

/* Shared memory */
#define STATE(s) (s)
#define CONTENT(s) (NS+(s))
#define SEEN(m, s) (2*NS+NS*(m)+(s))
#define WORK_OF(q) (4*NS+(q)%WORK)
#define INDEX(q) (4*NS+WORK+(q)-1)
#define HOLDS(m) (4*NS+WORK+FRAMES+(m)) /* slot + 1 */
#define HEAD (4*NS+WORK+FRAMES+2)
#define NEXT (4*NS+WORK+FRAMES+3)       /* how many nobody has to take any more: the group's cursor - 1 */
#define OVER (4*NS+WORK+FRAMES+4)
#define WORDS (4*NS+WORK+FRAMES+5)
#define is_state(w) (w < NS)
#define is_work(w) (w >= WORK_OF(0) && w < INDEX(1))
#define is_index(w) (w >= INDEX(1) && w < HOLDS(0))
#define is_holds(w) (w == HOLDS(0) || w == HOLDS(1))
#define is_head(w) (w == HEAD)
#define is_next(w) (w == NEXT)
#define WRITER 2
#define CORE 3
#define THREADS 4
#define is_seen(w) (w >= SEEN(0,0) && w < WORK_OF(0))
#define concerns(p, w) (p == WRITER ? is_state(w) || is_seen(w) || is_holds(w) || w == NEXT || (w >= NS && w < 2*NS) : \
	p == CORE ? is_state(w) || is_work(w) : !is_seen(w) && !is_holds(w))
#include "memory.pml"

byte done[FRAMES+1], lost[FRAMES+1];
bit dead, gave_up;
#if TRIES > 0
#define IN_VAIN(end) if :: tries == TRIES -> gave_up = 1; goto end :: else -> tries++ fi
#else
#define IN_VAIN(end) skip
#endif

#ifdef DEATH
#define DIES if :: skip :: atomic { m == 1 && !dead -> dead = 1; goto end } fi
#else
#define DIES skip
#endif

proctype Member(byte m) {
	byte q, s, x, word, tries; bit offered, ok;
	do
	:: true ->
		/* take_offered() */
again:		atomic { q = 0; word = 0; s = 0; offered = 0;
			do
			:: q < WORK -> load(m, WORK_OF(q), word);
				if :: word % 8 == OFFERED -> offered = 1; q = word / 8; break :: else -> word = 0; q++ fi
			:: q == WORK -> break
			od;
			if :: !offered -> load(m, NEXT, q); q++ :: else fi };
		DIES;
		if
		:: offered -> /* hold_take_old() */
			atomic {
				do
				:: s < NS -> load(m, STATE(s), x); if :: x == PUB(q) || x == TRY(q) -> x = 0; break :: else -> x = 0; s++ fi
				:: s == NS -> s = 0; goto gone
				od }
		:: !offered -> atomic { load(m, HEAD, x);
				if
				:: q <= x -> x = 0
				:: q > x && q <= FRAMES -> x = 0; (q <= newest(HEAD) || newest(NEXT) >= q || newest(OVER)); goto again
				:: q > FRAMES -> x = 0; q = 0; /* nothing_left(): what others have may come back */
					do
					:: q < WORK -> load(m, WORK_OF(q), word);
						if :: word % 8 == 0 || word % 8 >= DONE || word % 8 == TAKEN(m) -> q++
						:: else -> goto again fi
					:: q == WORK -> goto end
					od
				fi }
		fi;
		DIES;
		if
		:: !offered -> atomic { load(m, WORK_OF(q), word);
#ifndef M_NO_ENTRY_LOOK
				if :: word / 8 >= q -> raise(m, NEXT, q); goto again :: else fi
#endif
			};
			DIES;
#ifdef M_NEXT_EARLY
			atomic { raise(m, NEXT, q) };
			DIES;
#endif
			atomic { load(m, INDEX(q), s); assert(s > 0); s-- }
		:: else
		fi;
		DIES;
		/* hold_announce() */
hold:		atomic { store(m, HOLDS(m), s + 1) };
		DIES;
#ifndef M_NO_READER_FENCE
		atomic { fence(m) }; /* F_R */
		DIES;
#endif
judge:		atomic { load(m, STATE(s), x);
			if
			:: x == PUB(q) -> x = 0
			:: x == TRY(q) -> x = 0;
#ifndef LOSSLESS
				if :: !offered -> store(m, HOLDS(m), 0); goto gone :: else fi;
#endif
				newest(STATE(s)) != TRY(q); IN_VAIN(stuck); goto judge
			:: else -> x = 0; store(m, HOLDS(m), 0); goto gone
			fi };
		DIES;
		/* keep() */
#ifdef M_NO_TABLE
		atomic { store(m, WORK_OF(q), ENTRY(q, TAKEN(m))) };
#else
		atomic { swap(m, WORK_OF(q), word, ENTRY(q, TAKEN(m)), ok);
			if
			:: ok -> ok = 0; if :: word % 8 == OFFERED && word / 8 < q -> lost[word / 8]++ :: else fi
			:: else -> store(m, HOLDS(m), 0); IN_VAIN(stuck); goto again
			fi };
#endif
		DIES;
		if :: !offered -> atomic { raise(m, NEXT, q) } :: else fi;
		DIES;
		atomic { read_plain(m, CONTENT(s), x); assert(x == q); x = 0; mark(m, SEEN(m, s)) };
#if MEMORY != C11 /* where a write without knowing of the first look is an error */
		DIES;
		atomic { read_plain(m, CONTENT(s), x); assert(x == q); x = 0 };
#endif
		/* ring_reader_done(), then it lets go */
#ifdef M_UNHOLD_FIRST
		atomic { store(m, HOLDS(m), 0) };
		DIES;
#endif
		atomic { swap(m, WORK_OF(q), ENTRY(q, TAKEN(m)), ENTRY(q, DONE), ok);
			if
			:: ok -> ok = 0; done[q]++; assert(done[q] == 1 && lost[q] == 0)
			:: else -> assert(newest(WORK_OF(q)) / 8 > q); done[q]++ /* so long ago that the table has gone round */
			fi };
		DIES;
		atomic { store(m, HOLDS(m), 0) };
		goto again;
gone:		/* pass() */
		assert(!offered);
		atomic { load(m, WORK_OF(q), word);
			if
			:: word / 8 < q ->
#ifdef LOSSLESS
				assert(false);
#endif
				swap(m, WORK_OF(q), word, ENTRY(q, LOST), ok);
				if :: ok -> ok = 0; lost[q]++; assert(lost[q] == 1 && done[q] == 0) :: else fi
			:: else
			fi };
		DIES;
		atomic { raise(m, NEXT, q) };
		IN_VAIN(stuck)
	od;
stuck:	false;
end:	atomic { q = 0; s = 0; x = 0; word = 0; offered = 0; ok = 0; tries = 0; if :: m == 0 || !dead -> leave(m) :: else fi }
}

#ifdef LOSSLESS
#define GATE(q) atomic { load(WRITER, NEXT, y); protected = protected | (y < q); y = 0 }
#else
#define GATE(q) skip
#endif
proctype Writer() {
	byte q = READY + 1, s, x, y, tries; bit protected;
	do
	:: q <= FRAMES ->
again:		atomic { if :: s = 0 :: s = 1
#if NS > 2
			:: s = 2
#endif
			fi;
			load(WRITER, STATE(s), x);
			if
			:: x == FREE -> goto claim
			:: is_published(x) && (x - 3) / 2 < q - 1 -> x = (x - 3) / 2
			:: else -> x = 0; s = 0; goto again
			fi;
			GATE(x);
			if :: protected -> protected = 0; x = 0; s = 0; newest(NEXT) > 0; goto again :: else fi };
		atomic { store(WRITER, STATE(s), TRY(x)) };
#ifndef M_NO_WRITER_FENCE
		atomic { fence(WRITER) }; /* F_W */
#endif
		/* places_protect() */
		atomic { load(WRITER, HOLDS(0), y); protected = protected | (y == s + 1); y = 0 };
		atomic { load(WRITER, HOLDS(1), y); protected = protected | (y == s + 1); y = 0 };
		GATE(x);
		atomic { if :: protected -> store(WRITER, STATE(s), PUB(x)); protected = 0; x = 0; s = 0; IN_VAIN(end); goto again :: else fi };
claim:		atomic { store(WRITER, STATE(s), CLAIMED); x = 0 };
		atomic { must_know(WRITER, SEEN(0, s)); must_know(WRITER, SEEN(1, s)); write_plain(WRITER, CONTENT(s), 0) };
		atomic { write_plain(WRITER, CONTENT(s), q); store(WRITER, STATE(s), PUB(q)) };
		atomic { store(WRITER, INDEX(q), s + 1) };
		atomic { store(WRITER, HEAD, q); q++; s = 0 }
	:: q > FRAMES -> break
	od;
end:	atomic { q = 0; s = 0; x = 0; tries = 0; store(WRITER, OVER, 1); leave(WRITER) }
}

#ifdef DEATH
proctype Core() {
	byte k, s, x, y, h; bit any;
	dead || (newest(OVER) && newest(NEXT) == FRAMES);
	if :: !dead -> goto end :: else fi;
	atomic { after(CORE, 1) };
#ifdef M_CLEAR_FIRST
	atomic { store(CORE, HOLDS(1), 0) };
#endif
	/* ring_work_leave() */
	do :: atomic { k < WORK -> load(CORE, WORK_OF(k), x);
		if :: x % 8 == TAKEN(1) -> swap(CORE, WORK_OF(k), x, x - TAKEN(1) + OFFERED, any); any = 0 :: else fi; x = 0; k++ }
	:: atomic { k == WORK -> k = 0; break } od;
	/* words_keep_offered(), until nothing is offered */
again:	atomic { load(CORE, HOLDS(1), h);
		if :: h == 0 -> goto end :: else fi;
		load(CORE, STATE(h - 1), x); x = (x > CLAIMED -> (x - 2) / 2 : 0) };
	atomic { load(CORE, WORK_OF(x), y);
		if :: y == ENTRY(x, OFFERED) -> newest(WORK_OF(x)) != y :: else -> store(CORE, HOLDS(1), 0) fi;
		x = 0; y = 0; h = 0; goto again };
end:	atomic { x = 0; y = 0; h = 0; leave(CORE); if :: dead -> leave(1) :: else fi }
}
#endif

proctype Check() {
	byte k;
endcheck: if
	:: gave_up -> do :: k = 1 - k od /* nothing more is expected to end */
	:: timeout -> skip
	fi;
	atomic {
		k = 1;
		do
		:: k <= FRAMES -> assert(done[k] + lost[k] == 1);
#ifdef LOSSLESS
			assert(done[k] == 1);
#endif
			k++
		:: else -> break
		od;
		k = 0 }
}

inline ready(q) {
	begin_with(STATE(q-1), PUB(q)); begin_with(CONTENT(q-1), q); begin_with(INDEX(q), q); begin_with(HEAD, q)
}

init { atomic {
#if READY > 0
	ready(1);
#endif
#if READY > 1
	ready(2);
#endif
	run Member(0); run Member(1); run Writer();
#ifdef DEATH
	run Core();
#endif
	run Check() } }
