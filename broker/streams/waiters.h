/* waiters.h: the answer to those who wait until frames flow. */
#ifndef FRAMEBROKER_STREAMS_WAITERS_H
#define FRAMEBROKER_STREAMS_WAITERS_H
#include "clients/client.h"

/* Answers those whose stream has a frame. Does not settle: whoever got an answer is demand until the next look. */
void waiters_answer(struct control *control);

#endif
