/* delay.c: a step up at once, since waiting any longer would only make things later; down by 2 % of the time, which
 * nobody notices. */
#include "sink/delay.h"
#include "base/clock.h"

#define LASTING_NS NS_PER_SECOND
#define SPARE_NS (250 * NS_PER_MS) /* so much more than was needed is no reason to change anything */
#define SHRINK_DIVISOR 50

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void delay_init(struct delay *delay, int64_t least_ns, int64_t limit_ns, int64_t sudden_ns)
{
	*delay = (struct delay){.value_ns = least_ns,
				.least_ns = least_ns,
				.limit_ns = larger(least_ns, limit_ns),
				.sudden_ns = sudden_ns,
				.most_ns = INT64_MIN,
				.most_before_ns = INT64_MIN};
}

static void shrink(struct delay *delay, int64_t passed_ns)
{
	int64_t needed_ns = larger(larger(delay->most_ns, delay->most_before_ns), delay->least_ns);
	if (delay->whole && delay->value_ns > needed_ns && delay->value_ns - needed_ns > SPARE_NS)
		delay->value_ns -= smaller(passed_ns, NS_PER_SECOND) / SHRINK_DIVISOR;
}

static void turn_window(struct delay *delay, int64_t now_ns)
{
	if (delay->window_ns == 0)
		delay->window_ns = now_ns;
	if (now_ns - delay->window_ns < DELAY_WINDOW_NS)
		return;
	delay->window_ns = now_ns;
	delay->most_before_ns = delay->most_ns;
	delay->most_ns = INT64_MIN;
	delay->whole = true;
}

static void grow(struct delay *delay, int64_t late_ns, int64_t now_ns)
{
	if (late_ns <= delay->sudden_ns) {
		delay->value_ns = smaller(late_ns, delay->limit_ns);
		return;
	}
	delay->lasting_ns = delay->lasting ? smaller(delay->lasting_ns, late_ns) : late_ns;
	if (!delay->lasting)
		delay->lasting_since_ns = now_ns;
	delay->lasting = true;
	if (now_ns - delay->lasting_since_ns < LASTING_NS)
		return;
	delay->value_ns = smaller(delay->lasting_ns, delay->limit_ns);
	delay->lasting = false;
}

void delay_see(struct delay *delay, int64_t late_ns, int64_t now_ns)
{
	turn_window(delay, now_ns);
	delay->most_ns = larger(delay->most_ns, late_ns);
	if (late_ns > delay->value_ns) {
		grow(delay, late_ns, now_ns);
	} else {
		delay->lasting = false;
		shrink(delay, now_ns - delay->seen_ns);
	}
	delay->seen_ns = now_ns;
}
