/* output.h: the writing end of one output: its generation, its slots, and who waits for whom. */
#ifndef FRAMEBROKER_SOURCE_OUTPUT_H
#define FRAMEBROKER_SOURCE_OUTPUT_H
#include "api/worker.h"
#include "config/output.h"
#include "media/watch.h"
#include "source/moment.h"
#include "source/report.h"

/* What all outputs of a worker use. */
struct output_host {
	fb_broker *broker;
	struct watch *watch;
	struct report *report;
	uint32_t breaks; /* discontinuities that outputs created now need not tell */
};

struct output {
	const struct config_output *config;
	struct output_host host;
	bool main_media; /* its frames are what makes the source live */
	bool live;       /* the source is: frames without a slot are dropped */
	fb_writer *writer;
	struct fb_worker_layout layout; /* of the writer */
	int64_t retry_ns;               /* no new generation is asked for before this time */
	bool has_problem;
	bool published; /* anything, ever: last_pts_ns is set */
	int64_t last_pts_ns;
	uint32_t breaks; /* of the last frame */
};

void output_init(struct output *output, const struct config_output *config, const struct output_host *host);

/* Ends the stream where end is set, and closes the writer. */
void output_finish(struct output *output, bool end);

/* Whether frames of this layout can be written as things are. */
bool output_fits(const struct output *output, const struct fb_worker_layout *layout);

/* Begins a new generation. A live source gets -EAGAIN at once where it cannot be had, and asks again a second later; a
 * file waits, until -ECANCELED: the worker is to stop. */
int output_open(struct output *output, const struct fb_worker_layout *layout);

/* A slot to fill. -EAGAIN: a live source has none, the frame is dropped and counted; -ECANCELED: the worker is to stop;
 * -EPIPE: the generation is over, the next one is to be opened. */
int output_claim(struct output *output, struct fb_slot *ret_slot);

/* What to do where the writer gave no room, with its error: 0: try again; else as output_claim(). */
int output_refused(struct output *output, int error);

/* Writes time and flags into a slot that is about to be published; pts only ever rises. */
void output_stamp(struct output *output, const struct moment *moment, struct fb_slot *slot);

/* Publishes a filled and stamped slot. Errors are the next claim's to tell. */
void output_publish(struct output *output, struct fb_slot *slot);

/* The same after a slot was published elsewhere: counts, and remembers its time. r: what publishing returned. */
void output_published(struct output *output, int64_t pts_ns, int r);

/* Something is wrong with this output alone, or no longer wrong (text NULL). */
void output_problem(struct output *output, const char *text, const char *mend);

#endif
