/* packet_room.c: within the limits of a ring. */
#include "media/packet_room.h"
#include "base/clock.h"
#include "base/limits.h"
#include <math.h>

#define GOP_SECONDS 10.0 /* so long ago may the last key frame be */
#define RESERVE 1.5      /* what a bit rate is exceeded by for a while */
#define LEAST_BYTES (4.0 * 1024 * 1024)
#define LEAST_PACKETS 256.0
#define MOST_PACKETS (LIMIT_PACKETS - LIMIT_SLOTS / 4 - 1.0) /* leaves what `spare` may be */

struct packet_room packet_room(double bits_a_second, double packets_a_second, int64_t preroll_ns)
{
	double seconds = (double)preroll_ns / NS_PER_SECOND + GOP_SECONDS;
	double bytes = fmin(fmax(bits_a_second / 8 * seconds * RESERVE, LEAST_BYTES), LIMIT_RING_BYTES);
	double packets = fmin(fmax(packets_a_second * seconds * RESERVE, LEAST_PACKETS), MOST_PACKETS);
	double reach = fmin(bits_a_second > 0 ? bytes * 8 / bits_a_second : INFINITY,
			    packets_a_second > 0 ? packets / packets_a_second : INFINITY);
	return (struct packet_room){.bytes = (uint64_t)bytes / 64 * 64,
				    .packets = (uint32_t)packets,
				    .reach_ns = reach < 1e9 ? (int64_t)(reach * NS_PER_SECOND) : INT64_MAX};
}
