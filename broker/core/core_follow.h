/* core_follow.h: everything as configuration and run-time entries say. */
#ifndef FRAMEBROKER_CORE_CORE_FOLLOW_H
#define FRAMEBROKER_CORE_CORE_FOLLOW_H
#include "core/core.h"

/* Makes everything follow them. A failure is that of a stream that could not be added. */
int core_follow(struct core *core);

#endif
