/* gap.h: what a reader missed between the end of its place at a broker and the first frame of the next one. */
#ifndef FRAMEBROKER_API_GAP_H
#define FRAMEBROKER_API_GAP_H
#include "ring/reader.h"

struct gap {             /* begins as {0} */
	bool opened;     /* there was a place, at the broker of */
	uint64_t broker; /* that number (WELCOME) */
	bool open;       /* there is a new place, but no ring yet; */
	bool same;       /* the broker is the same, so that its numbers go on */
	uint64_t next;   /* the number to go on with; 0: none yet */
	uint64_t left;   /* frames that had been published already, but not given */
};

/* The place is lost, with the ring that was read. */
void gap_lost(struct gap *gap, const struct ring_reader *ring);

/* A place was opened. next: as above. */
void gap_opened(struct gap *gap, uint64_t broker, uint64_t next);

/* The first ring of that place is here. Returns how many frames were missed before the first one that it will give. */
uint64_t gap_close(struct gap *gap, const struct ring_reader *ring);

#endif
