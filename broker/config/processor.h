/* processor.h: one entry of `processors:`, a program that the broker starts, watches and restarts. */
#ifndef FRAMEBROKER_CONFIG_PROCESSOR_H
#define FRAMEBROKER_CONFIG_PROCESSOR_H
#include "config/types.h"
#include <stdbool.h>
#include <stdint.h>

enum config_mode { CONFIG_LATEST, CONFIG_ORDERED, CONFIG_LOSSLESS };

struct config_processor {
	char *name;
	bool enabled;
	struct config_list command; /* the program and its arguments; no shell */
	char *directory;            /* "" = the broker's own */
	struct config_dictionary environment;
	struct config_list reads, writes; /* stream names */
	enum config_mode mode;
	int instances, max_attempts;
	int64_t watchdog_ns; /* 0 = never */
	int64_t restart_delay_ns, restart_delay_max_ns;
	bool on_demand;
	int64_t linger_ns;
};

#endif
