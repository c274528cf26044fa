/* options.c: getopt_long over one table, so that options may stand before and after the sub-command. */
#include "options.h"
#include "report.h"
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_MODE = 256, LONG_FRAMES, LONG_RAW, LONG_JSON, LONG_BEFORE, LONG_AFTER };

static const struct option long_options[] = {
	{"socket", required_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"json", no_argument, NULL, LONG_JSON},
	{"mode", required_argument, NULL, LONG_MODE},
	{"frames", required_argument, NULL, LONG_FRAMES},
	{"raw", no_argument, NULL, LONG_RAW},
	{"before", required_argument, NULL, LONG_BEFORE},
	{"after", required_argument, NULL, LONG_AFTER},
	{0},
};

const char *option_name(unsigned set)
{
	if (set & OPTION_JSON)
		return "--json";
	if (set & OPTION_MODE)
		return "--mode";
	if (set & OPTION_FRAMES)
		return "--frames";
	return set & OPTION_RAW ? "--raw" : "--before or --after";
}

/* Seconds, or a number with its unit. */
static bool parse_time(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"min", 60}, {"h", 3600}, {"d", 86400}};

	char *end;
	double number = strtod(text, &end);
	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		double seconds = number * units[i].seconds;
		if (strcmp(end, units[i].name) == 0 && seconds >= 0 && seconds <= 1e9) {
			*ret_ns = (int64_t)llround(seconds * 1e9);
			return true;
		}
	}
	return false;
}

static bool parse_timeout(const char *text, int64_t *ret_ns)
{
	if (strcmp(text, "forever") == 0) {
		*ret_ns = FB_FOREVER;
		return true;
	}
	if (parse_time(text, ret_ns))
		return true;
	complain("--timeout %s: give seconds (2.5) or a duration (500ms 10s 5min 1h), or forever", text);
	return false;
}

static bool parse_span(const char *name, const char *text, int64_t *ret_ns)
{
	if (parse_time(text, ret_ns))
		return true;
	complain("--%s %s: give seconds (2.5) or a duration (500ms 10s 5min 1h)", name, text);
	return false;
}

static bool parse_mode(const char *text, enum fb_mode *ret_mode)
{
	static const char *const names[] = {
		[FB_LATEST] = "latest", [FB_ORDERED] = "ordered", [FB_LOSSLESS] = "lossless"};

	for (int i = FB_LATEST; i <= FB_LOSSLESS; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_mode = i;
			return true;
		}
	complain("--mode %s: give latest, ordered or lossless", text);
	return false;
}

static bool parse_frames(const char *text, uint64_t *ret_frames)
{
	char *end;
	long long number = strtoll(text, &end, 10);
	if (end == text || *end || number < 1) {
		complain("--frames %s: give a whole number, at least 1", text);
		return false;
	}
	*ret_frames = (uint64_t)number;
	return true;
}

static bool take(int letter, struct options *options)
{
	switch (letter) {
	case 's':
		options->socket = optarg;
		return true;
	case 't':
		options->timeout_given = true;
		return parse_timeout(optarg, &options->timeout_ns);
	case 'h':
		options->help = true;
		return true;
	case 'V':
		options->version = true;
		return true;
	case LONG_JSON:
		options->json = true;
		options->given |= OPTION_JSON;
		return true;
	case LONG_MODE:
		options->given |= OPTION_MODE;
		return parse_mode(optarg, &options->mode);
	case LONG_FRAMES:
		options->given |= OPTION_FRAMES;
		return parse_frames(optarg, &options->frames);
	case LONG_RAW:
		options->raw = true;
		options->given |= OPTION_RAW;
		return true;
	case LONG_BEFORE:
		options->given |= OPTION_SPAN;
		return parse_span("before", optarg, &options->before_ns);
	case LONG_AFTER:
		options->given |= OPTION_SPAN;
		return parse_span("after", optarg, &options->after_ns);
	default:
		return false; /* getopt_long has complained */
	}
}

bool options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = {.timeout_ns = INT64_C(10000000000),
				  .mode = FB_ORDERED,
				  .before_ns = INT64_C(5000000000),
				  .after_ns = INT64_C(5000000000)};
	int letter;
	while ((letter = getopt_long(argc, argv, "hs:t:V", long_options, NULL)) != -1)
		if (!take(letter, &options))
			return false;
	options.arguments = argv + optind;
	options.count = argc - optind;
	*ret_options = options;
	return true;
}
