/* config_include_test.c: several files, merged. */
#include "config_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct files {
	char folder[256], main[512];
};

static int setup(void **state)
{
	static struct files files;
	snprintf(files.folder, sizeof files.folder, "%s", make_folder());
	snprintf(files.main, sizeof files.main, "%s/main.yaml", files.folder);
	*state = &files;
	return 0;
}

static int teardown(void **state)
{
	struct files *files = *state;
	remove_folder(files->folder);
	return 0;
}

/* Loads main.yaml; each expected line is a format that gets the folder for its every %1$s. */
static void assert_main_faults(const struct files *files, const char *const *formats)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_load_file(files->main, &config, &errors), -EINVAL);
	assert_null(config);
	size_t count = 0;
	for (; formats[count]; count++) {
		char line[2048];
		snprintf(line, sizeof line, formats[count], files->folder);
		assert_string_equal(count < errors.count ? errors.lines[count] : "(no error)", line);
	}
	assert_int_equal(errors.count, count);
	config_errors_clear(&errors);
}

#define MAIN_FAULTS(files, ...) assert_main_faults(files, (const char *const[]){__VA_ARGS__, NULL})

static void sections_are_merged(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml",
		   "include: [conf.d/*.yaml, empty.d/*.yaml]\nbroker: {log_level: debug}\n"
		   "defaults: {source: {linger: 1s}}\nsources: {a: {url: x}}\n");
	write_file(files->folder, "conf.d/1.yaml",
		   "include: [2.more]\nsources: {b: {url: y}}\ndefaults: {source: {on_demand: true}, output: {spare: "
		   "3}}\n");
	write_file(files->folder, "conf.d/2.more", "broker: {max_clients: 5}\nstreams: {s: {like: a}}\nsources:\n");
	write_file(files->folder, "conf.d/other.txt", "this: is not read");
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = config_load_file(files->main, &config, &errors);
	assert_errors(&errors, NULL);
	assert_int_equal(result, 0);
	assert_int_equal(config->include.count, 2);
	assert_string_equal(config->include.items[0], "conf.d/*.yaml");
	assert_int_equal(config->broker.log_level, CONFIG_LOG_DEBUG);
	assert_int_equal(config->broker.max_clients, 5);
	assert_int_equal(config->source_count, 2);
	assert_string_equal(config->sources[1].name, "b");
	assert_int_equal(config->stream_count, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_true(config->sources[i].on_demand);
		assert_true(config->sources[i].linger_ns == 1000000000);
		assert_int_equal(config->sources[i].outputs[0].spare, 3);
	}
	config_free(config);
}

static void names_twice_tell_both_places(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml",
		   "include: [more.yaml]\nbroker: {memory: auto}\nsources:\n  a: {url: x}\ndefaults: {output: {spare: "
		   "1}}\n");
	write_file(files->folder, "more.yaml",
		   "broker:\n  memory: auto\nsources:\n  a: {url: y}\n  b: {url: x, outputs: {a: }}\n"
		   "defaults: {output: {spare: 1}}\n");
	MAIN_FAULTS(files,
		    "%1$s/more.yaml:6: defaults.output.spare: given a second time; the first is at %1$s/main.yaml:5",
		    "%1$s/more.yaml:2: broker.memory: given a second time; the first is at %1$s/main.yaml:2",
		    "%1$s/more.yaml:4: sources.a: defined a second time; the first is at %1$s/main.yaml:4",
		    "%1$s/more.yaml:5: sources.b.outputs.a: a second stream named a; the first is at %1$s/main.yaml:4");
}

static void files_that_are_not_there(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml",
		   "include:\n  - missing.yaml\n  - /nonexistent/x\n  - .\n  - none-*.yaml\n");
	MAIN_FAULTS(files, "%1$s/main.yaml:2: include: %1$s/missing.yaml: No such file or directory",
		    "%1$s/main.yaml:3: include: /nonexistent/x: No such file or directory",
		    "%1$s/main.yaml:4: include: %1$s/.: Is a directory");
}

static void wrong_includes(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml", "include: more.yaml\nsources:\n  a: {uri: x}\n");
	MAIN_FAULTS(files, "%1$s/main.yaml:1: include: 'more.yaml' is not a list; allowed: a list such as [one, two]",
		    "%1$s/main.yaml:3: sources.a.uri: unknown key; did you mean url?",
		    "%1$s/main.yaml:3: sources.a.url: is missing; it has no default");
	write_file(files->folder, "main.yaml", "include: [a.yaml]\n");
	write_file(files->folder, "a.yaml", "include: [[x]]\nbroker: 5\nbroker: {}\n");
	MAIN_FAULTS(files, "%1$s/a.yaml:3: broker: given a second time; the first is at %1$s/a.yaml:2",
		    "%1$s/a.yaml:1: include[0]: is not a single value; allowed: a list such as [one, two]",
		    "%1$s/a.yaml:2: broker: is not a mapping; allowed: keys with values");
}

static void cycles_and_depth(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml", "include: [a.yaml]\n");
	write_file(files->folder, "a.yaml", "include: [./main.yaml]\n");
	MAIN_FAULTS(files, "%1$s/a.yaml:1: include: %1$s/./main.yaml: includes itself");
	write_file(files->folder, "main.yaml", "include: [1.yaml]\n");
	for (int i = 1; i <= 7; i++) {
		char name[32], text[64];
		snprintf(name, sizeof name, "%d.yaml", i);
		snprintf(text, sizeof text, "include: [%d.yaml]\n", i + 1);
		write_file(files->folder, name, text);
	}
	write_file(files->folder, "8.yaml", "");
	MAIN_FAULTS(files, "%1$s/7.yaml:1: include: %1$s/8.yaml: too many files that include one another");
	write_file(files->folder, "7.yaml", "");
	struct config *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_load_file(files->main, &config, &errors), 0);
	config_free(config);
}

static void too_many_files(void **state)
{
	const struct files *files = *state;
	write_file(files->folder, "main.yaml", "include: ['*.inc']\n");
	for (int i = 0; i < 256; i++) {
		char name[32];
		snprintf(name, sizeof name, "%03d.inc", i);
		write_file(files->folder, name, "");
	}
	MAIN_FAULTS(files, "%1$s/main.yaml:1: include: %1$s/255.inc: too many files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sections_are_merged, setup, teardown),
		cmocka_unit_test_setup_teardown(names_twice_tell_both_places, setup, teardown),
		cmocka_unit_test_setup_teardown(files_that_are_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_includes, setup, teardown),
		cmocka_unit_test_setup_teardown(cycles_and_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_files, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
