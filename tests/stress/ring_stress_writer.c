/* ring_stress_writer.c: publishes frames, by turns as fast as it can and slowly enough for readers to sleep. */
#include "base/clock.h"
#include "stress/ring_stress.h"
#include <errno.h>
#include <unistd.h>

#define ROUND 2048 /* frames between changes of pace */

int stress_writer(struct stress *stress, unsigned generation)
{
	struct ring_writer *writer = ring_fixture_writer(&stress->generations[generation]);
	atomic_store(&stress->begun, generation + 1);
	for (unsigned i = 0; !atomic_load(&stress->writer_leaves); i++) {
		int64_t r = ring_fixture_publish_until(writer, clock_deadline(20 * NS_PER_MS));
		if (r == -EPIPE)
			break;
		if (r < 0)
			atomic_fetch_add(&stress->refused, 1);
		else
			atomic_fetch_add(&stress->published, 1);
		if (i / ROUND % 4 == 3 && i % 8 == 0)
			usleep(stress_random(200));
	}
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	return 0;
}
