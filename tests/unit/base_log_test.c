/* base_log_test.c: lines on a standard error that nobody reads are counted, and the count is told. */
#include "base/log.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES 500 /* more than a page holds */

static int reading = -1, own_stderr = -1;

static int begin(void **state)
{
	(void)state;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETPIPE_SZ, 4096) < 0 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		return -1;
	own_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reading = ends[0];
	return 0;
}

static int end(void **state)
{
	(void)state;
	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	close(reading);
	return 0;
}

static void read_all(char text[8192])
{
	ssize_t size = read(reading, text, 8191);
	text[size > 0 ? size : 0] = '\0';
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;
	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

/* Fills the pipe; returns how many of LINES were lost. */
static unsigned fill(bool json)
{
	char text[8192];
	log_to_stderr(LOG_INFO, json);
	for (unsigned i = 0; i < LINES; i++)
		log_info("test", "line %u", i);
	read_all(text);
	assert_true(count_lines(text) > 10 && count_lines(text) < LINES);
	return LINES - count_lines(text);
}

static void test_text(void **state)
{
	(void)state;
	char text[8192], expected[128];
	unsigned lost = fill(false);
	log_info("test", "there again");
	log_info("test", "and again");
	read_all(text);
	snprintf(expected, sizeof expected, "(%u log lines lost)\ninfo: test: there again\ninfo: test: and again\n",
		 lost);
	assert_string_equal(text, expected);
}

static void test_json(void **state)
{
	(void)state;
	char text[8192], expected[128];
	unsigned lost = fill(true);
	log_info("test", "\"there\" again");
	read_all(text);
	snprintf(expected, sizeof expected, "\"topic\":\"test\",\"text\":\"\\\"there\\\" again\",\"lost\":%u}\n", lost);
	assert_non_null(strstr(text, expected));
	log_info("test", "and again");
	read_all(text);
	assert_non_null(strstr(text, "\"text\":\"and again\"}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_json)};
	return cmocka_run_group_tests(tests, begin, end);
}
