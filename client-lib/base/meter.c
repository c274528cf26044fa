/* meter.c: the last few samples, the oldest overwritten. */
#include "base/meter.h"

void meter_sample(struct meter *meter, int64_t now_ns, uint64_t count)
{
	if (meter->samples > 0 && count < meter->counts[(meter->samples - 1) % METER_SAMPLES])
		meter->samples = 0;
	meter->at_ns[meter->samples % METER_SAMPLES] = now_ns;
	meter->counts[meter->samples % METER_SAMPLES] = count;
	meter->samples++;
}

double meter_rate(const struct meter *meter)
{
	if (meter->samples < 2)
		return 0;
	unsigned last = (meter->samples - 1) % METER_SAMPLES;
	unsigned first = meter->samples > METER_SAMPLES ? meter->samples % METER_SAMPLES : 0;
	int64_t span_ns = meter->at_ns[last] - meter->at_ns[first];
	return span_ns > 0 ? (double)(meter->counts[last] - meter->counts[first]) * 1e9 / (double)span_ns : 0;
}
