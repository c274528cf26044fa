/* use.c: one word: how many forks ago it was changed, and by what. */
#include "api/use.h"
#include "api/link.h"

#define BUSY UINT64_C(1)
#define CLOSING UINT64_C(2)
#define FLAG_BITS 2

static bool is_ours(uint64_t word)
{
	return word >> FLAG_BITS == fork_count();
}

bool use_begin(struct use *use)
{
	uint64_t word = atomic_load(&use->word);
	if (is_ours(word) && word & BUSY)
		return false;
	return atomic_compare_exchange_strong(&use->word, &word, (uint64_t)fork_count() << FLAG_BITS | BUSY);
}

bool use_end(struct use *use)
{
	return atomic_fetch_and(&use->word, ~BUSY) & CLOSING;
}

bool use_close(struct use *use)
{
	return !is_ours(atomic_load(&use->word)) || !(atomic_fetch_or(&use->word, CLOSING) & BUSY);
}

bool use_closing(const struct use *use)
{
	return atomic_load_explicit(&use->word, memory_order_relaxed) & CLOSING;
}
