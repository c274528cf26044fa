/* main.c: framebroker-source: the worker program of one source. */
#include "source/check.h"
#include "source/run.h"
#include "worker/program.h"

static int run(fb_broker *broker, const char *text, const char *topic)
{
	struct job job;
	int r = job_read(text, &job);
	return r < 0 ? r : source_run(broker, &job, topic);
}

int main(int argc, char **argv)
{
	static const struct worker_program program = {"source", run, check_sources};
	return worker_main(&program, argc, argv);
}
