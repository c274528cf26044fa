/* options.h: the command line of framebrokerd. */
#ifndef FRAMEBROKER_KEEPER_OPTIONS_H
#define FRAMEBROKER_KEEPER_OPTIONS_H
#include <stdbool.h>

struct keeper_options {
	const char *config;    /* NULL: none, every key at its default */
	const char *socket;    /* NULL: as the configuration says */
	const char *log_level; /* NULL: as the configuration says */
	bool check;            /* only read the configuration */
	int private_fd;        /* everything ends when its other end is closed; -1: none */
	int ready_fd;          /* gets "ready\n" when clients are served; -1: none */
};

/* Reads argv. Returns -1 to go on, else the exit status: 0 after --help and --version, 2 for what it does not
 * understand. */
int options_read(int argc, char **argv, struct keeper_options *ret_options);

#endif
