/* What a worker that was taken over by its input can still do under `sandbox: strict`: each deed is tried in a process
 * of its own, outside the sandbox, where it must work, and inside. */
#include "sandbox_deeds.h"
#include "worker/sandbox.h"
#include <errno.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- in a process of its own ---- */

enum where { OUTSIDE, INSIDE, INSIDE_WITH_NETWORK };

static void enter(enum where where)
{
	static struct reach reach = {.count = 2};
	snprintf(reach.paths[0].path, sizeof reach.paths[0].path, "%s/in", deeds_folder);
	snprintf(reach.paths[1].path, sizeof reach.paths[1].path, "%s/out", deeds_folder);
	reach.paths[1].write = true;
	reach.network = where == INSIDE_WITH_NETWORK;
	struct media_error error;
	if (where != OUTSIDE && sandbox_enter(&reach, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		_exit(255);
	}
}

/* What the deed returned, as a positive errno; 0: it worked. */
static int try(int (*deed)(void), enum where where)
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		enter(where);
		_exit(-deed());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void all_work(const struct deeds *deeds, enum where where)
{
	for (size_t i = 0; i < deeds->count; i++) {
		int r = try(deeds->list[i].deed, where);
		if (r != 0)
			fail_msg("%s: %s", deeds->list[i].name, strerror(r));
	}
}

static void none_works(const struct deeds *deeds, enum where where)
{
	for (size_t i = 0; i < deeds->count; i++) {
		int r = try(deeds->list[i].deed, where);
		if (r != EPERM && r != EACCES && r != EXDEV)
			fail_msg("%s: %s", deeds->list[i].name, strerror(r));
	}
}

static void outside_all_deeds_work(void **state)
{
	(void)state;
	all_work(&deeds_allowed, OUTSIDE);
	all_work(&deeds_of_networks, OUTSIDE);
	all_work(&deeds_forbidden, OUTSIDE);
}

static void a_worker_of_files_does_its_work_and_no_other(void **state)
{
	(void)state;
	all_work(&deeds_allowed, INSIDE);
	none_works(&deeds_forbidden, INSIDE);
	none_works(&deeds_of_networks, INSIDE);
}

static void a_worker_of_networks_has_their_sockets_alone(void **state)
{
	(void)state;
	all_work(&deeds_allowed, INSIDE_WITH_NETWORK);
	all_work(&deeds_of_networks, INSIDE_WITH_NETWORK);
	none_works(&deeds_forbidden, INSIDE_WITH_NETWORK);
}

/* A kernel without Landlock: what was promised is not given, so nothing is. */
static void without_landlock_it_refuses(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct media_error error;
		struct reach reach = {0};
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
		if (seccomp_load(filter) < 0)
			_exit(2);
		_exit(sandbox_check(&error) == 0 || sandbox_enter(&reach, &error) == 0 ||
		      !strstr(error.text, "Landlock"));
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void *sleep_on(void *context)
{
	pause();
	return context;
}

static void with_other_threads_it_refuses(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct media_error error;
		struct reach reach = {0};
		pthread_t thread;
		pthread_create(&thread, NULL, sleep_on, NULL);
		_exit(sandbox_enter(&reach, &error) == 0 || !strstr(error.text, "threads"));
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	(void)state;
	struct media_error error;
	struct reach reach = {.count = 1, .paths = {{.path = "/nonexistent/films"}}};
	assert_int_equal(sandbox_enter(&reach, &error), -EINVAL);
	assert_non_null(strstr(error.text, "/nonexistent/films"));
	FILE *file = fopen("/etc/passwd", "r"); /* and nothing has happened */
	assert_non_null(file);
	fclose(file);
}

int main(void)
{
	struct media_error error;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_all_deeds_work),
		cmocka_unit_test(a_worker_of_files_does_its_work_and_no_other),
		cmocka_unit_test(a_worker_of_networks_has_their_sockets_alone),
		cmocka_unit_test(with_other_threads_it_refuses),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
	};
	const struct CMUnitTest everywhere[] = {cmocka_unit_test(without_landlock_it_refuses)};
	int failed = cmocka_run_group_tests_name("without Landlock", everywhere, NULL, NULL);
	if (sandbox_check(&error) < 0) {
		fprintf(stderr, "left out: %s\n", error.text);
		return failed ? failed : 77;
	}
	return failed + cmocka_run_group_tests_name("with Landlock", tests, deeds_set_up, deeds_tear_down);
}
