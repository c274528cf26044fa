/* config_secret_test.c: ${NAME} in values. */
#include "config_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[256];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s", make_folder());
	write_file(folder, "FB_TEST_FILE", "p@ss #1\n");
	write_file(folder, "FB_TEST_BOTH", "from the file");
	write_file(folder, "FB_TEST_LINES", "a\n\n");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	setenv("FB_TEST_ENV", "sesame", 1);
	setenv("FB_TEST_BOTH", "from the environment", 1);
	setenv("FB_TEST_DEPTH", "17", 1);
	setenv("FB_TEST_EMPTY", "", 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_folder(folder);
	return 0;
}

static void names_are_filled_in(void **state)
{
	(void)state;
	struct config *config = load_good("sources:\n"
					  "  a:\n"
					  "    url: rtsp://h/${FB_TEST_ENV}/${FB_TEST_EMPTY}x${FB_TEST_BOTH}\n"
					  "    password: ${FB_TEST_FILE}\n"
					  "    format_options: {k: \"${FB_TEST_ENV}\"}\n"
					  "    codec: $${FB_TEST_ENV}$\n"
					  "    outputs: {a: {depth: \"${FB_TEST_DEPTH}\"}}\n");
	const struct config_source *source = &config->sources[0];
	assert_string_equal(source->url, "rtsp://h/sesame/xfrom the environment");
	assert_string_equal(source->password, "p@ss #1");
	assert_string_equal(source->format_options.pairs[0].value, "sesame");
	assert_string_equal(source->codec, "${FB_TEST_ENV}$");
	assert_int_equal(source->outputs[0].depth, 17);
	config_free(config);
}

static void missing_names(void **state)
{
	(void)state;
	char fault[1024];
	snprintf(fault, sizeof fault,
		 "t:2: sources.a.url: no value for ${FB_NONE}; looked for the environment variable FB_NONE, then for a "
		 "file FB_NONE in %s and /run/secrets",
		 folder);
	assert_faults("sources:\n  a: {url: 'x${FB_NONE}'}\n", fault);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_faults(
		"sources:\n  a: {url: '${FB_NONE}'}\n",
		"t:2: sources.a.url: no value for ${FB_NONE}; looked for the environment variable FB_NONE, then for "
		"a file FB_NONE in $CREDENTIALS_DIRECTORY (not set) and /run/secrets");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
}

static void wrong_names(void **state)
{
	(void)state;
	static const char *const values[] = {"${", "${}", "${A", "${A B}", "${../passwd}", "${1}", "x${A${B}}"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		char text[128];
		snprintf(text, sizeof text, "sources:\n  a: {url: '%s'}\n", values[i]);
		assert_faults(text,
			      "t:2: sources.a.url: ${ without a name and }; allowed: ${NAME}, and $${ for ${ itself");
	}
}

static void values_do_not_show_in_errors(void **state)
{
	(void)state;
	assert_faults(
		"sources:\n  a:\n    url: x\n    linger: ${FB_TEST_ENV}\n    codec: ${FB_TEST_LINES}\n",
		"t:4: sources.a.linger: '${FB_TEST_ENV}' is not a number; allowed: a time in ms, s, min, h or d, 0s "
		"to 1d",
		"t:5: sources.a.codec: '${FB_TEST_LINES}' holds a line break or another control character; allowed: "
		"auto, or text on one line, at most 4096 bytes");
}

static void clients_cannot_read_secrets(void **state)
{
	(void)state;
	struct config_source *source = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_source_from_text("a", "{url: 'http://h/${FB_TEST_ENV}'}", NULL, &source, &errors), 0);
	assert_string_equal(source->url, "http://h/${FB_TEST_ENV}");
	config_source_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_filled_in),
		cmocka_unit_test(missing_names),
		cmocka_unit_test(wrong_names),
		cmocka_unit_test(values_do_not_show_in_errors),
		cmocka_unit_test(clients_cannot_read_secrets),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
