/* arrivals.h: when the packet of each frame came. A decoder gives frames later and in another order; the serial number
 * that travels with a packet as reordered_opaque leads back to its record. */
#ifndef FRAMEBROKER_SOURCE_ARRIVALS_H
#define FRAMEBROKER_SOURCE_ARRIVALS_H
#include <stdint.h>

#define ARRIVALS_KEPT 256 /* more than any decoder or filter holds back */

struct arrival {
	int64_t serial;
	int64_t capture_ns; /* CLOCK_MONOTONIC */
	int64_t utc_ns;
	uint32_t breaks; /* discontinuities of the source so far */
};

struct arrivals {
	int64_t newest;
	struct arrival ring[ARRIVALS_KEPT];
};

/* Remembers a packet; returns its serial number, from 1. */
int64_t arrivals_add(struct arrivals *arrivals, int64_t capture_ns, int64_t utc_ns, uint32_t breaks);

/* The record of a serial number; the newest one where it is unknown or forgotten. */
struct arrival arrivals_find(const struct arrivals *arrivals, int64_t serial);

#endif
