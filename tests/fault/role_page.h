/* role_page.h: what a role tells of itself, in a file that the injector maps too: it can be read whatever happens to
 * the role, and costs it nothing. Only 64-bit words, in this order (roles.py has the same list). */
#ifndef FAULT_ROLE_PAGE_H
#define FAULT_ROLE_PAGE_H
#include <stdint.h>

struct role_page {
	_Atomic uint64_t frames;        /* that it got, or published */
	_Atomic uint64_t last_ns;       /* CLOCK_MONOTONIC of the last of them */
	_Atomic uint64_t generation;    /* that it came from */
	_Atomic uint64_t generation_ns; /* when its first frame came */
	_Atomic uint64_t missed;        /* as told */
	_Atomic uint64_t torn;          /* a frame's bytes were not those of one frame */
	_Atomic uint64_t disorder;      /* numbers or times that do not fit to the frame before */
	_Atomic uint64_t late_ns;       /* the longest that a call took beyond its time-out */
	_Atomic uint64_t errors;        /* calls that failed, after it was open; standard error has the sentences */
};

struct role_page *role_page_map(const char *path);

int64_t role_now_ns(void);

/* Around every call that may wait: one that a stop fell into is not judged. */
struct role_call {
	int64_t begin_ns;
	unsigned stops;
};
struct role_call role_call_begin(void);
void role_call_end(struct role_page *page, const struct role_call *call, int64_t timeout_ns);

/* From now on stops are noticed. */
void role_watch_stops(void);

#endif
