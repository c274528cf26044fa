/* events.c: `framebroker events`: what happens from now on, one line each, until Ctrl-C. */
#include "commands.h"
#include "field.h"
#include "human.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include "terminal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void print_event(const char *text)
{
	json_t *event = json_loads(text, 0, NULL), *detail = json_object_get(event, "detail");
	const char *word;
	char time[HUMAN_SIZE], *more = NULL;
	plain_json(event);
	word = field_text(event, "event");
	if (json_object_size(detail))
		more = json_dumps(detail, JSON_COMPACT);
	printf("%s  %s%-11s%s %s %s%s%s\n", human_time(field_integer(event, "utc_ns"), time), terminal_colour(word),
	       word, terminal_plain(), field_text(event, "kind"), field_text(event, "name"), more ? "  " : "",
	       more ? more : "");
	free(more);
	json_decref(event);
}

static enum exit_status follow(const struct options *options, fb_events *events)
{
	int64_t timeout_ns = options->timeout_given ? options->timeout_ns : FB_FOREVER;
	char *text;
	int err;
	while ((err = fb_events_next(events, timeout_ns, &text)) == 0) {
		if (options->json)
			puts(text);
		else
			print_event(text);
		free(text);
		if (report_written() != EXIT_DONE)
			return EXIT_FAILED;
	}
	if (err == -ETIMEDOUT) {
		complain("events: none within the timeout");
		return EXIT_TIMED_OUT;
	}
	return report_failure(err);
}

enum exit_status command_events(const struct options *options)
{
	fb_broker *broker;
	fb_events *events;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	int err = fb_events_open(broker, &events);
	if (err == 0) {
		result = follow(options, events);
		fb_events_close(&events);
	} else {
		result = report_failure(err);
	}
	fb_close(&broker);
	return result;
}
