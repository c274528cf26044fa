/* pace.c: a file's own clock against ours. */
#include "source/pace.h"
#include "base/clock.h"
#include <libavutil/mathematics.h>

#define LONGEST_RUSH_NS NS_PER_SECOND

int64_t pace_due_ns(struct pace *pace, int64_t dts_ns, int64_t now_ns)
{
	if (!pace->readrate.numerator)
		return now_ns;
	int64_t due_ns = pace->start_ns +
			 av_rescale(dts_ns - pace->start_dts_ns, pace->readrate.denominator, pace->readrate.numerator);
	if (pace->begun && now_ns - due_ns <= LONGEST_RUSH_NS)
		return due_ns;
	pace->begun = true;
	pace->start_ns = now_ns;
	pace->start_dts_ns = dts_ns;
	return now_ns;
}
