/* options.h: the command line of framebroker-core, as the keeper writes it. */
#ifndef FRAMEBROKER_CORE_OPTIONS_H
#define FRAMEBROKER_CORE_OPTIONS_H
#include <stdbool.h>

struct core_options {
	const char *config;    /* NULL: none, every key at its default */
	const char *socket;    /* NULL: as the configuration says */
	const char *log_level; /* NULL: as the configuration says */
	const char *last_keys; /* of broker:, as the core before this one told them; NULL: this is the first */
	int last_config;       /* a file with the configuration that it had; -1: none */
	const char *check;     /* NULL, or a file that is only read */
	int keeper;            /* its socket; -1 with check */
};

/* False where the command line is not understood; that was said. */
bool core_options_read(int argc, char **argv, struct core_options *ret_options);

#endif
