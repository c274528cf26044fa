/* rate.c: vfr leaves out what comes before its time; cfr gives every tick of an exact grid, which begins at pts 0, the
 * first frame whose time rounds to it, else the one before: at once, without waiting for a better one. */
#include "source/rate.h"
#include "base/clock.h"
#include <libavutil/common.h>
#include <libavutil/mathematics.h>

#define LONGEST_REPEAT_NS (10 * NS_PER_SECOND) /* a longer hole is a loss, not a still picture */

int64_t rate_tick_ns(const struct rate *rate, int64_t tick)
{
	return av_rescale(tick, rate->rate.denominator * NS_PER_SECOND, rate->rate.numerator);
}

int64_t rate_interval_ns(const struct rate *rate)
{
	return rate->rate.numerator ? rate_tick_ns(rate, 1) : 0;
}

void rate_restart(struct rate *rate)
{
	rate->begun = false;
}

/* A quarter of an interval is forgiven, theirs or ours, whichever is shorter: time stamps of cameras tremble, and
 * rounded ones fall just before their time. */
static struct rate_step leave_out(struct rate *rate, int64_t pts_ns)
{
	int64_t interval_ns = rate_interval_ns(rate);
	int64_t forgiven_ns = FFMAX(0, FFMIN(interval_ns, pts_ns - rate->last_ns)) / 4;
	struct rate_step step = {.pts_ns = pts_ns};
	if (!rate->begun || pts_ns - rate->due_ns > interval_ns || rate->due_ns - pts_ns > 2 * interval_ns)
		rate->due_ns = pts_ns;
	rate->begun = true;
	rate->last_ns = pts_ns;
	if (pts_ns >= rate->due_ns - forgiven_ns) {
		step.take = true;
		rate->due_ns += interval_ns;
	}
	return step;
}

static struct rate_step to_grid(struct rate *rate, int64_t pts_ns)
{
	int64_t tick = av_rescale(pts_ns, rate->rate.numerator, rate->rate.denominator * NS_PER_SECOND);
	struct rate_step step = {.pts_ns = rate_tick_ns(rate, tick)};
	if (rate->begun && tick <= rate->tick)
		return step;
	if (rate->begun && step.pts_ns - rate_tick_ns(rate, rate->tick) <= LONGEST_REPEAT_NS) {
		step.repeat_tick = rate->tick + 1;
		step.repeats = tick - step.repeat_tick;
	}
	step.take = true;
	rate->begun = true;
	rate->tick = tick;
	return step;
}

struct rate_step rate_next(struct rate *rate, int64_t pts_ns)
{
	if (!rate->rate.numerator)
		return (struct rate_step){.take = true, .pts_ns = pts_ns};
	return rate->mode == CONFIG_FPS_CFR ? to_grid(rate, pts_ns) : leave_out(rate, pts_ns);
}
