/* main.c: framebroker-sink NAME FD: the worker program of one sink. Started by the keeper, with the socket to the
 * core as FD; everything else, secrets too, comes over that. */
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sink/check.h"
#include "sink/sink.h"
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define CONNECT_TIMEOUT_NS (10 * NS_PER_SECOND)

/* Ctrl-C in a terminal reaches all processes: the core ends its workers in order. */
static void prepare_process(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* an error of the file, instead */
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* passwords are in memory */
}

static int get_job(fb_broker *broker, struct job *ret_job)
{
	char *text;
	int r = fb_worker_job(broker, CONNECT_TIMEOUT_NS, &text);
	if (r < 0)
		return error_set(r, "%s", fb_error_text());
	r = job_read(text, ret_job);
	free(text);
	return r;
}

static int run(const char *name, const char *fd)
{
	char address[32];
	static char topic[80]; /* the log keeps it */
	fb_broker *broker = NULL;
	struct job job;
	snprintf(address, sizeof address, "fd:%.16s", fd);
	snprintf(topic, sizeof topic, "sink %.64s", name);
	int r = fb_connect(address, CONNECT_TIMEOUT_NS, &broker);
	if (r < 0)
		return error_set(r, "%s", fb_error_text());
	r = get_job(broker, &job);
	if (r == 0)
		r = sink_run(broker, &job, topic);
	fb_close(&broker);
	return r;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--check") == 0) {
		avdevice_register_all();
		return check_sinks(stdin) > 0;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: framebroker-sink NAME FD (started by framebrokerd), or --check <SINKS\n");
		return 2;
	}
	prepare_process();
	log_to_stderr(LOG_INFO, false);
	avdevice_register_all();
	avformat_network_init();
	if (run(argv[1], argv[2]) == 0)
		return EXIT_SUCCESS;
	log_error("sink", "%s: %s", argv[1], error_text());
	return EXIT_FAILURE;
}
