/* delay.h: how much later than by its time stamp something is shown, so that what comes late at times is still in time.
 * Grows to the lateness that is seen, and shrinks slowly when it has not been needed for a while. No clock inside. */
#ifndef FRAMEBROKER_SINK_DELAY_H
#define FRAMEBROKER_SINK_DELAY_H
#include <stdbool.h>
#include <stdint.h>

#define DELAY_WINDOW_NS (5 * INT64_C(1000000000))

struct delay {
	int64_t value_ns;           /* what is in force */
	int64_t least_ns, limit_ns; /* its bounds */
	int64_t sudden_ns;          /* more lateness than this is a stall, unless it lasts */
	int64_t seen_ns;            /* when delay_see() was called last */
	int64_t lasting_since_ns,
		lasting_ns; /* a stall's: since when nothing was in time, and the least lateness since */
	bool lasting;
	int64_t window_ns, most_ns, most_before_ns; /* the most lateness in this window, and in the one before */
	bool whole;                                 /* there was one before */
};

void delay_init(struct delay *delay, int64_t least_ns, int64_t limit_ns, int64_t sudden_ns);

/* Something came at now_ns, so much after its time; negative: before it. */
void delay_see(struct delay *delay, int64_t late_ns, int64_t now_ns);

#endif
