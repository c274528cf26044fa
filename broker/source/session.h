/* session.h: one connection, or one pass through a file: from opening to the end. */
#ifndef FRAMEBROKER_SOURCE_SESSION_H
#define FRAMEBROKER_SOURCE_SESSION_H
#include "source/source.h"

enum session_begin {
	SESSION_FIRST, /* pts 0 */
	SESSION_LOOP,  /* the next pass of a file: pts goes on where the last one ended */
	SESSION_AGAIN, /* after a loss: pts is what the clock says */
};

enum session_end {
	SESSION_DONE, /* the file is at its end; with an error: it is damaged there */
	SESSION_LOST, /* to be opened again, see the error */
};

/* Opens the source, decodes until it ends, closes it. passes_left: how often a file is to be repeated, -1: for ever; a
 * still image does so here. When the worker is to stop it returns at once, with either value. */
enum session_end session_run(struct source *source, enum session_begin begin, int *passes_left,
			     struct media_error *ret_error);

#endif
