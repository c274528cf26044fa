/* options.h: the command line, read: the options of all sub-commands share one set of names and one parser. */
#ifndef FRAMEBROKER_CLI_OPTIONS_H
#define FRAMEBROKER_CLI_OPTIONS_H
#include <framebroker.h>
#include <stdbool.h>
#include <stdint.h>

/* What a sub-command takes beyond the options that all have; a set of bits. */
enum option_set { OPTION_JSON = 1, OPTION_MODE = 2, OPTION_FRAMES = 4, OPTION_RAW = 8, OPTION_SPAN = 16 };

struct options {
	const char *socket; /* NULL: the library's choice */
	int64_t timeout_ns; /* of each wait; FB_FOREVER */
	bool timeout_given;
	bool help, version;
	bool json, raw;
	enum fb_mode mode;
	uint64_t frames; /* 0: no limit */
	int64_t before_ns, after_ns;
	unsigned given;   /* which of enum option_set were there */
	char **arguments; /* the command's name first, then what follows; count of them; NULL after the last */
	int count;
};

/* Reorders argv. False after complaining on stderr. */
bool options_parse(int argc, char **argv, struct options *ret_options);

/* "--json" for the lowest bit of set. */
const char *option_name(unsigned set);

#endif
