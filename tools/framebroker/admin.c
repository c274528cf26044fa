/* admin.c: `framebroker add`, `rm`, `restart`, `reload` and `kick`: each one call of the library. */
#include "commands.h"
#include "keys.h"
#include "names.h"
#include "report.h"
#include "session.h"
#include <errno.h>
#include <stdlib.h>

enum exit_status command_add(const struct options *options)
{
	fb_broker *broker;
	char *keys;
	enum exit_status result = keys_read(options->arguments + 2, options->count - 2, &keys);
	if (result != EXIT_DONE)
		return result;
	result = session_open(options, &broker);
	if (result == EXIT_DONE) {
		int err = fb_add(broker, options->arguments[0], options->arguments[1], keys);
		if (err < 0)
			result = report_failure(err);
		fb_close(&broker);
	}
	free(keys);
	return result;
}

/* rm and restart: call for what the arguments name */
static enum exit_status act_on(const struct options *options, int (*call)(fb_broker *, const char *, const char *))
{
	const char *kind = options->arguments[0], *name = options->arguments[1];
	fb_broker *broker;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	int err = call(broker, kind, name);
	if (err == -ENOENT)
		result = names_unknown(broker, kind, name);
	else if (err < 0)
		result = report_failure(err);
	fb_close(&broker);
	return result;
}

enum exit_status command_rm(const struct options *options)
{
	return act_on(options, fb_remove);
}

enum exit_status command_restart(const struct options *options)
{
	return act_on(options, fb_restart);
}

enum exit_status command_reload(const struct options *options)
{
	fb_broker *broker;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	int err = fb_reload(broker);
	if (err < 0) {
		report_failure(err);
		result = EXIT_FAILED; /* a missing file is no missing name */
	}
	fb_close(&broker);
	return result;
}

enum exit_status command_kick(const struct options *options)
{
	const char *text = options->arguments[0];
	fb_broker *broker;
	char *end;
	unsigned long client = strtoul(text, &end, 10);
	if (end == text || *end || client == 0 || client > UINT32_MAX) {
		complain("kick %s: give the client's number, as `framebroker status` shows it", text);
		return EXIT_USAGE;
	}
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	int err = fb_kick(broker, (uint32_t)client);
	if (err < 0)
		result = report_failure(err);
	fb_close(&broker);
	return result;
}
