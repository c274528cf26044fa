/* group.pml: the members of a group take frames, each one of them (docs/ring.md, Groups), while the writer takes slots away,
 * and one member may die at any step: the core offers its frames again and keeps its holds until others have them.
 *
 * -DLOSSLESS: the writer minds the group's gate. -DDEATH: member 1 may die. -DFRAMES: how many; -DNS: slots; -DWORK: entries
 * of the table, which goes round. Sequentially consistent: hold_evict.pml has the store buffers of hold against evict.
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

/* state[slot] */
#define FREE 0
#define CLAIMED 1
#define TRY(q) (2*(q)+2)
#define PUB(q) (2*(q)+3)
#define is_published(x) (x > CLAIMED && (x & 1))

/* work[frame % WORK] = 8 x frame + one of */
#define TAKEN(m) (1+(m))
#define OFFERED 3
#define DONE 4
#define LOST 5
#define ENTRY(q, x) (8*(q)+(x))
#define work_of(q) work[(q)%WORK]

byte state[NS], content[NS], index[FRAMES+1], head, tail = 1;
byte next = 1, work[WORK], holds[2]; /* holds: a bit for each slot */
byte done[FRAMES+1], lost[FRAMES+1];
bit over, dead, inherited;

inline advance(to) { if :: next < to -> next = to :: else fi }

#ifdef DEATH
#define DIES if :: skip :: atomic { m == 1 && !dead -> dead = 1; goto end } fi
#else
#define DIES skip
#endif

/* Whether nothing of that entry can come to member m any more: others_work() */
#define is_settled(i) (work[(i)%WORK] % 8 == 0 || work[(i)%WORK] % 8 >= DONE || work[(i)%WORK] % 8 == TAKEN(m))

proctype Member(byte m) {
	byte q, s, word; bit offered;
	do
	:: true ->
		/* take_offered() */
again:		atomic { q = 0; word = 0; s = 0; offered = 0;
			do
			:: q < WORK && work[q] % 8 == OFFERED -> word = work[q]; offered = 1; q = word / 8; break
			:: q < WORK && work[q] % 8 != OFFERED -> q++
			:: q == WORK -> q = 0; break
			od;
			if :: !offered -> q = next :: else fi };
		DIES;
		if
		:: offered -> /* hold_take_old() */
			atomic { s = 0; do :: s < NS && state[s] != PUB(q) && state[s] != TRY(q) -> s++ :: else -> break od;
				if :: s == NS -> s = 0; goto gone :: else fi }
		:: !offered && q <= head
		:: atomic { !offered && q > head && over && q > FRAMES -> /* nothing_left(): what others have may come back */
			if :: is_settled(0) && is_settled(1) && is_settled(2) && is_settled(3) -> goto end
			:: else -> goto again fi }
		:: atomic { !offered && q > head && !(over && q > FRAMES) -> (q <= head || over); goto again }
		fi;
		DIES;
		if
		:: !offered -> atomic { word = work_of(q); if :: word / 8 >= q -> advance(q + 1); goto again :: else fi };
			DIES;
#ifdef M_NEXT_EARLY
			advance(q + 1);
			DIES;
#endif
			atomic { s = index[q] }
		:: else
		fi;
		DIES;
		/* hold_announce() */
hold:		holds[m] = holds[m] | (1 << s);
		DIES;
		atomic { if
			:: state[s] == PUB(q)
			:: state[s] == TRY(q) -> holds[m] = 0;
#ifndef LOSSLESS
				if :: !offered -> goto gone :: else fi;
#endif
				state[s] != TRY(q); goto hold
			:: else -> holds[m] = 0; goto gone
			fi };
		DIES;
		/* keep() */
#ifdef M_NO_TABLE
		atomic { work_of(q) = ENTRY(q, TAKEN(m)) };
#else
		atomic { if
			:: work_of(q) == word -> work_of(q) = ENTRY(q, TAKEN(m));
				if :: word % 8 == OFFERED && word / 8 < q -> lost[word / 8]++ :: else fi
			:: else -> holds[m] = 0; goto again
			fi };
#endif
		DIES;
		if :: !offered -> atomic { advance(q + 1) } :: else fi;
		DIES;
		assert(content[s] == q);
		DIES;
		assert(content[s] == q);
		/* ring_reader_done(), then it lets go */
#ifdef M_UNHOLD_FIRST
		holds[m] = 0;
		DIES;
#endif
		atomic { if
			:: work_of(q) == ENTRY(q, TAKEN(m)) -> work_of(q) = ENTRY(q, DONE); done[q]++; assert(done[q] == 1 && lost[q] == 0)
			:: else -> assert(work_of(q) / 8 > q); done[q]++ /* so long ago that the table has gone round */
			fi };
		DIES;
		holds[m] = 0;
		goto again;
gone:		/* pass() */
		assert(!offered);
		atomic { if
			:: work_of(q) / 8 < q ->
#ifdef LOSSLESS
				assert(false);
#endif
				work_of(q) = ENTRY(q, LOST); lost[q]++; assert(lost[q] == 1 && done[q] == 0)
			:: else
			fi };
		DIES;
		atomic { advance(q + 1) }
	od;
end:	atomic { q = 0; s = 0; word = 0; offered = 0 }
}

#ifdef LOSSLESS
#define GATED(x) (next <= x)
#else
#define GATED(x) false
#endif
proctype Writer() {
	byte q = 1, s, x;
	do
	:: q <= FRAMES ->
again:		atomic { if :: s = 0 :: s = 1
#if NS > 2
			:: s = 2
#endif
			fi;
			x = state[s];
			if
			:: x == FREE -> goto claim
			:: is_published(x) && (x - 3) / 2 < head && !GATED((x - 3) / 2) -> x = (x - 3) / 2;
				if :: tail <= x -> tail = x + 1 :: else fi
			:: else -> x = 0; s = 0;
				(state[0] == FREE || head > 0); goto again
			fi };
		atomic { state[s] = TRY(x) };
		atomic { if :: holds[0] >> s & 1 -> state[s] = PUB(x); x = 0; s = 0; goto again :: else fi };
		atomic { if :: holds[1] >> s & 1 -> state[s] = PUB(x); x = 0; s = 0; goto again :: else fi };
		atomic { if :: GATED(x) -> state[s] = PUB(x); x = 0; s = 0; goto again :: else fi };
claim:		atomic { state[s] = CLAIMED; content[s] = 0; x = 0 };
		atomic { content[s] = q; state[s] = PUB(q); index[q] = s };
		atomic { head = q; q++; s = 0 }
	:: q > FRAMES -> break
	od;
	atomic { over = 1; q = 0 }
}

#ifdef DEATH
proctype Core() {
	byte k, s;
	dead || (over && next > FRAMES);
	if :: !dead -> goto end :: else fi;
#ifdef M_CLEAR_FIRST
	holds[1] = 0;
#endif
	/* ring_work_leave() */
	do :: atomic { k < WORK -> if :: work[k] % 8 == TAKEN(1) -> work[k] = work[k] - TAKEN(1) + OFFERED :: else fi; k++ }
	:: atomic { k == WORK -> k = 0; break } od;
	/* words_keep_offered(), until nothing is offered */
again:	do :: atomic { s < NS ->
		if :: !(is_published(state[s]) && work_of((state[s] - 3) / 2) == ENTRY((state[s] - 3) / 2, OFFERED)) &&
			!(state[s] > CLAIMED && !(state[s] & 1)) -> holds[1] = holds[1] & ~(1 << s) :: else fi; s++ }
	:: atomic { s == NS -> s = 0; break } od;
	if :: holds[1] != 0 -> goto again :: else fi;
end:	inherited = 1
}
#endif

proctype Check() {
	byte k;
endcheck: atomic { timeout ->
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

init { atomic { run Member(0); run Member(1); run Writer();
#ifdef DEATH
	run Core();
#endif
	run Check() } }
