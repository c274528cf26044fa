/* playout.c: frames keep their own times, and are taken before them as far as is allowed. Where the next frame is known
 * to leave a hole, it is filled in time; where none is known, the last one is repeated when its successor is late. */
#include "sink/playout.h"
#include "base/clock.h"
#include <libavutil/mathematics.h>

#define SUDDEN_NS NS_PER_SECOND
#define LONGEST_FILL_NS (10 * NS_PER_SECOND) /* a longer hole that is over already stays one */

int64_t playout_interval(const struct playout *playout)
{
	return av_rescale(NS_PER_SECOND, playout->rate.den, playout->rate.num);
}

void playout_init(struct playout *playout, AVRational rate, bool grid, bool repeat, int64_t ahead_ns, int64_t limit_ns)
{
	*playout = (struct playout){.rate = rate, .grid = grid, .repeat = repeat, .ahead_ns = ahead_ns};
	delay_init(&playout->delay, 2 * playout_interval(playout), limit_ns, SUDDEN_NS);
}

void playout_see(struct playout *playout, int64_t late_ns, int64_t now_ns)
{
	delay_see(&playout->delay, late_ns, now_ns);
}

void playout_shown(struct playout *playout, int64_t time_ns)
{
	if (!playout->begun)
		playout->first_ns = time_ns;
	playout->begun = true;
	playout->last_ns = time_ns;
}

/* The grid begins with the first picture: steady frames lie on it, not halfway between two ticks. */
static int64_t tick_of(const struct playout *playout, int64_t time_ns)
{
	return av_rescale(time_ns - playout->first_ns, playout->rate.num, playout->rate.den * NS_PER_SECOND);
}

static int64_t tick_time(const struct playout *playout, int64_t tick)
{
	return playout->first_ns + av_rescale(tick, playout->rate.den * NS_PER_SECOND, playout->rate.num);
}

/* When the picture after the last one is due. */
static int64_t following(const struct playout *playout)
{
	return playout->grid ? tick_time(playout, tick_of(playout, playout->last_ns) + 1)
			     : playout->last_ns + playout_interval(playout);
}

static struct playout_step wait_for_one(const struct playout *playout, int64_t position_ns)
{
	if (!playout->begun || !playout->repeat)
		return (struct playout_step){PLAYOUT_WAIT, INT64_MAX};
	int64_t next_ns = following(playout), late_ns = next_ns + playout->delay.value_ns;
	if (position_ns >= late_ns)
		return (struct playout_step){PLAYOUT_REPEAT, next_ns};
	return (struct playout_step){PLAYOUT_WAIT, late_ns};
}

static bool leaves_hole(const struct playout *playout, int64_t frame_ns, int64_t position_ns)
{
	if (!playout->repeat || !playout->begun)
		return false;
	int64_t interval_ns = playout_interval(playout);
	if (frame_ns - playout->last_ns < interval_ns + interval_ns / 2)
		return false;
	return position_ns < frame_ns || (playout->grid && frame_ns - playout->last_ns <= LONGEST_FILL_NS);
}

struct playout_step playout_next(const struct playout *playout, const int64_t *frame_ns, int64_t position_ns)
{
	if (!frame_ns)
		return wait_for_one(playout, position_ns);
	bool to_grid = playout->grid && playout->begun;
	int64_t time_ns = to_grid ? tick_time(playout, tick_of(playout, *frame_ns)) : *frame_ns;
	if (playout->begun && time_ns <= playout->last_ns)
		return (struct playout_step){PLAYOUT_DROP, time_ns};
	enum playout_action action = PLAYOUT_TAKE;
	if (leaves_hole(playout, time_ns, position_ns)) {
		action = PLAYOUT_REPEAT;
		time_ns = following(playout);
	}
	if (position_ns < time_ns - playout->ahead_ns)
		return (struct playout_step){PLAYOUT_WAIT, time_ns - playout->ahead_ns};
	return (struct playout_step){action, time_ns};
}
