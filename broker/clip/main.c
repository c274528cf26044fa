/* main.c: framebroker-clip SOCKET STREAM FILE BEFORE_NS AFTER_NS [json]: what `framebroker clip` runs, in the caller's
 * place and with the caller's rights. Says on stdout what the clip is; the exit status is that of `framebroker`. */
#include "base/clock.h"
#include "base/error.h"
#include "clip/clip.h"
#include <errno.h>
#include <jansson.h>
#include <libavutil/log.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_NS (2 * NS_PER_SECOND)

enum { DONE = 0, FAILED = 1, USAGE = 2, NO_NAME = 3, TIMED_OUT = 4 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int fail(int err, const char *text)
{
	fprintf(stderr, "framebroker: %s\n", text);
	return err == -ENOENT ? NO_NAME : err == -ETIMEDOUT ? TIMED_OUT : FAILED;
}

static void tell(const char *path, const struct clip_result *result, bool json)
{
	if (json) {
		json_t *root = json_pack("{s:s, s:I, s:I, s:b, s:s}", "path", path, "begin_utc_ns",
					 (json_int_t)result->begin_utc_ns, "end_utc_ns", (json_int_t)result->end_utc_ns,
					 "complete", result->complete, "note", result->note);
		json_dumpf(root, stdout, JSON_COMPACT);
		json_decref(root);
		putchar('\n');
		return;
	}
	printf("%s: %.1f s\n", path, (double)(result->end_utc_ns - result->begin_utc_ns) / 1e9);
	if (result->note[0])
		fprintf(stderr, "framebroker: %s: %s\n", path, result->note);
}

int main(int argc, char **argv)
{
	int64_t now_ns = clock_monotonic_ns();
	if (argc < 6 || argc > 7) {
		fprintf(stderr, "usage: framebroker-clip SOCKET STREAM FILE BEFORE_NS AFTER_NS [json] (run by "
				"`framebroker clip`)\n");
		return USAGE;
	}
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	av_log_set_level(AV_LOG_FATAL);
	struct clip_request request = {.stream = argv[2],
				       .path = argv[3],
				       .now_ns = now_ns,
				       .before_ns = strtoll(argv[4], NULL, 10),
				       .after_ns = strtoll(argv[5], NULL, 10),
				       .stop = &stop};
	struct clip_result result;
	fb_broker *broker = NULL;
	int r = fb_connect(argv[1], CONNECT_NS, &broker);
	if (r < 0)
		return fail(r, fb_error_text());
	r = clip_take(broker, &request, &result);
	fb_close(&broker);
	if (r < 0)
		return fail(r, error_text());
	tell(request.path, &result, argc == 7);
	return fflush(stdout) == 0 ? DONE : FAILED;
}
