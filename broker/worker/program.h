/* program.h: the worker programs are called PROGRAM NAME FD by the keeper, with the socket to the core as FD;
 * everything else, secrets too, comes over that. `PROGRAM --check` reads what a configuration asks for, and says what
 * is wrong. */
#ifndef FRAMEBROKER_WORKER_PROGRAM_H
#define FRAMEBROKER_WORKER_PROGRAM_H
#include <framebroker.h>
#include <stdio.h>

struct worker_program {
	const char *kind; /* source, sink */

	/* Does the job, whose text comes from the core, until it is done or the core asks to stop. topic: for the log,
	 * lives as long as the process. 0, or a negative errno with error_text(). */
	int (*run)(fb_broker *broker, const char *job, const char *topic);

	/* The number of faults in the entries that it reads. */
	unsigned (*check)(FILE *entries);
};

/* The program's main(). */
int worker_main(const struct worker_program *program, int argc, char **argv);

#endif
