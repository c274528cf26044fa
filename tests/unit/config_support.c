/* config_support.c: loads texts and compares the errors, line by line. */
#include "config_support.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void assert_errors_(struct config_errors *errors, const char *const *lines, const char *file, int line)
{
	size_t count = 0;
	for (; lines[count]; count++)
		_assert_string_equal(count < errors->count ? errors->lines[count] : "(no error)", lines[count], file,
				     line);
	if (errors->count > count)
		_assert_string_equal(errors->lines[count], "(no error)", file, line);
	config_errors_clear(errors);
}

struct config *load_good(const char *text)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = config_load_text(text, strlen(text), "t", &config, &errors);
	assert_errors(&errors, NULL);
	assert_int_equal(result, 0);
	return config;
}

void assert_faults_(const char *text, const char *const *lines, const char *file, int line)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = config_load_text(text, strlen(text), "t", &config, &errors);
	assert_errors_(&errors, lines, file, line);
	_assert_true(result < 0 && !config, "refused", file, line);
}

const char *make_folder(void)
{
	static char path[256];
	const char *parent = getenv("TMPDIR");
	snprintf(path, sizeof path, "%s/framebroker-config-XXXXXX", parent ? parent : "/tmp");
	assert_non_null(mkdtemp(path));
	return path;
}

const char *write_file(const char *folder, const char *name, const char *text)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	char *slash = strrchr(path, '/');
	*slash = '\0';
	mkdir(path, 0700);
	*slash = '/';
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

void remove_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		char path[1024];
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (unlink(path))
			remove_folder(path);
	}
	closedir(directory);
	rmdir(folder);
}
