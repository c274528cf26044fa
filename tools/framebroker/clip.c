/* clip.c: `framebroker clip NAME FILE`: finds the packets that NAME keeps, and runs framebroker-clip in its own place:
 * what needs FFmpeg is a program of its own. */
#include "commands.h"
#include "field.h"
#include "report.h"
#include "session.h"
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "framebroker-clip"
#define PATH_SIZE 4096

static bool is_packet_stream(const json_t *status, const char *name)
{
	const json_t *stream = field_named(status, "streams", name);
	return stream && strcmp(field_text(stream, "media"), "packet") == 0;
}

/* The packet stream among a source's outputs; NULL: none. */
static const char *output_of(const json_t *status, const json_t *source)
{
	size_t i;
	json_t *output;
	json_array_foreach (json_object_get(source, "outputs"), i, output)
		if (json_is_string(output) && is_packet_stream(status, json_string_value(output)))
			return json_string_value(output);
	return NULL;
}

/* The stream that has the packets of a source, of a sink, or of that name itself. */
static enum exit_status find_packets(const json_t *status, const char *name, char *ret_stream, size_t size)
{
	const json_t *source = field_named(status, "sources", name);
	const char *output = source ? output_of(status, source) : NULL;
	snprintf(ret_stream, size, "%s", output ? output : name);
	if (is_packet_stream(status, ret_stream))
		return EXIT_DONE;
	snprintf(ret_stream, size, "%s/packets", name);
	if (is_packet_stream(status, ret_stream))
		return EXIT_DONE;
	bool known = source || field_named(status, "sinks", name) || field_named(status, "streams", name);
	if (known)
		complain("%s keeps no packets to make a clip of: set `preroll: 30s` on the source or sink", name);
	else
		complain("there is no source or sink %s: `framebroker status` shows those there are", name);
	return known ? EXIT_FAILED : EXIT_NO_NAME;
}

static bool is_program(const char *folder, char path[PATH_SIZE])
{
	return snprintf(path, PATH_SIZE, "%s/" PROGRAM, folder) < PATH_SIZE && access(path, X_OK) == 0;
}

/* As framebrokerd finds its workers. */
static bool find_program(char path[PATH_SIZE])
{
	char own[PATH_SIZE];
	const char *named = getenv("FRAMEBROKER_LIBEXEC");
	ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
	if (size > 0)
		own[size] = '\0';
	return (named && is_program(named, path)) || (size > 0 && is_program(dirname(own), path)) ||
	       is_program(FRAMEBROKER_LIBEXECDIR, path);
}

static enum exit_status run(const struct options *options, const char *address, const char *stream)
{
	char path[PATH_SIZE], before[32], after[32];
	if (!find_program(path)) {
		complain(PROGRAM " is neither beside framebroker nor in " FRAMEBROKER_LIBEXECDIR
				 ": install it, or set FRAMEBROKER_LIBEXEC to its folder");
		return EXIT_FAILED;
	}
	snprintf(before, sizeof before, "%" PRId64, options->before_ns);
	snprintf(after, sizeof after, "%" PRId64, options->after_ns);
	execl(path, PROGRAM, address, stream, options->arguments[1], before, after, options->json ? "json" : NULL,
	      (char *)NULL);
	complain("%s: %s", path, strerror(errno));
	return EXIT_FAILED;
}

enum exit_status command_clip(const struct options *options)
{
	char stream[128];
	fb_broker *broker;
	json_t *status;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	result = session_status(broker, &status);
	if (result == EXIT_DONE) {
		result = find_packets(status, options->arguments[0], stream, sizeof stream);
		json_decref(status);
	}
	char *address = strdup(fb_address(broker));
	fb_close(&broker);
	if (result == EXIT_DONE)
		result = run(options, address ? address : "", stream);
	free(address);
	return result;
}
