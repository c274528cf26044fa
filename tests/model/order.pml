/* order.pml: several writers publish in the order of their tickets (docs/ring.md, Several writers): tables that go round,
 * helpers, a limit that takes turns away, a writer that dies at any step, the core that sweeps after it, and a reader that
 * holds frames while any writer may take them away. In the memories of memory.pml.
 *
 * Writer w has the tickets w + 1, w + 3 …; -DGROUPS: those of a dead one are offered to the other, else they are cancelled.
 * -DDEATH, -DLIMIT, -DCANCEL, -DREADER add what they say; -DTRIES: as in hold_evict.pml. Each step is one load or
 * compare-and-swap of a shared word.
 *
 * Checked: frames appear in the order of tickets, each once and whole; numbers have no holes; nothing is left claimed or
 * unsettled; and what neither limit nor cancel took away has appeared. M_...: see mutants.txt. */
#ifndef TICKETS
#define TICKETS 4
#endif
#define NS 3     /* slots */
#define MOST (NS-2) /* that writers may claim whose turn it is not */
#define TABLE 2  /* turns; more tickets than that are too far ahead */

/* turns[ticket % TABLE] = 16 x ticket + one of */
#define EMPTY 0
#define OPEN(me) (1+(me))
#define READY(s) (4+(s))
#define CANCELLED 8
#define TURN(t, x) (16*(t)+(x))

/* state[slot]. M_NO_TICKET: a claimed word that comes back */
#define FREE(t) (t)
#define is_free(x) (x < 20)
#define PUB(q) (20+(q))
#define TRY(me, q) (40+20*(me)+(q))
#ifdef M_NO_TICKET
#define CLAIMED(me, t) (100+10*(me))
#define is_claim_of(x, t) (x >= 100)
#else
#define CLAIMED(me, t) (100+10*(me)+(t))
#define is_claim_of(x, t) (x >= 100 && x % 10 == (t))
#endif
#define is_claimed(x) (x >= 100)
#define is_published(x) (x >= 20 && x < 40)
#ifdef M_NEWEST_GOES
#define NEWEST_GOES 1
#else
#define NEWEST_GOES 0
#endif

/* Shared memory */
#define STATE(s) (s)
#define CONTENT(s) (NS+(s)) /* the ticket whose frame is in the slot */
#define TURN_OF(t) (2*NS+(t)%TABLE)
#define INDEX(n) (2*NS+TABLE+(n)%4) /* 4 x number + slot */
#define HEAD (2*NS+TABLE+4)
#define TAIL (2*NS+TABLE+5)
#define NOW (2*NS+TABLE+6)  /* turn */
#ifdef READER
#define HOLD (2*NS+TABLE+7) /* slot + 1 */
#define SEEN(s) (2*NS+TABLE+8+(s))
#define WORDS (2*NS+TABLE+8+NS)
#else
#define WORDS (2*NS+TABLE+7)
#endif
#define is_state(me) (me < NS)
#define is_turns(me) (me >= TURN_OF(0) && me < INDEX(0))
#define is_index(me) (me >= INDEX(0) && me < HEAD)
#define is_head(me) (me == HEAD)
#define is_now(me) (me == NOW)
#define CORE 2 /* or the limit */
#define VIEWER 3
#ifdef READER
#define THREADS 4
#elif defined(DEATH) || defined(LIMIT)
#define THREADS 3
#else
#define THREADS 2
#endif
#ifndef TRIES
#define TRIES 0
#endif
#include "memory.pml"

byte last;            /* ticket that appeared last */
byte shown[TICKETS+1], given[TICKETS+1]; /* how often; 1: taken away by limit or cancel */
byte whose[2*TICKETS+2]; /* the ticket that a number went to */
bit dead, swept, gave_up;
byte running = 2;     /* writers */

#define DIES if :: skip :: atomic { me == 1 && !dead -> dead = 1; goto end } fi
#ifndef DEATH
#undef DIES
#define DIES skip
#endif

/* ring_order_help(); uses t s x h i n ok of its process, which is thread me */
inline help() {
#ifndef M_HELP_NO_FENCE
	atomic { fence(me) }; /* F_H */
#endif
	do
	:: atomic { load(me, NOW, t); if :: t > TICKETS -> t = 0; break :: else fi };
		DIES;
		atomic { load(me, TURN_OF(t), n);
			if
			:: n / 16 > t -> n = 0; t = 0; goto again_help
			:: n == TURN(t, CANCELLED) -> swap(me, NOW, t, t + 1, ok); ok = 0; n = 0; t = 0; goto again_help
			:: n / 16 == t && n % 16 >= READY(0) && n % 16 < CANCELLED -> s = n % 16 - READY(0); n = 0
			:: else -> n = 0; t = 0; break
			fi };
		DIES;
		atomic { load(me, STATE(s), x) };
		DIES;
		atomic { load(me, HEAD, h) };
		DIES;
		atomic { load(me, INDEX(h + 1), i) };
		DIES;
#ifndef M_NO_TURN_CHECK
		atomic { load(me, NOW, n);
			if :: n != t -> n = 0; x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help :: else -> n = 0 fi };
		DIES;
#endif
		atomic { if
			:: is_claim_of(x, t) -> swap(me, STATE(s), x, PUB(h + 1), ok);
				if
				:: ok -> assert(newest(CONTENT(s)) == t); assert(t > last); last = t; shown[t]++; assert(shown[t] == 1)
				:: else
				fi; ok = 0
			:: else
			fi; x = 0 };
		DIES;
		atomic { load(me, STATE(s), x);
			if
			:: x == PUB(h + 1)
			:: x == PUB(h) && h > 0 -> swap(me, NOW, t, t + 1, ok); ok = 0; x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help
			:: else -> x = 0; h = 0; i = 0; s = 0; t = 0; goto again_help
			fi; x = 0 };
		DIES;
#ifndef M_HEAD_FIRST
		atomic { if :: i / 4 < h + 1 -> swap(me, INDEX(h + 1), i, 4 * (h + 1) + s, ok); ok = 0 :: else fi };
		DIES;
#endif
		atomic { swap(me, HEAD, h, h + 1, ok);
			if
			:: ok -> ok = 0; whose[h + 1] = t;
				assert(newest(INDEX(h + 1)) == 4 * (h + 1) + s && newest(STATE(s)) == PUB(h + 1))
			:: else
			fi };
		DIES;
#ifdef M_HEAD_FIRST
		atomic { if :: i / 4 < h + 1 -> swap(me, INDEX(h + 1), i, 4 * (h + 1) + s, ok); ok = 0 :: else fi };
		DIES;
#endif
		atomic { swap(me, NOW, t, t + 1, ok); ok = 0; h = 0; i = 0; s = 0; t = 0 };
again_help:	skip
	od
}

#if TRIES > 0
#define IN_VAIN(end) if :: tries == TRIES -> gave_up = 1; goto end :: else -> tries++ fi
#else
#define IN_VAIN(end) skip
#endif

proctype Writer(byte me) {
	byte ticket, s, mine, x, t, h, i, n, claimed, tries; bit ok, back; /* back: from helping, to look for a slot */
	ticket = me + 1;
	do
	:: ticket <= TICKETS ->
		/* ring_order_open() */
opens:		DIES;
		atomic { load(me, NOW, t); load(me, TURN_OF(ticket), n);
			if
			:: ticket < t || n / 16 > ticket || (n / 16 == ticket && n % 16 != EMPTY) -> t = 0; n = 0; goto next
			:: else
			fi;
			if :: ticket - t >= TABLE -> n = 0; newest(NOW) != t; t = 0; goto helps :: else fi; t = 0 };
		DIES;
		atomic { swap(me, TURN_OF(ticket), n, TURN(ticket, OPEN(me)), ok); n = 0;
			if :: ok -> ok = 0 :: else -> goto opens fi };
		/* try_claim() */
claims:		DIES;
		atomic { /* look(): any order, and no more than it allows */
			do
			:: s < NS -> load(me, STATE(s), x); claimed = claimed + is_claimed(x); s++
			:: s == NS -> s = 0; x = 0; break
			od;
			load(me, NOW, t);
			if
			:: claimed >= MOST && t != ticket -> claimed = 0; t = 0; goto waits
			:: else -> claimed = 0; t = 0
			fi;
			if :: s = 0 :: s = 1 :: s = 2 fi;
			load(me, STATE(s), x) };
		DIES;
		if
		:: atomic { is_free(x) -> swap(me, STATE(s), x, CLAIMED(me, ticket), ok); x = 0;
				if :: ok -> ok = 0; goto writes :: else -> s = 0; goto claims fi }
		:: atomic { !is_free(x) -> load(me, HEAD, h);
				if
				:: is_published(x) && x - 20 < h + NEWEST_GOES -> x = x - 20; h = 0; raise(me, TAIL, x + 1)
				:: else -> x = 0; h = 0; s = 0; goto waits
				fi }
		fi;
		DIES;
		atomic { swap(me, STATE(s), PUB(x), TRY(me, x), ok); if :: ok -> ok = 0 :: else -> x = 0; s = 0; goto claims fi };
		DIES;
#ifdef READER
#ifndef M_NO_WRITER_FENCE
		atomic { fence(me) }; /* F_W */
		DIES;
#endif
#ifndef M_NO_HOLD_SCAN
		atomic { load(me, HOLD, h);
			if
			:: h == s + 1 -> h = 0; swap(me, STATE(s), TRY(me, x), PUB(x), ok); ok = 0; x = 0; s = 0; IN_VAIN(stuck); goto waits
			:: else -> h = 0
			fi };
		DIES;
#endif
#endif
		atomic { swap(me, STATE(s), TRY(me, x), CLAIMED(me, ticket), ok); assert(ok); ok = 0; x = 0; goto writes };
waits:		atomic { s = 0; x = 0;
			if
			:: true /* looks again */
#ifdef LIMIT
			:: newest(TURN_OF(ticket)) != TURN(ticket, OPEN(me)) -> goto next
#endif
			fi;
			back = 1 };
		goto helps;
writes:		atomic { mine = s + 1; s = 0;
#ifdef READER
			must_know(me, SEEN(mine - 1));
#endif
			write_plain(me, CONTENT(mine - 1), 0) };
		DIES;
		atomic { write_plain(me, CONTENT(mine - 1), ticket) };
		DIES;
		if
		:: true -> /* ring_order_ready() */
			atomic { swap(me, TURN_OF(ticket), TURN(ticket, OPEN(me)), TURN(ticket, READY(mine - 1)), ok);
				if :: ok -> ok = 0; mine = 0 :: else fi }
#ifdef CANCEL
		:: true -> atomic { swap(me, TURN_OF(ticket), TURN(ticket, OPEN(me)), TURN(ticket, CANCELLED), ok);
				if :: ok -> ok = 0; given[ticket] = 1 :: else fi }
#endif
		fi;
		DIES;
		atomic { if
			:: mine > 0 -> swap(me, STATE(mine - 1), CLAIMED(me, ticket), FREE(ticket), ok); assert(ok); ok = 0; mine = 0
			:: else
			fi };
helps:		help();
		if
		:: back -> back = 0; goto claims
		:: !back && newest(TURN_OF(ticket)) / 16 < ticket -> goto opens /* it was too far ahead */
		:: else
		fi;
next:		ticket = ticket + 2
	:: ticket > TICKETS ->
#if defined(DEATH) && defined(GROUPS)
		if
		:: me == 0 && ticket % 2 == 1 -> (swept || running == 1);
			if :: swept -> ticket = 2; goto opens :: else fi /* what the dead one had is offered */
		:: else
		fi;
#endif
		break
	od;
	atomic { running--; goto out };
stuck:	false;
end:	skip;
out:	atomic { ticket = 0; s = 0; mine = 0; x = 0; t = 0; h = 0; i = 0; n = 0; claimed = 0; ok = 0; back = 0; tries = 0;
		if :: me == 0 || !dead -> leave(me) :: else fi }
}

#ifdef LIMIT
/* ring_order_pass(): one whose turn it is, while a later one is settled */
proctype Limit(byte me) {
	byte t, s, x, h, i, n; bit ok;
end:	do
	:: atomic { newest(NOW) < TICKETS && newest(TURN_OF(newest(NOW) + 1)) / 16 == newest(NOW) + 1 &&
			newest(TURN_OF(newest(NOW) + 1)) % 16 >= READY(0) -> load(me, NOW, t) };
		atomic { load(me, TURN_OF(t + 1), n);
			if :: n / 16 == t + 1 && n % 16 >= READY(0) -> n = 0 :: else -> n = 0; t = 0; goto helps fi };
		atomic { load(me, TURN_OF(t), n);
			if :: n / 16 > t || (n / 16 == t && n % 16 >= READY(0)) -> t = 0; n = 0; goto helps :: else fi };
		atomic { swap(me, TURN_OF(t), n, TURN(t, CANCELLED), ok); if :: ok -> ok = 0; given[t] = 1 :: else fi; t = 0; n = 0 };
helps:		help()
	od
}
#endif

#ifdef DEATH
proctype Core(byte me) {
	byte t, s, x, h, i, n, k; bit ok;
	(dead || running == 0);
	if :: !dead -> goto over :: else fi;
	atomic { after(me, 1) };
	do :: atomic { k < TABLE -> load(me, TURN_OF(k), n);
#ifdef GROUPS
		if :: n % 16 == OPEN(1) -> swap(me, TURN_OF(k), n, n - OPEN(1), ok); ok = 0 :: else fi;
#else
		if
		:: n % 16 == OPEN(1) -> swap(me, TURN_OF(k), n, n - OPEN(1) + CANCELLED, ok);
			if :: ok -> ok = 0; given[n / 16] = 1 :: else fi
		:: else
		fi;
#endif
		n = 0; k++ } :: atomic { k == TABLE -> k = 0; break } od;
	do :: atomic { k < NS -> load(me, STATE(k), x);
		if
		:: x >= TRY(1, 0) && x < 100 -> swap(me, STATE(k), x, PUB(x - TRY(1, 0)), ok)
		:: is_claimed(x) && x >= 110 -> n = x % 10;
#ifdef M_SWEEP_READY
			swap(me, STATE(k), x, FREE(n), ok);
#else
			load(me, TURN_OF(n), t);
			if :: t != TURN(n, READY(k)) -> swap(me, STATE(k), x, FREE(n), ok) :: else fi;
#endif
			n = 0; t = 0
		:: else
		fi; ok = 0; x = 0; k++ } :: atomic { k == NS -> k = 0; break } od;
helps:	help();
	swept = 1;
#ifndef GROUPS
	/* tickets that it would have come to: nobody opens them, so the limit passes them */
	if
	:: atomic { newest(NOW) <= TICKETS && newest(NOW) % 2 == 0 &&
			(newest(TURN_OF(newest(NOW))) / 16 < newest(NOW) || newest(TURN_OF(newest(NOW))) % 16 == EMPTY) ->
			t = newest(NOW); n = newest(TURN_OF(t)); swap(me, TURN_OF(t), n, TURN(t, CANCELLED), ok);
			if :: ok -> ok = 0; given[t] = 1 :: else fi; t = 0; n = 0 };
		goto helps
	:: newest(NOW) > TICKETS
	fi;
#endif
over:	skip;
end:	atomic { leave(me); if :: dead -> leave(1) :: else fi }
}
#endif

#ifdef READER
proctype Reader() {
	byte c = 1, s, x;
end:	do
	:: newest(HEAD) >= c ->
		atomic { load(VIEWER, HEAD, x); if :: x < c -> x = 0; goto more :: else fi;
			load(VIEWER, INDEX(c), x); if :: x / 4 != c -> x = 0; goto lapped :: else -> s = x % 4; x = 0 fi;
			store(VIEWER, HOLD, s + 1) };
#ifndef M_NO_READER_FENCE
		atomic { fence(VIEWER) }; /* F_R */
#endif
		atomic { load(VIEWER, STATE(s), x);
			if
			:: x == PUB(c) -> x = 0
			:: x == TRY(0, c) || x == TRY(1, c) || true -> x = 0; store(VIEWER, HOLD, 0); s = 0; goto lapped
			fi };
		atomic { read_plain(VIEWER, CONTENT(s), x); assert(x == whose[c]); mark(VIEWER, SEEN(s)) };
		atomic { read_plain(VIEWER, CONTENT(s), x); assert(x == whose[c]); x = 0;
			store(VIEWER, HOLD, 0); s = 0; c++; goto more };
lapped:		atomic { load(VIEWER, TAIL, x); c++; if :: x > c -> c = x :: else fi; x = 0 };
more:		skip
	od
}
#endif

proctype Check() {
	byte t;
endcheck: if
	:: gave_up -> do :: t = 1 - t od /* nothing more is expected to end */
	:: timeout -> skip
	fi;
	atomic {
		assert(newest(NOW) == TICKETS + 1);
		t = 0; do :: t < NS -> assert(!is_claimed(newest(STATE(t)))); assert(!(newest(STATE(t)) >= TRY(0, 0))); t++ :: else -> break od;
		t = 1; do :: t <= TICKETS -> assert(shown[t] + given[t] == 1); t++ :: else -> break od;
		t = 0 }
}

init { atomic {
	begin_with(TAIL, 1); begin_with(NOW, 1);
	run Writer(0); run Writer(1);
#ifdef LIMIT
	run Limit(CORE);
#endif
#ifdef DEATH
	run Core(CORE);
#endif
#ifdef READER
	run Reader();
#endif
	run Check() } }
