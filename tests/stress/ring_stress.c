/* ring_stress.c: one writer and many readers, each a process, while readers are stopped and killed at random and
 * writers leave or are killed; this process plays the core. Prints what happened; exit status 1 if any frame was torn
 * or any count was wrong.
 *
 * Usage: ring_stress [seconds [reads [readers [generations [packets]]]]]   until both are reached, 0: not bounded by it
 */
#include "stress/ring_stress.h"
#include "base/clock.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct crew {
	struct stress *stress;
	unsigned readers, generations, generation;
	pid_t writer, reader[LIMIT_READERS];
	int64_t stopped_until_ns[LIMIT_READERS]; /* 0: runs */
	uint64_t stops, kills, writer_kills;
};

static unsigned random_state = 1;

unsigned stress_random(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static enum fb_mode mode_of(unsigned reader)
{
	return (enum fb_mode)(reader % 3);
}

/* As the core does: of packets, only those hold for whom the writer waits; others copy. */
static void give_place(struct ring_fixture *fixture, unsigned reader)
{
	enum fb_mode mode = mode_of(reader);
	bool copies = fixture->layout.info.media == FB_PACKET && mode != FB_LOSSLESS;
	ring_fixture_place(fixture, reader, mode, copies ? 0 : 4);
}

static struct ring_layout packet_layout(unsigned readers, unsigned generation)
{
	struct ring_layout layout = ring_fixture_packet_layout(readers + 4, readers);
	layout.info.generation = generation + 1;
	layout.lossless_timeout_ns = 15 * NS_PER_MS;
	return layout;
}

static struct ring_layout stress_layout(unsigned readers, unsigned generation)
{
	struct ring_layout layout = ring_fixture_layout(readers + 4, readers);
	layout.info.generation = generation + 1;
	layout.info.width = 512;
	layout.info.plane[0].row_bytes = 512;
	layout.linesize[0] = 512;
	layout.info.slot_bytes = 4096;
	layout.lossless_timeout_ns = 15 * NS_PER_MS; /* less than some stops last, so that readers are passed over */
	return layout;
}

static pid_t spawn(struct crew *crew, bool writer, unsigned number)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	random_state = (unsigned)getpid() | 1;
	_exit(writer ? stress_writer(crew->stress, crew->generation)
		     : stress_reader(crew->stress, number, crew->generation));
}

static void reap(pid_t pid)
{
	int status = 0;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "process %d ended with status %#x\n", pid, (unsigned)status);
	exit(1);
}

static bool is_running(pid_t pid)
{
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static void reap_killed(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct ring_fixture *current(struct crew *crew)
{
	return &crew->stress->generations[crew->generation];
}

static void await_begun(struct crew *crew)
{
	while (atomic_load(&crew->stress->begun) <= crew->generation)
		usleep(50);
}

/* Ends the running generation, by its writer or without its help, and begins the next: the places first, then the
 * writer. */
static void change_generation(struct crew *crew)
{
	struct ring_fixture *old = current(crew);
	if (stress_random(2) == 0) {
		reap_killed(crew->writer);
		crew->writer_kills++;
		atomic_store(&old->roster->final, atomic_load(&old->control->head));
	} else {
		atomic_store(&crew->stress->writer_leaves, true);
		reap(crew->writer);
		atomic_store(&crew->stress->writer_leaves, false);
	}
	uint64_t head = atomic_load(&old->control->head);
	crew->generation++;
	struct ring_fixture *new = current(crew);
	new->layout.first = head + 1;
	ring_roster_init(new->roster, &new->layout);
	for (unsigned i = 0; i < crew->readers; i++) {
		give_place(new, i);
		if (mode_of(i) == FB_LOSSLESS)
			atomic_store(&new->page[i]->cursor, new->layout.first);
	}
	atomic_store(&old->roster->newest, crew->generation + 1);
	crew->writer = spawn(crew, true, 0);
	await_begun(crew);
}

static void give_places(struct crew *crew)
{
	for (unsigned i = 0; i < crew->readers; i++) {
		if (!atomic_load(&crew->stress->wants_place[i]))
			continue;
		give_place(current(crew), i);
		atomic_store(&crew->stress->wants_place[i], false);
	}
}

static void disturb(struct crew *crew)
{
	unsigned i = stress_random(crew->readers);
	int64_t now_ns = clock_monotonic_ns();
	if (crew->stopped_until_ns[i] == 0 && stress_random(4) == 0) {
		kill(crew->reader[i], SIGSTOP);
		crew->stopped_until_ns[i] = now_ns + stress_random(40) * NS_PER_MS;
		crew->stops++;
	} else if (crew->stopped_until_ns[i] == 0 && stress_random(200) == 0) {
		reap_killed(crew->reader[i]);
		crew->kills++;
		atomic_store(&crew->stress->wants_place[i], false);
		ring_fixture_leave(current(crew), i);
		give_place(current(crew), i);
		crew->reader[i] = spawn(crew, false, i);
	}
	for (i = 0; i < crew->readers; i++) {
		if (crew->stopped_until_ns[i] == 0 || crew->stopped_until_ns[i] > now_ns)
			continue;
		kill(crew->reader[i], SIGCONT);
		crew->stopped_until_ns[i] = 0;
	}
}

static void finish(struct crew *crew)
{
	for (unsigned i = 0; i < crew->readers; i++)
		kill(crew->reader[i], SIGCONT);
	atomic_store(&crew->stress->writer_leaves, true);
	reap(crew->writer);
	atomic_store(&crew->stress->over, true);
	for (unsigned i = 0; i < crew->readers; i++) {
		while (is_running(crew->reader[i])) {
			give_places(crew);
			usleep(500);
		}
		reap(crew->reader[i]);
	}
}

static int report(const struct crew *crew)
{
	const struct stress *stress = crew->stress;
	printf("generations %u  published %llu  refused %llu  writers killed %llu\n", crew->generation + 1,
	       (unsigned long long)stress->published, (unsigned long long)stress->refused,
	       (unsigned long long)crew->writer_kills);
	printf("readers %u  stopped %llu  killed %llu  passed over %llu  joined again %llu\n", crew->readers,
	       (unsigned long long)crew->stops, (unsigned long long)crew->kills, (unsigned long long)stress->evicted,
	       (unsigned long long)stress->joined);
	printf("reads %llu  missed %llu  torn %llu  wrong counts %llu\n", (unsigned long long)stress->reads,
	       (unsigned long long)stress->missed, (unsigned long long)stress->torn, (unsigned long long)stress->wrong);
	return stress->torn > 0 || stress->wrong > 0 || stress->reads == 0;
}

int main(int argc, char **argv)
{
	int64_t seconds = argc > 1 ? atoll(argv[1]) : 5;
	uint64_t reads = argc > 2 ? (uint64_t)atoll(argv[2]) : 0;
	struct crew crew = {.readers = argc > 3 ? (unsigned)atoi(argv[3]) : 8,
			    .generations = argc > 4 ? (unsigned)atoi(argv[4]) : 6};
	if (crew.readers < 1 || crew.readers > LIMIT_READERS || crew.generations < 1 ||
	    crew.generations > GENERATIONS_MAX) {
		fprintf(stderr, "usage: %s [seconds [reads [readers [generations [packets]]]]]\n", argv[0]);
		return 2;
	}
	crew.stress = mmap(NULL, sizeof *crew.stress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew.stress == MAP_FAILED)
		return 2;
	for (unsigned g = 0; g < crew.generations; g++) {
		struct ring_layout layout = argc > 5 ? packet_layout(crew.readers, g) : stress_layout(crew.readers, g);
		ring_fixture_create(&crew.stress->generations[g], &layout);
	}
	random_state = (unsigned)clock_monotonic_ns() | 1;
	crew.writer = spawn(&crew, true, 0);
	await_begun(&crew);
	for (unsigned i = 0; i < crew.readers; i++) {
		give_place(current(&crew), i);
		crew.reader[i] = spawn(&crew, false, i);
	}
	int64_t begun_ns = clock_monotonic_ns();
	int64_t slice_ns = (seconds ? seconds : 60) * NS_PER_SECOND / crew.generations;
	for (;;) {
		int64_t ran_ns = clock_monotonic_ns() - begun_ns;
		if (ran_ns >= seconds * NS_PER_SECOND && atomic_load(&crew.stress->reads) >= reads)
			break;
		give_places(&crew);
		disturb(&crew);
		if (crew.generation + 1 < crew.generations && ran_ns > (crew.generation + 1) * slice_ns)
			change_generation(&crew);
		usleep(500);
	}
	finish(&crew);
	return report(&crew);
}
