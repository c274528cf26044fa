/* pool_stress.c: processes that are members of a group and of the pool that its frames order, while they are stopped
 * and killed at random and others come in their place; this process plays the core, and reads the results. Exit status
 * 1 if a result came twice, out of order or torn, or is missing without having been counted.
 *
 * Usage: pool_stress [seconds [members]] */
#include "base/clock.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS_MAX 16
#define GROUP 0  /* the group's own place; members have places 1 … */
#define READER 0 /* of the results */
#define ATTEMPTS 2
#define REORDER_NS (30 * NS_PER_MS)
#define PATIENCE_NS (60 * NS_PER_SECOND) /* no wait is longer, unless something hangs */

struct member {
	pid_t pid;
	int64_t stopped_until_ns; /* 0: runs */
};

static struct {
	struct ring_fixture in, out;
	struct ring_work_view work;
	struct ring_order_view order;
	struct ring_reader *results;
	struct {
		_Atomic bool enough;
		_Atomic uint64_t cancelled;
	} * shared; /* with the feeder and the members */
	pid_t feeder;
	unsigned members;
	struct member member[MEMBERS_MAX];
	bool kept[2 * MEMBERS_MAX + 1]; /* places of dead members that hold frames which are offered */
	unsigned place[MEMBERS_MAX];
	uint64_t waiting;
	int64_t waiting_since_ns;
	uint64_t last, count, late, given_up, kills, stops, failures;
} stress;

static unsigned random_state = 1;

static unsigned random_below(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static void fail(const char *what, uint64_t number)
{
	fprintf(stderr, "%s: %" PRIu64 "\n", what, number);
	stress.failures++;
}

static void nap(unsigned most_us)
{
	usleep(random_below(most_us) + 1);
}

/* ---- the other processes ---- */

static int feed(void)
{
	struct ring_writer *writer = ring_fixture_writer(&stress.in);
	while (!atomic_load(&stress.shared->enough))
		if (ring_fixture_publish_until(writer, clock_deadline(PATIENCE_NS)) < 0)
			return 1;
	ring_writer_finish(writer);
	return 0;
}

static int make_result(struct ring_writer *writer, struct ring_reader *reader, const struct ring_frame *frame)
{
	unsigned slot = 0;
	uint64_t seq = 0;
	int r = ring_pool_bind(writer, 1, ring_reader_work(reader));
	if (r == 0)
		r = ring_pool_claim(writer, frame->seq, clock_deadline(PATIENCE_NS), &slot);
	if (r < 0)
		return r;
	uint64_t *to = (uint64_t *)ring_writer_data(writer, slot);
	for (size_t i = 0; i < stress.out.layout.info.slot_bytes / sizeof *to; i++)
		to[i] = frame->seq * 1000003 + i;
	if (random_below(20) == 0) {
		atomic_fetch_add(&stress.shared->cancelled, 1);
		ring_pool_cancel(writer, slot);
		return 0;
	}
	struct ring_meta meta = {.pts_ns = (int64_t)frame->seq};
	r = ring_pool_publish(writer, slot, &meta, NULL, &seq);
	return r == -ESTALE ? 0 : r;
}

static int work(unsigned number)
{
	struct ring_reader *reader = ring_fixture_member(&stress.in, stress.place[number], GROUP);
	struct ring_writer *writer = ring_fixture_join(&stress.out, number);
	struct ring_frame frame;
	int r = 0;
	while ((r = ring_reader_next(reader, clock_deadline(PATIENCE_NS), &frame)) == 0) {
		if (!ring_fixture_intact(reader, &frame))
			return 2;
		nap(2000);
		r = make_result(writer, reader, &frame);
		if (!ring_fixture_intact(reader, &frame))
			return 2;
		if (r < 0)
			break;
		ring_reader_done(reader, frame.seq);
		ring_reader_unhold(reader, frame.slot);
	}
	if (r != -ENODATA)
		fprintf(stderr, "a member ended with %d\n", r);
	return r == -ENODATA ? 0 : 1;
}

static pid_t spawn(int (*run)(unsigned), unsigned number)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	random_state = (unsigned)getpid() | 1;
	_exit(run ? run(number) : feed());
}

/* ---- the core ---- */

static void enter(unsigned number)
{
	unsigned place = 1;
	while (ring_place_active(atomic_load(&stress.in.roster->place[place])))
		place++;
	stress.place[number] = place;
	ring_fixture_place(&stress.in, place, FB_ORDERED, 2);
	stress.out.epoch++; /* the child has its own copy of the fixture */
	stress.member[number] = (struct member){.pid = spawn(work, number)};
}

/* Forgets what a dead member's page holds, but for frames that are offered. */
static void keep_offered(unsigned place)
{
	struct ring_page *page = stress.in.page[place];
	struct ring_order_view view = ring_fixture_order(&stress.in); /* for the states */
	bool any = false;
	for (unsigned i = 0; i < LIMIT_HELD; i++) {
		unsigned hold = atomic_load(&page->holds[i]);
		if (hold > 0 && ring_work_offered(&stress.work, ring_state_seq(atomic_load(&view.state[hold - 1]))))
			any = true;
		else
			atomic_store(&page->holds[i], 0);
	}
	stress.kept[place] = any;
	if (!any)
		ring_fixture_leave(&stress.in, place);
}

static void bury(unsigned number)
{
	unsigned offered = 0;
	atomic_store(&stress.out.roster->writer[number], 0);
	ring_order_sweep(&stress.order, number, true);
	stress.given_up += ring_work_leave(&stress.work, stress.place[number], ATTEMPTS, &offered);
	keep_offered(stress.place[number]);
}

static void limit(void)
{
	int64_t now_ns = clock_monotonic_ns();
	ring_order_help(&stress.order, &stress.work, 0);
	uint64_t waiting = ring_order_waiting(&stress.order);
	if (waiting == 0 || waiting != stress.waiting) {
		stress.waiting = waiting;
		stress.waiting_since_ns = now_ns;
	} else if (now_ns - stress.waiting_since_ns > REORDER_NS) {
		stress.late += ring_order_pass(&stress.order, waiting);
		ring_order_help(&stress.order, &stress.work, 0);
	}
}

static void look_at_results(void)
{
	struct ring_frame frame;
	while (ring_reader_next(stress.results, 0, &frame) == 0) {
		uint64_t number = (uint64_t)frame.meta.pts_ns;
		const uint64_t *data = (const uint64_t *)frame.data;
		if (number <= stress.last)
			fail("twice, or out of order", number);
		if (frame.missed > 0)
			fail("results missed", frame.missed);
		for (size_t i = 0; i < stress.out.layout.info.slot_bytes / sizeof *data; i++)
			if (data[i] != number * 1000003 + i) {
				fail("torn", number);
				break;
			}
		stress.last = number;
		stress.count++;
		ring_reader_unhold(stress.results, frame.slot);
	}
}

static void disturb(struct member *member)
{
	int64_t now_ns = clock_monotonic_ns();
	if (member->stopped_until_ns && now_ns > member->stopped_until_ns) {
		kill(member->pid, SIGCONT);
		member->stopped_until_ns = 0;
	} else if (!member->stopped_until_ns && random_below(400) == 0) {
		kill(member->pid, SIGSTOP);
		member->stopped_until_ns = now_ns + (int64_t)random_below(80) * NS_PER_MS;
		stress.stops++;
	} else if (random_below(300) == 0) {
		kill(member->pid, SIGKILL);
		stress.kills++;
	}
}

/* Whether a member has ended in order. One that died has a successor. */
static bool has_ended(unsigned number)
{
	int status = 0;
	if (waitpid(stress.member[number].pid, &status, WNOHANG) <= 0)
		return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		fail("a member failed", (uint64_t)WEXITSTATUS(status));
	bury(number);
	if (WIFEXITED(status))
		return true;
	enter(number);
	return false;
}

static void run(int64_t until_ns)
{
	unsigned left = stress.members;
	while (left > 0) {
		bool disturbing = clock_monotonic_ns() < until_ns;
		if (!disturbing)
			atomic_store(&stress.shared->enough, true);
		if (clock_monotonic_ns() > until_ns + PATIENCE_NS) {
			fail("members that never end", left);
			return;
		}
		for (unsigned i = 0; i < stress.members; i++) {
			struct member *member = &stress.member[i];
			if (member->pid == 0)
				continue;
			if (disturbing)
				disturb(member);
			else if (member->stopped_until_ns)
				kill(member->pid, SIGCONT);
			if (has_ended(i)) {
				member->pid = 0;
				left--;
			}
		}
		for (unsigned place = 1; place <= 2 * stress.members; place++)
			if (stress.kept[place])
				keep_offered(place);
		limit();
		look_at_results();
		usleep(500);
	}
}

static void begin(unsigned members)
{
	struct ring_layout in = ring_fixture_layout(members * 2 + 6, 2 * members + 1);
	struct ring_layout out = ring_fixture_layout(ring_pool_slots(members) + 6, 1);
	out.max_writers = members;
	stress.members = members;
	ring_fixture_create(&stress.in, &in);
	ring_fixture_create(&stress.out, &out);
	stress.work = ring_fixture_group(&stress.in, GROUP, FB_LOSSLESS);
	stress.order = ring_fixture_order(&stress.out);
	ring_fixture_place(&stress.out, READER, FB_LOSSLESS, 2);
	stress.results = ring_fixture_reader(&stress.out, READER, 1);
	stress.shared = mmap(NULL, sizeof *stress.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < members; i++)
		enter(i);
	stress.feeder = spawn(NULL, 0);
}

/* What is missing was cancelled, late or given up; of the first and last some were done nevertheless, by who came after
 * a member that died just then. */
static void check_counts(uint64_t fed)
{
	uint64_t missing = fed - stress.count;
	if (missing < stress.late)
		fail("turns that passed, and results that came all the same", stress.late - missing);
	if (missing > stress.late + stress.given_up + atomic_load(&stress.shared->cancelled))
		fail("results missing that nobody counted", missing);
}

int main(int argc, char **argv)
{
	int64_t seconds = argc > 1 ? atoi(argv[1]) : 3;
	unsigned members = argc > 2 ? (unsigned)atoi(argv[2]) : 4;
	if (members < 2 || members > MEMBERS_MAX) {
		fprintf(stderr, "from 2 to %d members\n", MEMBERS_MAX);
		return 2;
	}
	begin(members);
	run(clock_monotonic_ns() + seconds * NS_PER_SECOND);
	int status = 0;
	if (stress.failures > 0)
		kill(stress.feeder, SIGKILL);
	waitpid(stress.feeder, &status, 0);
	if (status != 0)
		fail("the feeder failed", (uint64_t)status);
	uint64_t fed = atomic_load(&stress.in.control->head);
	if (ring_order_pass(&stress.order, RING_SEQ_MAX) > RING_TURNS) /* those that nobody came to */
		fail("turns beyond the table", 0);
	ring_order_help(&stress.order, NULL, 0);
	look_at_results();
	check_counts(fed);
	printf("%" PRIu64 " frames, %" PRIu64 " results, %" PRIu64 " cancelled, %" PRIu64 " late, %" PRIu64
	       " given up; %" PRIu64 " kills, %" PRIu64 " stops; %" PRIu64 " failures\n",
	       fed, stress.count, atomic_load(&stress.shared->cancelled), stress.late, stress.given_up, stress.kills,
	       stress.stops, stress.failures);
	return stress.failures > 0;
}
