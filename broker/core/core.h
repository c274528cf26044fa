/* core.h: all that framebroker-core has: configuration, control and supervision. */
#ifndef FRAMEBROKER_CORE_CORE_H
#define FRAMEBROKER_CORE_CORE_H
#include "core/keeper_link.h"
#include "core/options.h"
#include "core/plan.h"
#include "core/records.h"
#include "core/supervisor.h"
#include <stdbool.h>

struct core {
	const struct core_options *options;
	struct loop *loop;
	struct keeper_link *keeper;
	struct control *control;
	struct config *config;            /* as last read without errors */
	struct config_errors file_errors; /* of the file as last read */
	struct runtime runtime;
	bool runtime_changed; /* since it was kept for the next core */
	char *broker_text;    /* the broker section in force: it is read only at the start */
	char broker_hash[17]; /* of that text: it tells the core after this one whether something has changed */
	char *runtime_file;
	struct plan plan;           /* in force */
	struct config_errors notes; /* on it; each is logged when it comes */
	struct supervisor supervisor;
	struct records records; /* until clients are served */
	struct loop_timer *stop_timer;
	int listening; /* until clients are served; -1 */
	char path[KEEPER_TEXT];
	bool serving, reload_due; /* due: once it serves */
	int status;               /* to exit with */
};

#endif
