/* schema_rows.h: what the files that hold rows share. */
#ifndef FRAMEBROKER_CONFIG_SCHEMA_ROWS_H
#define FRAMEBROKER_CONFIG_SCHEMA_ROWS_H
#include "base/clock.h"
#include "config/schema.h"

#define HOUR (3600 * NS_PER_SECOND)
#define DAY (24 * HOUR)
#define YEAR (366 * DAY)
#define SOCKET_PATH_BYTES 107 /* sun_path without its 0 */

#define SCHEMA_ENTRY_TABLE(table_rows, type, name, prototype_offset, check_function)                                   \
	{                                                                                                              \
		table_rows, sizeof(table_rows) / sizeof *(table_rows), sizeof(type), name, prototype_offset,           \
			check_function                                                                                 \
	}
#define SCHEMA_TABLE(table_rows, type) SCHEMA_ENTRY_TABLE(table_rows, type, SCHEMA_NO_NAME, SCHEMA_NO_PROTOTYPE, NULL)
#define PROTOTYPE(member) offsetof(struct config_defaults, member)

extern const char *const schema_sandboxes[];
extern const struct schema_table schema_sink, schema_sink_video, schema_sink_audio, schema_processor;

#endif
