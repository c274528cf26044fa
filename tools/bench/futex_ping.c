/* futex_ping.c: what the machine itself needs to wake another process: the same as wake.c with a bare futex. */
#include "latencies.h"
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	_Atomic uint32_t word; /* the round */
	int64_t sent_ns;       /* written before word moves, read after */
};

static void receive(struct shared *shared)
{
	static int64_t ns[LATENCY_ROUNDS];
	for (uint32_t round = 0; round < LATENCY_ROUNDS; round++) {
		while (atomic_load_explicit(&shared->word, memory_order_acquire) == round)
			syscall(SYS_futex, &shared->word, FUTEX_WAIT, round, NULL, NULL, 0);
		ns[round] = latency_now_ns() - shared->sent_ns;
	}
	latencies_print(ns, LATENCY_ROUNDS);
	fflush(stdout);
}

static void send_all(struct shared *shared)
{
	for (uint32_t round = 0; round < LATENCY_ROUNDS; round++) {
		latency_pause();
		shared->sent_ns = latency_now_ns();
		atomic_fetch_add_explicit(&shared->word, 1, memory_order_release);
		syscall(SYS_futex, &shared->word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	}
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("futex_ping: mmap");
		return 1;
	}
	pid_t receiver = fork();
	if (receiver < 0) {
		perror("futex_ping: fork");
		return 1;
	}
	if (receiver == 0) {
		receive(shared);
		_exit(0);
	}
	send_all(shared);
	int status;
	waitpid(receiver, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
