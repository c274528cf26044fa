/* source_double.h: a broker of the tests' own, in place of the client library: streams are rings on the heap, and every
 * published frame is recorded. It also watches the worker: published slots must keep their bytes until they are claimed
 * anew, and no more slots may be claimed and pinned than the layout asks for. */
#ifndef FRAMEBROKER_TESTS_SOURCE_DOUBLE_H
#define FRAMEBROKER_TESTS_SOURCE_DOUBLE_H
#include "api/worker.h"
#include "source/run.h"
#include "source/source.h"

#define DOUBLE_FRAMES 4000

struct double_frame {
	char stream[32];
	unsigned generation;
	struct fb_stream_info info;
	int64_t pts_ns, duration_ns, capture_ns, utc_ns;
	int64_t dts_ns; /* packets */
	uint32_t flags, samples, track, size, metadata_size;
	char md5[33]; /* of the visible bytes, without padding */
	bool in_place;
};

struct broker_double {
	struct double_frame frame[DOUBLE_FRAMES];
	unsigned frames, generations, ended;
	unsigned rewritten; /* published slots whose bytes changed */
	unsigned overdrawn; /* claims beyond what the layout asked for */
	unsigned left;      /* slots still claimed or pinned when their writer was gone */
	unsigned dropped;
	unsigned stop_after;        /* frames, then the core says stop; 0: never */
	unsigned stop_when_dropped; /* the same after so many that found no slot */
	bool stop_on_error;         /* the same after the first error that was reported */
	bool full;                  /* nobody takes frames: no claim succeeds */
	unsigned busy_every;        /* every so many claims one fails: readers are slow; 0: none */
	unsigned refuse;            /* so many generations are refused first */
	const char *first_wanted;   /* JSON: outputs that the first job wants; NULL: all */
	const char *next_job;       /* given out once, after next_job_after frames */
	unsigned next_job_after;
	enum fb_state states[64]; /* as reported, each change */
	unsigned state_count;
	char report[4096]; /* the last one */
	char error[1024];  /* the last one that was not null */
};

/* One for the process: the worker has one broker. Begins empty. */
struct broker_double *double_begin(void);

/* Runs a worker with these keys until it ends. Returns what source_run() did. */
int double_run(const char *keys, int64_t epoch_ns);

/* Frames of one stream; *ret_frames: pointers to them. */
unsigned double_frames(const char *stream, const struct double_frame **ret_frames, unsigned size);

bool double_had_state(enum fb_state state);

#endif
