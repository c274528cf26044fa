/* program.c: from the command line to the job. */
#include "worker/program.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_NS (10 * NS_PER_SECOND)

/* What the broker's user may do as root or by capabilities is not for those who parse bytes from networks. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
		;
	syscall(SYS_capset, &header, none);
}

/* Ctrl-C in a terminal reaches all processes: the core ends its workers in order. */
static void prepare_process(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_capabilities();
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* passwords are in memory */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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
