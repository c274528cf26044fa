/* interrupt.c: the question whether a call should end, which each thread may set. */
#include "api/interrupt.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <framebroker.h>
#include <stddef.h>

#define SLICE_NS (50 * NS_PER_MS)

static _Thread_local int (*question)(void);

void fb_interrupt(int (*interrupted)(void))
{
	question = interrupted;
}

int64_t interrupt_slice(int64_t deadline_ns)
{
	int64_t slice = question ? clock_deadline(SLICE_NS) : DEADLINE_NEVER;
	return slice < deadline_ns ? slice : deadline_ns;
}

int interrupt_ask(void)
{
	return question && question() ? error_set(EINTR, "the call was interrupted") : 0;
}
