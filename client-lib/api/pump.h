/* pump.h: a descriptor that is readable while a frame waits, fed by a small thread. */
#ifndef FRAMEBROKER_API_PUMP_H
#define FRAMEBROKER_API_PUMP_H
#include "api/reader.h"

int pump_start(struct fb_reader *reader, struct pump **ret_pump);
void pump_stop(struct pump *pump); /* NULL is fine; waits for the thread (at most 100 ms) */
int pump_fd(const struct pump *pump);

/* After each read: the descriptor stays readable only if another frame waits. */
void pump_settle(struct pump *pump, struct fb_reader *reader);

#endif
