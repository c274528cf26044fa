/* plan_build.h: a plan of the configuration file with the run-time entries laid over it. */
#ifndef FRAMEBROKER_CORE_PLAN_BUILD_H
#define FRAMEBROKER_CORE_PLAN_BUILD_H
#include "core/plan.h"

/* Copies of all that is enabled and not removed. Run-time entries win: what of the file has a name of theirs is left
 * out, with a line in notes; so has a sink that cannot run, or reads a stream that nobody declares. For plan_clear().
 */
void plan_build(const struct config *config, const struct runtime *runtime, struct plan *ret_plan,
		struct config_errors *notes);

#endif
