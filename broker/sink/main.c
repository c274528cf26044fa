/* main.c: framebroker-sink: the worker program of one sink. */
#include "sink/check.h"
#include "sink/sink.h"
#include "worker/program.h"

static int run(fb_broker *broker, const char *text, const char *topic)
{
	struct job job;
	int r = job_read(text, &job);
	return r < 0 ? r : sink_run(broker, &job, topic);
}

int main(int argc, char **argv)
{
	static const struct worker_program program = {"sink", run, check_sinks};
	return worker_main(&program, argc, argv);
}
