/* upgrade.c: `framebroker upgrade`: the core that is installed now takes over from the one that runs. */
#include "commands.h"
#include "field.h"
#include "report.h"
#include "session.h"
#include <stdio.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static size_t count(const json_t *status, const char *key)
{
	return json_array_size(json_object_get(status, key));
}

static enum exit_status tell(const json_t *before, const json_t *after, double took_ms)
{
	printf("core %s (pid %lld) -> %s (pid %lld) in %.0f ms; %zu sources, %zu sinks, %zu streams and %zu clients go "
	       "on\n",
	       field_text(before, "version"), (long long)json_integer_value(json_object_get(before, "pid")),
	       field_text(after, "version"), (long long)json_integer_value(json_object_get(after, "pid")), took_ms,
	       count(after, "sources"), count(after, "sinks"), count(after, "streams"), count(after, "clients"));
	enum exit_status result = report_written();
	const char *error = field_text(after, "config_error");
	if (!*error || result != EXIT_DONE)
		return result;
	complain("%s; the configuration before it goes on: mend the file, then framebroker reload", error);
	return EXIT_FAILED;
}

static enum exit_status upgrade(fb_broker *broker, const struct options *options)
{
	json_t *before, *after;
	enum exit_status result = session_status(broker, &before);
	if (result != EXIT_DONE)
		return result;
	double began_ms = now_ms();
	int err = fb_upgrade(broker, options->timeout_ns);
	double took_ms = now_ms() - began_ms;
	result = err < 0 ? report_failure(err) : session_status(broker, &after);
	if (result == EXIT_DONE) {
		result = tell(before, after, took_ms);
		json_decref(after);
	}
	json_decref(before);
	return result;
}

enum exit_status command_upgrade(const struct options *options)
{
	fb_broker *broker;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	result = upgrade(broker, options);
	fb_close(&broker);
	return result;
}
