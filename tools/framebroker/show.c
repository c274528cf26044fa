/* show.c: `framebroker show NAME`: the source and the stream of that name. */
#include "commands.h"
#include "field.h"
#include "json_print.h"
#include "names.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include "show_source.h"
#include "show_stream.h"
#include <stdio.h>

static enum exit_status show_json(json_t *source, json_t *stream)
{
	return json_print(json_pack("{s:O?, s:O?}", "source", source, "stream", stream));
}

static enum exit_status show_for_people(json_t *source, json_t *stream)
{
	if (source) {
		plain_json(source);
		show_source(source);
	}
	if (source && stream)
		putchar('\n');
	if (stream) {
		plain_json(stream);
		show_stream(stream);
	}
	return report_written();
}

enum exit_status command_show(const struct options *options)
{
	const char *name = options->arguments[0];
	json_t *status;
	enum exit_status result = session_read_status(options, &status);
	if (result != EXIT_DONE)
		return result;
	json_t *source = field_named(status, "sources", name), *stream = field_named(status, "streams", name);
	if (!source && !stream)
		result = names_unknown_in(status, "stream", name);
	else
		result = options->json ? show_json(source, stream) : show_for_people(source, stream);
	json_decref(status);
	return result;
}
