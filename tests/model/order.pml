/* order.pml: several writers publish in the order of their tickets (docs/ring.md, Several writers): tables that go round,
 * helpers, a limit that takes turns away, a writer that dies at any step, the core that sweeps after it, and a reader that
 * holds frames while any writer may take them away.
 *
 * Writer w has the tickets w + 1, w + 3 …; -DGROUPS: those of a dead one are offered to the other, else they are cancelled.
 * -DDEATH, -DLIMIT, -DCANCEL, -DREADER add what they say. Sequentially consistent: compare-and-swap is a full fence on x86,
 * and hold_evict.pml has the store buffers. Each step is one load or compare-and-swap of a shared word.
 *
 * Checked: frames appear in the order of tickets, each once and whole; numbers have no holes; nothing is left claimed or
 * unsettled; and what neither limit nor cancel took away has appeared. M_...: see mutants.txt. */
#ifndef TICKETS
#define TICKETS 4
#endif
#define NS 3     /* slots */
#define MOST (NS-2) /* that writers may claim whose turn it is not */
#define TABLE 2  /* turns; more tickets than that are too far ahead */
#define INDEX 4

/* turns[ticket % TABLE] = 16 x ticket + one of */
#define EMPTY 0
#define OPEN(w) (1+(w))
#define READY(s) (4+(s))
#define CANCELLED 8
#define TURN(t, x) (16*(t)+(x))
#define turn_of(t) turns[(t)%TABLE]

/* state[slot]. M_NO_TICKET: a claimed word that comes back */
#define FREE 0
#define PUB(q) (20+(q))
#define TRY(w, q) (40+20*(w)+(q))
#ifdef M_NO_TICKET
#define CLAIMED(w, t) (100+10*(w))
#define is_claim_of(x, t) (x >= 100)
#else
#define CLAIMED(w, t) (100+10*(w)+(t))
#define is_claim_of(x, t) (x >= 100 && x % 10 == (t))
#endif
#define is_claimed(x) (x >= 100)
#define is_published(x) (x >= 20 && x < 40)

byte turns[TABLE], state[NS], index[INDEX] /* 4 x number + slot */, head, tail = 1, turn = 1;
byte content[NS];     /* the ticket whose frame is in the slot */
byte hold;            /* the reader's: slot + 1 */
byte last;            /* ticket that appeared last */
byte shown[TICKETS+1], given[TICKETS+1]; /* how often; 1: taken away by limit or cancel */
byte whose[2*TICKETS+2]; /* the ticket that a number went to */
bit dead, swept;
byte running = 2;     /* writers */

inline swap(word, from, to) { if :: word == from -> word = to :: else fi }

#define DIES if :: skip :: atomic { w == 1 && !dead -> dead = 1; goto end } fi
#ifndef DEATH
#undef DIES
#define DIES skip
#endif

/* ring_order_help(); uses t s x h i n of its process */
inline help() {
	do
	:: atomic { t = turn; if :: t > TICKETS -> t = 0; break :: else fi };
		DIES;
		atomic { n = turn_of(t);
			if
			:: n / 16 > t -> n = 0; t = 0; goto again_help
			:: n == TURN(t, CANCELLED) -> swap(turn, t, t + 1); n = 0; t = 0; goto again_help
			:: n / 16 == t && n % 16 >= READY(0) && n % 16 < CANCELLED -> s = n % 16 - READY(0); n = 0
			:: else -> n = 0; t = 0; break
			fi };
		DIES;
		atomic { x = state[s] };
		DIES;
		atomic { h = head };
		DIES;
		atomic { i = index[(h + 1) % INDEX] };
		DIES;
#ifndef M_NO_TURN_CHECK
		atomic { if :: turn != t -> x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help :: else fi };
		DIES;
#endif
		atomic { if
			:: is_claim_of(x, t) && state[s] == x -> state[s] = PUB(h + 1);
				assert(content[s] == t); assert(t > last); last = t; shown[t]++; assert(shown[t] == 1)
			:: else
			fi; x = 0 };
		DIES;
		atomic { x = state[s];
			if
			:: x == PUB(h + 1)
			:: x == PUB(h) && h > 0 -> swap(turn, t, t + 1); x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help
			:: else -> x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help
			fi; x = 0 };
		DIES;
#ifndef M_HEAD_FIRST
		atomic { if :: i / 4 < h + 1 && index[(h + 1) % INDEX] == i -> index[(h + 1) % INDEX] = 4 * (h + 1) + s :: else fi };
		DIES;
#endif
		atomic { if
			:: head == h -> head = h + 1; whose[h + 1] = t;
				assert(index[(h + 1) % INDEX] == 4 * (h + 1) + s && state[s] == PUB(h + 1))
			:: else
			fi };
		DIES;
#ifdef M_HEAD_FIRST
		atomic { if :: i / 4 < h + 1 && index[(h + 1) % INDEX] == i -> index[(h + 1) % INDEX] = 4 * (h + 1) + s :: else fi };
		DIES;
#endif
		atomic { swap(turn, t, t + 1); h = 0; i = 0; s = 0; t = 0 };
again_help:	skip
	od
}

proctype Writer(byte w) {
	byte ticket, s, mine, x, t, h, i, n, claimed; bit back; /* from helping, to look for a slot */
	ticket = w + 1;
	do
	:: ticket <= TICKETS ->
		/* ring_order_open() */
opens:		DIES;
		atomic { t = turn; n = turn_of(ticket);
			if
			:: ticket < t || n / 16 > ticket || (n / 16 == ticket && n % 16 != EMPTY) -> t = 0; n = 0; goto next
			:: else
			fi;
			if :: ticket - t >= TABLE -> t = 0; n = 0; turn != t; goto helps :: else fi; t = 0 };
		DIES;
		atomic { if
			:: turn_of(ticket) == n -> turn_of(ticket) = TURN(ticket, OPEN(w)); n = 0
			:: else -> n = 0; goto opens
			fi };
		/* try_claim() */
claims:		DIES;
		atomic { /* look(): any order, and no more than it allows */
			claimed = is_claimed(state[0]) + is_claimed(state[1]) + is_claimed(state[2]);
			if
			:: claimed >= MOST && turn != ticket -> claimed = 0; goto waits
			:: else -> claimed = 0
			fi;
			if :: s = 0 :: s = 1 :: s = 2 fi;
			x = state[s] };
		DIES;
		atomic { if
			:: x == FREE -> x = 0;
				if :: state[s] == FREE -> state[s] = CLAIMED(w, ticket); goto writes :: else -> s = 0; goto claims fi
			:: is_published(x) && x - 20 < head -> x = x - 20; if :: tail <= x -> tail = x + 1 :: else fi
			:: else -> x = 0; s = 0; goto waits
			fi };
		DIES;
		atomic { if :: state[s] == PUB(x) -> state[s] = TRY(w, x) :: else -> x = 0; s = 0; goto claims fi };
		DIES;
#ifndef M_NO_HOLD_SCAN
		atomic { if :: hold == s + 1 -> swap(state[s], TRY(w, x), PUB(x)); x = 0; s = 0; goto waits :: else fi };
		DIES;
#endif
		atomic { if
			:: state[s] == TRY(w, x) -> state[s] = CLAIMED(w, ticket); x = 0; goto writes
			:: else -> assert(0)
			fi };
waits:		atomic { s = 0; x = 0;
			if
			:: true /* looks again */
#ifdef LIMIT
			:: turn_of(ticket) != TURN(ticket, OPEN(w)) -> goto next
#endif
			fi;
			back = 1 };
		goto helps;
writes:		mine = s + 1; s = 0;
		content[mine - 1] = 0;
		DIES;
		content[mine - 1] = ticket;
		DIES;
		if
		:: true -> /* ring_order_ready() */
			atomic { if
				:: turn_of(ticket) == TURN(ticket, OPEN(w)) -> turn_of(ticket) = TURN(ticket, READY(mine - 1)); mine = 0
				:: else
				fi }
#ifdef CANCEL
		:: true -> atomic { if
				:: turn_of(ticket) == TURN(ticket, OPEN(w)) -> turn_of(ticket) = TURN(ticket, CANCELLED); given[ticket] = 1
				:: else
				fi }
#endif
		fi;
		DIES;
		atomic { if
			:: mine > 0 -> assert(state[mine - 1] == CLAIMED(w, ticket)); state[mine - 1] = FREE; mine = 0
			:: else
			fi };
helps:		help();
		if
		:: back -> back = 0; goto claims
		:: !back && turn_of(ticket) / 16 < ticket -> goto opens /* it was too far ahead */
		:: else
		fi;
next:		ticket = ticket + 2
	:: ticket > TICKETS ->
#if defined(DEATH) && defined(GROUPS)
		if
		:: w == 0 && ticket % 2 == 1 -> (swept || running == 1);
			if :: swept -> ticket = 2; goto opens :: else fi /* what the dead one had is offered */
		:: else
		fi;
#endif
		break
	od;
	atomic { running--; goto out };
end:	skip;
out:	atomic { ticket = 0; s = 0; mine = 0; x = 0; t = 0; h = 0; i = 0; n = 0; claimed = 0; back = 0 }
}

#ifdef LIMIT
/* ring_order_pass(): one whose turn it is, while a later one is settled */
proctype Limit() {
	byte w, t, s, x, h, i, n;
end:	do
	:: atomic { turn < TICKETS && turn_of(turn + 1) / 16 == turn + 1 && turn_of(turn + 1) % 16 >= READY(0) -> t = turn; n = turn_of(t);
			if :: n / 16 > t || (n / 16 == t && n % 16 >= READY(0)) -> t = 0; n = 0; goto helps :: else fi };
		atomic { if :: turn_of(t) == n && turn == t -> turn_of(t) = TURN(t, CANCELLED); given[t] = 1 :: else fi; t = 0; n = 0 };
helps:		help()
	od
}
#endif

#ifdef DEATH
proctype Core() {
	byte w, t, s, x, h, i, n, k;
	(dead || running == 0);
	if :: !dead -> goto over :: else fi;
	do :: atomic { k < TABLE -> n = turns[k];
#ifdef GROUPS
		if :: n % 16 == OPEN(1) -> turns[k] = n - OPEN(1) :: else fi;
#else
		if :: n % 16 == OPEN(1) -> turns[k] = n - OPEN(1) + CANCELLED; given[n / 16] = 1 :: else fi;
#endif
		n = 0; k++ } :: atomic { k == TABLE -> k = 0; break } od;
	do :: atomic { k < NS -> x = state[k];
		if
		:: x >= TRY(1, 0) && x < 100 -> state[k] = PUB(x - TRY(1, 0))
		:: is_claimed(x) && x >= 110 ->
#ifdef M_SWEEP_READY
			state[k] = FREE
#else
			n = x % 10;
			if :: turn_of(n) != TURN(n, READY(k)) -> state[k] = FREE :: else fi; n = 0
#endif
		:: else
		fi; x = 0; k++ } :: atomic { k == NS -> k = 0; break } od;
helps:	help();
	swept = 1;
#ifndef GROUPS
	/* tickets that it would have come to: nobody opens them, so the limit passes them */
	if
	:: atomic { turn <= TICKETS && turn % 2 == 0 && (turn_of(turn) / 16 < turn || turn_of(turn) % 16 == EMPTY) ->
			turn_of(turn) = TURN(turn, CANCELLED); given[turn] = 1 };
		goto helps
	:: turn > TICKETS
	fi;
#endif
over:	skip;
end:	skip
}
#endif

#ifdef READER
proctype Reader() {
	byte c = 1, s, x, t;
end:	do
	:: head >= c ->
		atomic { x = index[c % INDEX]; if :: x / 4 != c -> x = 0; goto lapped :: else -> s = x % 4; x = 0 fi };
		hold = s + 1;
		atomic { x = state[s];
			if
			:: x == PUB(c) -> x = 0
			:: x == TRY(0, c) || x == TRY(1, c) || true -> x = 0; hold = 0; s = 0; goto lapped
			fi };
		atomic { t = content[s]; assert(t == whose[c]) };
		atomic { assert(content[s] == t); t = 0; s = 0; hold = 0; c++; goto more };
lapped:		atomic { c++; if :: tail > c -> c = tail :: else fi };
more:		skip
	od
}
#endif

proctype Check() {
	byte t;
endcheck: atomic { timeout ->
		assert(turn == TICKETS + 1);
		t = 0; do :: t < NS -> assert(!is_claimed(state[t])); assert(!(state[t] >= TRY(0, 0))); t++ :: else -> break od;
		t = 1; do :: t <= TICKETS -> assert(shown[t] + given[t] == 1); t++ :: else -> break od;
		t = 0 }
}

init { atomic {
	run Writer(0); run Writer(1);
#ifdef LIMIT
	run Limit();
#endif
#ifdef DEATH
	run Core();
#endif
#ifdef READER
	run Reader();
#endif
	run Check() } }
