/* pace.h: when the next packet of a file may be decoded, so that the file plays at its own speed. */
#ifndef FRAMEBROKER_SOURCE_PACE_H
#define FRAMEBROKER_SOURCE_PACE_H
#include "config/types.h"
#include <stdbool.h>
#include <stdint.h>

struct pace {
	struct config_rate readrate; /* numerator 0: never waits */
	bool begun;
	int64_t start_ns, start_dts_ns;
};

/* The monotonic time at which the packet with this dts is due; not after now_ns: at once. After a delay of more than a
 * second the clock starts anew, instead of the lost time being made up in a rush. */
int64_t pace_due_ns(struct pace *pace, int64_t dts_ns, int64_t now_ns);

#endif
