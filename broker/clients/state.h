/* state.h: everything the socket server knows, for this folder and those above it. */
#ifndef FRAMEBROKER_CLIENTS_STATE_H
#define FRAMEBROKER_CLIENTS_STATE_H
#include "clients/access.h"
#include "clients/changes.h"
#include "clients/hooks.h"
#include "clients/pace.h"
#include "config/broker.h"
#include "loop/loop.h"
#include "registry/registry.h"

struct client;

struct control {
	struct loop *loop;
	struct control_hooks hooks;
	struct registry registry;
	struct access_rules access;
	struct client *clients;
	uint32_t last_client;
	unsigned client_count; /* without workers, and without those who are only told that they are refused: */
	unsigned refused_count;
	unsigned max_clients;
	struct config_limits limits;
	struct pace pace;            /* of its users' messages */
	const struct client *asking; /* whose administration the core does now; NULL: nobody's */
	int listening;               /* -1: none */
	char *path;                  /* of the listening socket, for the status */
	int64_t started_utc_ns;
	enum config_memory memory_mode;
	uint64_t memory_limit, memory_used; /* bytes */
	bool auto_memory_limit;
	struct loop_timer *reap;  /* frees clients that are gone, outside of their own calls */
	struct loop_timer *flush; /* sends again what waits for a client to take descriptors */
	int64_t flush_delay_ns;
	struct loop_timer *poll;               /* looks for first frames while somebody waits for them */
	struct loop_timer *tick;               /* once a second */
	struct loop_timer *settle;             /* after another core's clients had time to ask again */
	struct changes changes;                /* since they were kept for the next core */
	uint32_t kept_ids, kept_clients;       /* numbers beyond these have never been given away */
	void (*keep)(struct control *control); /* them: before any message leaves */
	struct loop_timer *look;               /* at pools and groups */
	bool looking;                          /* it is set */
	struct loop_timer *accept;             /* after the process ran out of descriptors */
	bool accept_told;                      /* in the log, since it last could */
	int64_t log_tokens_ns, log_skipped;    /* lines about clients: see client_log() */
};

#endif
