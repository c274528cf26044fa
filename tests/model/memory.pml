/* memory.pml: the shared words of a model, in one of three memories. A model defines WORDS and THREADS, and MEMORY:
 *
 *   SC   every store is seen at once
 *   TSO  x86: a store waits in its thread's buffer, while that thread's loads go on; what swaps or adds empties the buffer
 *   C11  what the C standard promises, and so any processor, Arm's too: a load may see any store to its word that is not
 *        older than what its thread knows of; to see a release by an acquire is to know all that its thread knew. Fences
 *        that are sequentially consistent pass on what their threads know from each to the next. (As in the "promising"
 *        semantics, without promises: no value comes out of thin air, nor from a later store of one's own.)
 *
 * All of these are for use in an atomic: load (acquire), store and add (release), swap (both), their relaxed kin, fences,
 * and plain accesses, which must not race. newest() is for conditions to wait for. -DM_RELAXED_STORES=is_x, -DM_RELAXED_LOADS=is_x:
 * mutants without the release or the acquire at the words that the model's macro is_x() is true of. */
#define SC 0
#define TSO 1
#define C11 2
#ifndef MEMORY
#define MEMORY SC
#endif
#ifndef M_RELAXED_STORES
#define M_RELAXED_STORES(w) false
#endif
#ifndef M_RELAXED_LOADS
#define M_RELAXED_LOADS(w) false
#endif
#ifndef concerns
#define concerns(p, w) 1 /* 0: that thread never looks at that word */
#endif

#if MEMORY == SC || MEMORY == TSO

byte mem[WORDS];
#define newest(w) mem[w]
#define begin_with(w, value) mem[w] = value
#define leave(p) skip
#if MEMORY == SC
inline load(p, w, ret) { ret = mem[w] }
inline store(p, w, value) { mem[w] = value }
inline drain(p) { skip }
#else
#define BUFFER 3
byte buffer_word[THREADS*BUFFER], buffer_value[THREADS*BUFFER], buffered[THREADS];
#define B(p, i) ((p)*BUFFER+(i))
inline store(p, w, value) {
	buffered[p] < BUFFER;
	buffer_word[B(p,buffered[p])] = w; buffer_value[B(p,buffered[p])] = value; buffered[p]++
}
inline load(p, w, ret) {
	ret = mem[w];
	if :: buffered[p] > 0 && buffer_word[B(p,0)] == (w) -> ret = buffer_value[B(p,0)] :: else fi;
	if :: buffered[p] > 1 && buffer_word[B(p,1)] == (w) -> ret = buffer_value[B(p,1)] :: else fi;
	if :: buffered[p] > 2 && buffer_word[B(p,2)] == (w) -> ret = buffer_value[B(p,2)] :: else fi
}
inline drain(p) { buffered[p] == 0 }
/* One for each thread: the oldest store goes to memory, at any moment. */
active [THREADS] proctype Flush() {
end:	do
	:: atomic { buffered[_pid] > 0 ->
		mem[buffer_word[B(_pid,0)]] = buffer_value[B(_pid,0)];
		buffer_word[B(_pid,0)] = buffer_word[B(_pid,1)]; buffer_value[B(_pid,0)] = buffer_value[B(_pid,1)];
		buffer_word[B(_pid,1)] = buffer_word[B(_pid,2)]; buffer_value[B(_pid,1)] = buffer_value[B(_pid,2)];
		buffer_word[B(_pid,2)] = 0; buffer_value[B(_pid,2)] = 0; buffered[_pid]-- }
	od
}
#endif
inline load_relaxed(p, w, ret) { load(p, w, ret) }
inline store_relaxed(p, w, value) { store(p, w, value) }
inline read_plain(p, w, ret) { load(p, w, ret) }
inline write_plain(p, w, value) { store(p, w, value) }
inline fence(p) { drain(p) }
inline fence_acquire(p) { skip }
inline mark(p, w) { skip }
inline must_know(p, w) { skip }
inline swap(p, w, from, to, ret_ok) {
	drain(p);
	if :: mem[w] == (from) -> mem[w] = to; ret_ok = 1 :: else -> ret_ok = 0 fi
}
inline add(p, w) { drain(p); mem[w]++ }
inline raise(p, w, to) { drain(p); if :: mem[w] < (to) -> mem[w] = to :: else fi }
inline after(p, other) { drain(other) }

#else /* C11 */

#ifndef DEPTH
#define DEPTH 6 /* stores to one word that somebody may not know of */
#endif
typedef message { byte value; byte view[WORDS] } /* view: how far each word is known to who acquires it */
typedef history { message at[DEPTH]; byte count = 1 }
typedef thread { byte view[WORDS]; byte acquired[WORDS]; byte released[WORDS]; bit gone } /* … by the last fences */
history mem[WORDS];
thread threads[THREADS];
byte fenced[WORDS];   /* what the last sequentially consistent fence knew */
byte at_;             /* the store that a load sees; zero between steps */
byte p_, w_, value_;  /* arguments, likewise */

c_code {
	static void join(unsigned char *view, const unsigned char *other)
	{
		for (int w = 0; w < WORDS; w++)
			if (view[w] < other[w])
				view[w] = other[w];
	}

	static void lower(unsigned char *view, int w, int by)
	{
		view[w] = view[w] > by ? view[w] - by : 0;
	}

	/* Forgets the stores that nobody can see any more: so states are equal that differ in their past only. */
	static void forget(void)
	{
		for (int w = 0; w < WORDS; w++) {
			int known = now.mem[w].count - 1;
			for (int p = 0; p < THREADS; p++)
				if (!now.threads[p].gone && concerns(p, w) && now.threads[p].view[w] < known)
					known = now.threads[p].view[w];
			if (known <= 0)
				continue;
			int left = now.mem[w].count - known;
			memmove(&now.mem[w].at[0], &now.mem[w].at[known], left * sizeof now.mem[w].at[0]);
			memset(&now.mem[w].at[left], 0, known * sizeof now.mem[w].at[0]);
			now.mem[w].count = left;
			for (int p = 0; p < THREADS; p++) {
				lower(now.threads[p].view, w, known);
				lower(now.threads[p].acquired, w, known);
				lower(now.threads[p].released, w, known);
			}
			lower(now.fenced, w, known);
			for (int v = 0; v < WORDS; v++)
				for (int i = 0; i < now.mem[v].count; i++)
					lower(now.mem[v].at[i].view, w, known);
		}
		now.at_ = now.p_ = now.w_ = now.value_ = 0;
	}

	static void see(int acquire)
	{
		struct thread *thread = &now.threads[now.p_];
		const struct message *message = &now.mem[now.w_].at[now.at_];
		if (thread->view[now.w_] < now.at_)
			thread->view[now.w_] = now.at_;
		join(acquire ? thread->view : thread->acquired, message->view);
	}

	static void tell(int release, int also)
	{
		struct thread *thread = &now.threads[now.p_];
		int count = now.mem[now.w_].count;
		struct message *message = &now.mem[now.w_].at[count];
		now.mem[now.w_].count = count + 1;
		thread->view[now.w_] = count;
		message->value = now.value_;
		memcpy(message->view, release ? thread->view : thread->released, WORDS);
		message->view[now.w_] = count;
		if (also) /* what the store before it told: a swap passes that on */
			join(message->view, now.mem[now.w_].at[count - 1].view);
	}

	static void meet(void)
	{
		struct thread *thread = &now.threads[now.p_];
		join(thread->view, thread->acquired);
		join(thread->view, now.fenced);
		memcpy(now.fenced, thread->view, WORDS);
		memcpy(thread->released, thread->view, WORDS);
		memset(thread->acquired, 0, WORDS);
	}
}

#define newest(w) mem[w].at[mem[w].count-1].value
#define knows_all(p, w) threads[p].view[w] == mem[w].count - 1
#define begin_with(w, v) mem[w].at[0].value = v
inline pick(p, w) { at_ = threads[p].view[w]; do :: at_ + 1 < mem[w].count -> at_++ :: break od; p_ = p; w_ = w }
inline load(p, w, ret) {
	pick(p, w);
	ret = mem[w].at[at_].value;
	if :: M_RELAXED_LOADS(w) -> c_code { see(0); forget(); } :: else -> c_code { see(1); forget(); } fi
}
inline load_relaxed(p, w, ret) { pick(p, w); ret = mem[w].at[at_].value; c_code { see(0); forget(); } }
inline store(p, w, v) {
	assert(mem[w].count < DEPTH);
	p_ = p; w_ = w; value_ = v;
	if :: M_RELAXED_STORES(w) -> c_code { tell(0, 0); forget(); } :: else -> c_code { tell(1, 0); forget(); } fi
}
inline store_relaxed(p, w, v) { assert(mem[w].count < DEPTH); p_ = p; w_ = w; value_ = v; c_code { tell(0, 0); forget(); } }
/* A swap sees the newest store, or fails by any other value that it may see. */
inline swap(p, w, from, to, ret_ok) {
	assert(mem[w].count < DEPTH);
	pick(p, w);
	if :: mem[w].at[at_].value == (from) -> at_ = mem[w].count - 1 :: else fi;
	ret_ok = (mem[w].at[at_].value == (from));
	value_ = to;
	if :: M_RELAXED_LOADS(w) -> c_code { see(0); } :: else -> c_code { see(1); } fi;
	if
	:: !ret_ok -> c_code { forget(); }
	:: ret_ok && M_RELAXED_STORES(w) -> c_code { tell(0, 1); forget(); }
	:: else -> c_code { tell(1, 1); forget(); }
	fi
}
inline add(p, w) {
	assert(mem[w].count < DEPTH);
	p_ = p; w_ = w; at_ = mem[w].count - 1; value_ = mem[w].at[at_].value + 1;
	c_code { see(0); };
	if :: M_RELAXED_STORES(w) -> c_code { tell(0, 1); forget(); } :: else -> c_code { tell(1, 1); forget(); } fi
}
/* swap, as often as it takes for the word to be no less */
inline raise(p, w, to) {
	assert(mem[w].count < DEPTH);
	p_ = p; w_ = w; at_ = mem[w].count - 1; value_ = to;
	if
	:: mem[w].at[at_].value >= (to) -> c_code { forget(); }
	:: else -> c_code { see(1); };
		if :: M_RELAXED_STORES(w) -> c_code { tell(0, 1); forget(); } :: else -> c_code { tell(1, 1); forget(); } fi
	fi
}
/* The other thread has ended, and this one knows. */
inline after(p, other) { p_ = p; w_ = other; c_code { join(now.threads[now.p_].view, now.threads[now.w_].view); forget(); } }
inline drain(p) { skip }
inline fence(p) { p_ = p; c_code { meet(); forget(); } }
inline fence_acquire(p) { p_ = p; c_code { join(now.threads[now.p_].view, now.threads[now.p_].acquired); forget(); } }
/* Plain memory: who reads or writes it must know of every write before. */
inline read_plain(p, w, ret) { assert(knows_all(p, w)); ret = newest(w) }
inline write_plain(p, w, v) {
	assert(knows_all(p, w));
	assert(mem[w].count < DEPTH);
	p_ = p; w_ = w; value_ = v;
	c_code { tell(1, 0); forget(); }
}
/* That it was looked at; and that who writes comes after all who looked. */
inline mark(p, w) { store_relaxed(p, w, 0) }
inline must_know(p, w) { assert(knows_all(p, w)) }
inline leave(p) { p_ = p; c_code { memset(&now.threads[now.p_], 0, sizeof now.threads[0]); now.threads[now.p_].gone = 1; forget(); } }

#endif
