/* ledger_tables.h: which members of what are kept for the next core. */
#ifndef FRAMEBROKER_LEDGER_LEDGER_TABLES_H
#define FRAMEBROKER_LEDGER_LEDGER_TABLES_H
#include "ring/layout.h"
#include "json/record.h"
#include <stdint.h>

#define LEDGER_VERSION 1 /* another one is not read */

struct ledger_control { /* the record of the server itself */
	uint32_t version;
	uint32_t last_id, last_client; /* at most */
	int64_t started_utc_ns;
	uint64_t memory_limit;
};

struct ledger_memory { /* the record of a generation's objects, as it is; not JSON */
	uint32_t kind, reserved;
	struct ring_layout layout;
};

extern const struct record_table ledger_control_table, ledger_client_table, ledger_stream_table, ledger_owner_table,
	ledger_generation_table, ledger_place_table, ledger_group_table, ledger_writer_table;

#endif
