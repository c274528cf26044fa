/* control_support.h: a socket server in this process. */
#ifndef FRAMEBROKER_TESTS_CONTROL_SUPPORT_H
#define FRAMEBROKER_TESTS_CONTROL_SUPPORT_H
#include "config/broker.h"
#include "config/output.h"
#include "control/control.h"
#include "control/declared.h"

#define SERVER_RECORDS 1200

struct server {
	struct loop *loop;
	struct control *control;
	struct config_broker config; /* may be changed before server_start() */
	char folder[64], path[96];
	struct loop_timer *stop;
	int fds_before;
	bool keeps; /* set before server_start(): there are records for the next one */
	struct control_record records[SERVER_RECORDS]; /* kept for the next core */
	size_t record_count;
	int records_left; /* so many more are kept, then it is as good as dead; -1: all */
	int listening;
	/* what the hooks were told */
	char demand[256];  /* "gate+ gate- " */
	char written[256]; /* "gate gate " */
	unsigned workers_gone;
	unsigned reports;
	enum fb_state reported;
	char report[256];
	int admin_error;
	char admin[256];
};

/* cmocka's setup and teardown; teardown fails where a descriptor was not closed. */
int server_setup(void **state);
int server_teardown(void **state);
void server_start(struct server *server); /* memory: memfd, everything allowed to this user */

/* The server dies, and another one has its records, or those. What its restoring returns; after a failure it has
 * nothing.
 */
int server_replace(struct server *server, struct control_record *records, size_t count);

/* Lets the server work for so long. */
void server_turn(struct server *server, int64_t ns);

void add_stream(struct server *server, const char *name, const char *source, bool live);

/* Defaults with depth and spare 4; for schema_clear(&schema_output, …). */
void make_output(const char *name, struct config_output *ret_output);

int count_fds(void);

#endif
