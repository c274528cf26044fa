/* arrivals.c: a ring of the newest packets' records. */
#include "source/arrivals.h"

int64_t arrivals_add(struct arrivals *arrivals, int64_t capture_ns, int64_t utc_ns, uint32_t breaks)
{
	int64_t serial = ++arrivals->newest;
	arrivals->ring[serial % ARRIVALS_KEPT] = (struct arrival){serial, capture_ns, utc_ns, breaks};
	return serial;
}

struct arrival arrivals_find(const struct arrivals *arrivals, int64_t serial)
{
	if (serial < 1 || arrivals->ring[serial % ARRIVALS_KEPT].serial != serial)
		serial = arrivals->newest;
	return arrivals->ring[serial % ARRIVALS_KEPT];
}
