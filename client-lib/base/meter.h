/* meter.h: how fast a count rises, over the last few seconds: steady enough to show, and with a fraction. */
#ifndef FRAMEBROKER_BASE_METER_H
#define FRAMEBROKER_BASE_METER_H
#include <stdint.h>

#define METER_SAMPLES 5 /* one a second: the rate of the last four */

struct meter {
	int64_t at_ns[METER_SAMPLES];
	uint64_t counts[METER_SAMPLES];
	unsigned samples; /* ever taken */
};

/* The count at this time, about a second after the last one. One that is less than before begins anew. */
void meter_sample(struct meter *meter, int64_t now_ns, uint64_t count);

/* A second; 0 before the second sample. */
double meter_rate(const struct meter *meter);

#endif
