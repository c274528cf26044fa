/* interrupt.h: ends the calls of a thread whose program wants to do something else. */
#ifndef FRAMEBROKER_API_INTERRUPT_H
#define FRAMEBROKER_API_INTERRUPT_H
#include <stdint.h>

/* Until when to wait, at most to the deadline, before interrupt_ask(). */
int64_t interrupt_slice(int64_t deadline_ns);

/* Asks this thread's program, which may take its time and other locks than ours. -EINTR: it wants its thread back. */
int interrupt_ask(void);

#endif
