/* wait.c: `framebroker wait NAME`: until the stream exists and frames flow, the broker's own start included. */
#include "commands.h"
#include "entry_error.h"
#include "field.h"
#include "names.h"
#include "report.h"
#include "session.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int64_t left_ns(const struct options *options, int64_t begin_ns)
{
	if (options->timeout_ns == FB_FOREVER)
		return FB_FOREVER;
	int64_t left = options->timeout_ns - (now_ns() - begin_ns);
	return left > 0 ? left : 0;
}

/* Its state and what is wrong with its source, or the streams that there are. The caller's to free(). */
static char *why_no_frames(const json_t *status, const char *name)
{
	const json_t *stream = field_named(status, "streams", name);
	if (!stream)
		return names_there(status, "stream");
	const json_t *source = field_named(status, "sources", field_text(stream, "source"));
	char *error = entry_error(source), *text;
	if (asprintf(&text, "it is %s%s%s", field_text(stream, "state"), error ? ": " : "", error ? error : "") < 0)
		abort();
	free(error);
	return text;
}

static enum exit_status timed_out(fb_broker *broker, const struct options *options)
{
	json_t *status;
	enum exit_status result = session_status(broker, &status);
	if (result != EXIT_DONE)
		return result;
	const char *name = options->arguments[0];
	char *why = why_no_frames(status, name);
	complain("stream %s: no frames after %.3g s; %s", name, (double)options->timeout_ns / SECOND_NS, why);
	free(why);
	json_decref(status);
	return EXIT_TIMED_OUT;
}

static enum exit_status print_info(const char *name, const struct fb_stream_info *info)
{
	if (info->media == FB_VIDEO)
		printf("%s: %ux%u %s\n", name, info->width, info->height, info->format);
	else if (info->media == FB_AUDIO)
		printf("%s: %u Hz %u ch %s\n", name, info->sample_rate, info->channels, info->format);
	else
		printf("%s: packets\n", name);
	return report_written();
}

enum exit_status command_wait(const struct options *options)
{
	struct options patient = *options;
	struct fb_stream_info info;
	fb_broker *broker;
	int64_t begin_ns = now_ns();

	patient.timeout_given = true; /* the broker may have to start first */
	enum exit_status result = session_open(&patient, &broker);
	if (result != EXIT_DONE)
		return result;
	int err = fb_wait(broker, options->arguments[0], left_ns(options, begin_ns), &info);
	if (err == 0)
		result = print_info(options->arguments[0], &info);
	else if (err == -ETIMEDOUT)
		result = timed_out(broker, options);
	else
		result = report_failure(err);
	fb_close(&broker);
	return result;
}
