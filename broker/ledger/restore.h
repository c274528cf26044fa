/* restore.h: goes on where another core stopped. */
#ifndef FRAMEBROKER_LEDGER_RESTORE_H
#define FRAMEBROKER_LEDGER_RESTORE_H
#include "clients/state.h"

/* Its clients, which nobody listens to yet, its streams and their writers are here as if nothing had happened. -EPROTO
 * with error text: the records make no sense, and what is here now is to be used for nothing. */
int restore_records(struct control *control, struct control_record *records, size_t count);

/* Tells each client. */
void restore_resume(struct control *control);

/* What clients have not asked for again goes. For the loop's timer, some time later. */
void restore_settle(void *control);

#endif
