/* guard.c: a table of read-only pixels and the SIGSEGV handler that looks an address up in it. Entries change under the
 * GIL; the handler, on any thread, reads them lock-free and calls nothing but write() and sigaction(). */
#include "guard.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#define ENTRIES 512

static struct entry {
	_Atomic uintptr_t begin, end; /* end 0: free; written last when taken and first when given back */
} entries[ENTRIES];
static struct sigaction previous;

int guard_add(const void *begin, const void *end)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (atomic_load_explicit(&entries[i].end, memory_order_relaxed))
			continue;
		atomic_store_explicit(&entries[i].begin, (uintptr_t)begin, memory_order_relaxed);
		atomic_store_explicit(&entries[i].end, (uintptr_t)end,
				      memory_order_release); /* pairs with is_guarded */
		return i;
	}
	return -1;
}

void guard_remove(int entry)
{
	if (entry >= 0)
		atomic_store_explicit(&entries[entry].end, 0, memory_order_relaxed);
}

static bool is_guarded(uintptr_t address)
{
	for (int i = 0; i < ENTRIES; i++) {
		uintptr_t end = atomic_load_explicit(&entries[i].end, memory_order_acquire); /* pairs with guard_add */
		if (address < end && address >= atomic_load_explicit(&entries[i].begin, memory_order_relaxed))
			return true;
	}
	return false;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	static const char sentence[] = "framebroker: a write to a shared, read-only frame: draw on frame.copy(), "
				       "or open the reader with copy=True\n";
	(void)context;
	bool sent = info->si_code <= 0; /* by kill() or raise(): there is no address */
	if (!sent && is_guarded((uintptr_t)info->si_addr)) {
		ssize_t written = write(STDERR_FILENO, sentence, sizeof sentence - 1);
		(void)written;
	}
	sigaction(number, &previous, NULL);
	if (sent)
		raise(number); /* a real fault comes again by itself when this returns */
}

void guard_install(void)
{
	static bool installed;
	if (installed)
		return;
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigemptyset(&action.sa_mask);
	installed = sigaction(SIGSEGV, &action, &previous) == 0;
}
