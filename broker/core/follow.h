/* follow.h: sources, streams and sinks made to follow a plan. */
#ifndef FRAMEBROKER_CORE_FOLLOW_H
#define FRAMEBROKER_CORE_FOLLOW_H
#include "core/plan.h"
#include "core/supervisor.h"

/* What is not in the wanted plan goes, what is new comes, what has changed changes or starts anew, the rest is not
 * touched. before: the plan in force. A failure is that of the last stream that could not be added; everything else is
 * done. */
int follow_plan(struct supervisor *supervisor, const struct plan *before, const struct plan *wanted);

#endif
