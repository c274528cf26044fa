/* config_failure_test.c: reading a configuration without memory or descriptors: it is read as a whole, refused in a
 * sentence, or the process ends itself (config/alloc.h): never a part of it is taken for all. */
#include "base/fd.h"
#include "config/config.h"
#include "config/errors.h"
#include "support/inject.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/config-failure-XXXXXX", first[64], second[64];

enum end { WHOLE, REFUSED, WRONG };

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int begin(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(first, sizeof first, "%s/first.yaml", folder);
	snprintf(second, sizeof second, "%s/second.yaml", folder);
	write_file(
		first,
		"include: [\"second*.yaml\"]\n"
		"defaults: {source: {on_demand: true}}\n"
		"sources:\n"
		"  cam: {url: \"rtsp://user:secret@host/path\", outputs: {cam: {width: 64}, cam/small: {height: 16}}}\n"
		"sinks:\n"
		"  out: {url: /tmp/out.mp4, video: {stream: cam}}\n");
	write_file(second, "sources: {file: {url: film.mp4}}\nstreams: {drawn: {like: cam}}\n");
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(first);
	unlink(second);
	return rmdir(folder);
}

static enum end load(void)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	int err = config_load_file(first, &config, &errors);
	bool whole = err == 0 && config->source_count == 2 && config->stream_count == 1 && config->sink_count == 1 &&
		     config->sources[0].output_count + config->sources[1].output_count == 3;
	bool refused = err < 0 && errors.count > 0 && errors.lines[0][0];
	if (err == 0)
		config_free(config);
	config_errors_clear(&errors);
	return whole ? WHOLE : refused ? REFUSED : WRONG;
}

/* In a process of its own, which may end. Whether a call failed in it. */
static bool run(const struct inject *inject, unsigned nth)
{
	pid_t pid = fork();
	if (pid == 0) {
		fd_close(&(int){STDERR_FILENO}); /* where it says that there is no memory */
		signal(SIGABRT, SIG_DFL);        /* cmocka would make a failure of it */
		inject_begin(inject, getpid(), nth);
		enum end how = load();
		_exit((inject_end() ? 4 : 0) + how);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) % 4 == WRONG || WEXITSTATUS(status) == REFUSED)
		fail_msg("%u, %s: ended with status %#x", nth, inject_where(), (unsigned)status);
	return WEXITSTATUS(status) >= 4;
}

static void test_loading(void **state)
{
	(void)state;
	assert_int_equal(load(), WHOLE);
	for (size_t i = 0; i < sizeof inject_all / sizeof *inject_all; i++) {
		unsigned nth = 1;
		while (run(&inject_all[i], nth))
			nth++;
		assert_true(nth > 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_loading, begin, end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
