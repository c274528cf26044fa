/* gone.h: clients that are gone. */
#ifndef FRAMEBROKER_STREAMS_GONE_H
#define FRAMEBROKER_STREAMS_GONE_H

/* Frees them, with all that was theirs. For the loop's timer; context: struct control. */
void gone_reap(void *context);

#endif
