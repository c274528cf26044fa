/* show.c: `framebroker show NAME`: the source, the stream and the sink of that name. */
#include "commands.h"
#include "field.h"
#include "json_print.h"
#include "names.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include "show_sink.h"
#include "show_source.h"
#include "show_stream.h"
#include <stdbool.h>
#include <stdio.h>

/* Of one name; each may be NULL. */
struct shown {
	json_t *source, *stream, *sink;
};

static enum exit_status show_json(const struct shown *shown)
{
	return json_print(
		json_pack("{s:O?, s:O?, s:O?}", "source", shown->source, "stream", shown->stream, "sink", shown->sink));
}

static void show_one(json_t *entry, void (*show)(const json_t *entry), bool *parted)
{
	if (!entry)
		return;
	if (*parted)
		putchar('\n');
	*parted = true;
	plain_json(entry);
	show(entry);
}

static enum exit_status show_for_people(const struct shown *shown)
{
	bool parted = false;
	show_one(shown->source, show_source, &parted);
	show_one(shown->stream, show_stream, &parted);
	show_one(shown->sink, show_sink, &parted);
	return report_written();
}

enum exit_status command_show(const struct options *options)
{
	const char *name = options->arguments[0];
	json_t *status;
	enum exit_status result = session_read_status(options, &status);
	if (result != EXIT_DONE)
		return result;
	const struct shown shown = {field_named(status, "sources", name), field_named(status, "streams", name),
				    field_named(status, "sinks", name)};
	if (!shown.source && !shown.stream && !shown.sink)
		result = names_unknown_anywhere(status, name);
	else
		result = options->json ? show_json(&shown) : show_for_people(&shown);
	json_decref(status);
	return result;
}
