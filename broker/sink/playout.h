/* playout.h: which picture goes to the encoder, and when: the next frame, the last one again, or none. Times are
 * playing times of the sink's timeline. No clock inside. */
#ifndef FRAMEBROKER_SINK_PLAYOUT_H
#define FRAMEBROKER_SINK_PLAYOUT_H
#include "sink/delay.h"
#include <libavutil/rational.h>

struct playout {
	AVRational rate;    /* of the pictures that go out */
	bool grid;          /* exactly that rate; otherwise frames keep their times */
	bool repeat;        /* no frame in time: the last one again */
	int64_t ahead_ns;   /* so long before its time a frame may be taken */
	struct delay delay; /* how late frames may be */
	bool begun;
	int64_t first_ns, last_ns; /* the pictures that went out first and last */
};

enum playout_action { PLAYOUT_WAIT, PLAYOUT_TAKE, PLAYOUT_REPEAT, PLAYOUT_DROP };

struct playout_step {
	enum playout_action action;
	int64_t time_ns; /* TAKE, REPEAT: of the picture; WAIT: the position at which to ask again, INT64_MAX: none */
};

void playout_init(struct playout *playout, AVRational rate, bool grid, bool repeat, int64_t ahead_ns, int64_t limit_ns);

int64_t playout_interval(const struct playout *playout);

/* A frame came, so much after its time. */
void playout_see(struct playout *playout, int64_t late_ns, int64_t now_ns);

/* What to do now. frame_ns: the time of the next frame that is there; NULL: none is. DROP: it comes too late, or one
 * too many for the rate; it may still be the picture that is repeated. */
struct playout_step playout_next(const struct playout *playout, const int64_t *frame_ns, int64_t position_ns);

/* A picture went out. */
void playout_shown(struct playout *playout, int64_t time_ns);

#endif
