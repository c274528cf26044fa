/* state.h: everything the keeper knows, for the files of this folder. */
#ifndef FRAMEBROKER_KEEPER_STATE_H
#define FRAMEBROKER_KEEPER_STATE_H
#include "base/backoff.h"
#include "keeper/options.h"
#include "keeper/protocol.h"
#include "keeper/store.h"
#include "keeper/workers.h"

struct outbox {                      /* begins as {0} */
	struct untold *first, *last; /* for the core, which has not read what went before */
	size_t count;
};

struct keeper {
	const struct keeper_options *options;
	int signals, core_socket, listening, lock, private_fd, ready_fd;
	char path[KEEPER_TEXT]; /* of the listening socket */
	char keys[KEEPER_TEXT]; /* what the last core that was ready told of its keys; the next one compares */
	int config;             /* the configuration in force, as that core wrote it; -1: none yet */
	pid_t core;             /* 0: none */
	bool told;              /* it has all records, and hears who dies */
	struct backoff backoff; /* between cores that do not live long */
	int64_t core_due_ns;    /* when the next one starts */
	int64_t settle_ns;      /* when the one that is ready now has lived so long that it has taken over */
	int64_t orphan_timeout_ns;
	int64_t orphan_ns;         /* when nobody has taken over for so long that all is dropped */
	int64_t kill_ns, leave_ns; /* deadlines once it stops */
	bool served, stopping;     /* served: a core was ready once */
	int status;                /* to exit with */
	struct worker *workers;
	struct store store;
	struct outbox outbox;
	struct keeper_packet packet; /* received last */
};

/* core_process.c: starts a core, if one is due. */
void core_process_start(struct keeper *keeper);

/* It was reaped. What it leaves stays for the next one, which is due now, soon, or never. */
void core_process_died(struct keeper *keeper, int status);

/* The one that is ready has lived for a while. */
void core_process_settled(struct keeper *keeper);

/* Ends all workers and drops all records: clients and workers see their sockets end. */
void keeper_forget(struct keeper *keeper);

/* Ends everything in order. */
void keeper_stop(struct keeper *keeper);

/* core_process.c: ends it at once, if there is one. */
void kill_core(const struct keeper *keeper);

/* serve.c: reads one message of the core and does what it asks. -EAGAIN: there was none; -EPIPE: it is gone. */
int serve_core(struct keeper *keeper);

/* tell.c: tells the core, if there is one; the second at once, as it answers a core that waits for it. */
void tell_core(struct keeper *keeper, const struct keeper_message *message);
void tell_core_blob(struct keeper *keeper, const struct keeper_message *message, const void *blob, size_t blob_size,
		    const int *fds, size_t fd_count);

/* Tells what it has not been told yet, as far as it takes that; or never will. */
void tell_core_rest(struct keeper *keeper);
void tell_core_nothing(struct keeper *keeper);

#endif
