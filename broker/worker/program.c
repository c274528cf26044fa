/* program.c: from the command line to the job. */
#include "worker/program.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define CONNECT_TIMEOUT_NS (10 * NS_PER_SECOND)

/* Ctrl-C in a terminal reaches all processes: the core ends its workers in order. */
static void prepare_process(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* passwords are in memory */
}

static int work(const struct worker_program *program, fb_broker *broker, const char *name)
{
	static char topic[80]; /* the log keeps it */
	char *job;
	snprintf(topic, sizeof topic, "%s %.64s", program->kind, name);
	int r = fb_worker_job(broker, CONNECT_TIMEOUT_NS, &job);
	if (r < 0)
		return error_set(r, "%s", fb_error_text());
	r = program->run(broker, job, topic);
	free(job);
	return r;
}

static int connect_and_work(const struct worker_program *program, const char *name, const char *fd)
{
	char address[32];
	fb_broker *broker = NULL;
	snprintf(address, sizeof address, "fd:%.16s", fd);
	int r = fb_connect(address, CONNECT_TIMEOUT_NS, &broker);
	if (r < 0)
		return error_set(r, "%s", fb_error_text());
	r = work(program, broker, name);
	fb_close(&broker);
	return r;
}

int worker_main(const struct worker_program *program, int argc, char **argv)
{
	avdevice_register_all();
	if (argc == 2 && strcmp(argv[1], "--check") == 0)
		return program->check(stdin) > 0;
	if (argc != 3) {
		fprintf(stderr, "usage: framebroker-%s NAME FD (started by framebrokerd), or --check <ENTRIES\n",
			program->kind);
		return 2;
	}
	prepare_process();
	log_to_stderr(LOG_INFO, false);
	avformat_network_init();
	if (connect_and_work(program, argv[1], argv[2]) == 0)
		return EXIT_SUCCESS;
	log_error(program->kind, "%s: %s", argv[1], error_text());
	return EXIT_FAILURE;
}
