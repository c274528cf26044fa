/* ls.c: `framebroker ls`: the streams, and for people the sinks. */
#include "commands.h"
#include "json_print.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include "sink_table.h"
#include "stream_table.h"
#include <stdio.h>

enum exit_status command_ls(const struct options *options)
{
	json_t *status;
	enum exit_status result = session_read_status(options, &status);
	if (result != EXIT_DONE)
		return result;
	if (options->json) {
		result = json_print(json_incref(json_object_get(status, "streams")));
	} else {
		plain_json(status);
		stream_table_print(json_object_get(status, "streams"));
		const json_t *sinks = json_object_get(status, "sinks");
		if (json_array_size(sinks)) {
			putchar('\n');
			sink_table_print(sinks);
		}
		result = report_written();
	}
	json_decref(status);
	return result;
}
