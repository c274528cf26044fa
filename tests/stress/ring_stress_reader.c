/* ring_stress_reader.c: reads in one of the modes, checks every byte of every frame when it comes and again before it
 * is let go, and that the sequence numbers and the missed frames add up. */
#include "base/clock.h"
#include "stress/ring_stress.h"
#include <errno.h>
#include <unistd.h>

#define HELD 3

struct session {
	struct stress *stress;
	struct ring_reader *reader;
	unsigned number, generation;
	bool lossless;
	uint64_t next;         /* the sequence number after the last frame */
	uint64_t start, given; /* in this generation */
	struct ring_frame held[HELD];
	unsigned held_count;
};

static void check(struct session *session, const struct ring_frame *frame)
{
	if (!ring_fixture_intact(session->reader, frame))
		atomic_fetch_add(&session->stress->torn, 1);
}

static void let_go(struct session *session, unsigned keep)
{
	while (session->held_count > keep) {
		struct ring_frame *oldest = &session->held[0];
		check(session, oldest);
		ring_reader_release(session->reader, oldest);
		for (unsigned i = 1; i < session->held_count; i++)
			session->held[i - 1] = session->held[i];
		session->held_count--;
	}
}

static void expect(struct session *session, bool right)
{
	if (!right)
		atomic_fetch_add(&session->stress->wrong, 1);
}

static void attach(struct session *session, uint64_t next)
{
	const struct ring_fixture *fixture = &session->stress->generations[session->generation];
	session->reader = ring_fixture_reader(fixture, session->number, next);
	session->lossless = ring_place_mode(atomic_load(&fixture->roster->place[session->number])) == FB_LOSSLESS;
	session->next = next ? next : ring_reader_position(session->reader);
	session->start = session->next;
	session->given = 0;
}

static void detach(struct session *session)
{
	let_go(session, 0);
	uint64_t missed = ring_reader_missed(session->reader);
	expect(session, ring_reader_position(session->reader) == session->start + session->given + missed);
	atomic_fetch_add(&session->stress->missed, missed);
	ring_reader_unref(session->reader);
	session->reader = NULL;
}

/* The one case in which a lossless reader misses frames: it was attaching when the writer died, and a frame to come was
 * left undecided. */
static bool undecided(const struct session *session)
{
	const struct ring_map *map = ring_reader_map(session->reader);
	return session->given == 0 && atomic_load(&map->roster->final) != RING_NEVER;
}

static void frame_given(struct session *session, const struct ring_frame *frame)
{
	check(session, frame);
	expect(session, frame->seq == session->next + frame->missed);
	expect(session, !session->lossless || frame->missed == 0 || undecided(session));
	session->next = frame->seq + 1;
	session->given++;
	session->held[session->held_count++] = *frame;
	atomic_fetch_add(&session->stress->reads, 1);
}

/* A look at another moment, which may be gone but is never a wrong one. */
static void look_back(struct session *session)
{
	struct ring_frame frame;
	uint64_t wanted = session->next - 1 - stress_random(8);
	int r = ring_reader_at(session->reader, (int64_t)wanted * 1000, 0, &frame);
	if (r == 0) {
		expect(session, frame.seq == wanted);
		check(session, &frame);
		ring_reader_release(session->reader, &frame);
	} else {
		expect(session, r == -ESTALE || r == -ETIMEDOUT || r == -ENODATA || r == -ENOBUFS || r == -EAGAIN);
	}
}

/* A new place in the running generation, as a reader that reports its being passed over gets: the attach race. */
static void join_again(struct session *session)
{
	struct stress *stress = session->stress;
	detach(session);
	atomic_store(&stress->wants_place[session->number], true);
	while (atomic_load(&stress->wants_place[session->number]))
		usleep(50);
	session->generation = atomic_load(&stress->begun) - 1;
	attach(session, 0);
	atomic_fetch_add(&stress->joined, 1);
}

/* False: there is no next generation. */
static bool move_on(struct session *session)
{
	detach(session);
	while (atomic_load(&session->stress->begun) < session->generation + 2) {
		if (atomic_load(&session->stress->over))
			return false;
		usleep(50);
	}
	session->generation++;
	attach(session, session->next);
	return true;
}

static void dawdle(const struct session *session)
{
	unsigned habit = session->number % 4; /* 0: never, 1: now and then, 2: every time, 3: rarely and long */
	if (habit == 1 && stress_random(50) == 0)
		usleep(stress_random(1000));
	if (habit == 2)
		usleep(stress_random(50));
	if (habit == 3 && stress_random(2000) == 0)
		usleep(stress_random(30000));
}

int stress_reader(struct stress *stress, unsigned number, unsigned generation)
{
	struct session session = {.stress = stress, .number = number, .generation = generation};
	attach(&session, 0);
	for (;;) {
		struct ring_frame frame;
		int r = ring_reader_next(session.reader, clock_deadline(20 * NS_PER_MS), &frame);
		if (r == 0) {
			frame_given(&session, &frame);
			dawdle(&session);
			if (stress_random(16) == 0)
				look_back(&session);
			let_go(&session, stress_random(HELD));
			if (session.lossless && stress_random(300) == 0)
				join_again(&session);
		} else if (r == -EOVERFLOW) {
			expect(&session, session.lossless);
			session.lossless = false;
			atomic_fetch_add(&stress->evicted, 1);
			if (stress_random(2) == 0)
				join_again(&session);
		} else if (r == -ENODATA) {
			if (!move_on(&session))
				return 0;
		} else {
			expect(&session, r == -ETIMEDOUT || r == -EAGAIN);
			let_go(&session, 0); /* all might wait, each with frames held, for a writer without room */
		}
	}
}
