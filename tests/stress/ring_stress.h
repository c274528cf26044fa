/* ring_stress.h: what the stress test's processes share: counters, and the generations that follow each other. */
#ifndef TESTS_STRESS_RING_STRESS_H
#define TESTS_STRESS_RING_STRESS_H
#include "support/ring_fixture.h"

#define GENERATIONS_MAX 50

struct stress {
	struct ring_fixture generations[GENERATIONS_MAX]; /* made before the first fork, begun one after the other */
	_Atomic unsigned begun;                           /* generations that readers may map */
	_Atomic bool writer_leaves;                       /* it finishes its generation */
	_Atomic bool over;                                /* no generation follows */
	_Atomic uint64_t published, refused;
	_Atomic uint64_t reads, missed, torn, wrong, evicted, joined;
	_Atomic bool wants_place[LIMIT_READERS]; /* a lossless reader asks for a place of its own again */
};

/* Processes: they run to the end of the test and return their exit status. */
int stress_writer(struct stress *stress, unsigned generation);
int stress_reader(struct stress *stress, unsigned number, unsigned generation);

/* A number below `below`; each process has its own sequence. */
unsigned stress_random(unsigned below);

#endif
