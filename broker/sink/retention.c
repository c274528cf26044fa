/* retention.c: finds what the sink's own pattern has named, oldest first. */
#include "sink/retention.h"
#include "base/clock.h"
#include "base/log.h"
#include "sink/file_name.h"
#include <errno.h>
#include <glob.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	char *path; /* the glob's */
	int64_t written_ns;
	uint64_t bytes;
};

static int compare_age(const void *a, const void *b)
{
	const struct file *one = a, *other = b;
	if (one->written_ns != other->written_ns)
		return one->written_ns < other->written_ns ? -1 : 1;
	return strcmp(one->path, other->path); /* numbers and dates rise too */
}

static size_t list_files(const glob_t *found, const regex_t *exact, struct file *files)
{
	size_t count = 0;
	for (size_t i = 0; i < found->gl_pathc; i++) {
		struct stat info;
		char *path = found->gl_pathv[i];
		if (regexec(exact, path, 0, NULL, 0) != 0 || lstat(path, &info) < 0 || !S_ISREG(info.st_mode))
			continue;
		files[count++] = (struct file){path, info.st_mtim.tv_sec * NS_PER_SECOND + info.st_mtim.tv_nsec,
					       (uint64_t)info.st_size};
	}
	qsort(files, count, sizeof *files, compare_age);
	return count;
}

/* Up to the part of the path that has no date in it. */
static void delete_empty_folders(const char *pattern, char *path)
{
	size_t fixed = strcspn(pattern, "%");
	char *slash;
	while ((slash = strrchr(path, '/')) && (size_t)(slash - path) > fixed) {
		*slash = '\0';
		if (rmdir(path) < 0)
			return;
	}
}

static bool delete_file(const char *pattern, const struct file *file, const char *why, const char *topic)
{
	if (unlink(file->path) < 0 && errno != ENOENT) {
		log_warning(topic, "%s cannot be deleted: %s", file->path, strerror(errno));
		return false;
	}
	log_info(topic, "deleted %s: %s", file->path, why);
	delete_empty_folders(pattern, file->path);
	return true;
}

static void delete_old(const char *pattern, const struct file *files, size_t count, const char *current,
		       int64_t keep_ns, uint64_t keep_bytes, const char *topic)
{
	int64_t now_ns = clock_utc_ns();
	uint64_t bytes = 0;
	for (size_t i = 0; i < count; i++)
		bytes += files[i].bytes;
	for (size_t i = 0; i < count; i++) {
		bool old = keep_ns > 0 && now_ns - files[i].written_ns > keep_ns;
		bool much = keep_bytes > 0 && bytes > keep_bytes;
		if ((old || much) && strcmp(files[i].path, current) != 0 &&
		    delete_file(pattern, &files[i], old ? "older than keep" : "all are larger than keep_size", topic))
			bytes -= files[i].bytes;
	}
}

void retention_apply(const char *pattern, const char *current, int64_t keep_ns, uint64_t keep_bytes, const char *topic)
{
	if (keep_ns == 0 && keep_bytes == 0)
		return;
	regex_t exact;
	glob_t found = {0};
	char *wide = file_name_glob(pattern), *expression = file_name_expression(pattern);
	if (wide && expression && regcomp(&exact, expression, REG_EXTENDED | REG_NOSUB) == 0) {
		if (glob(wide, GLOB_NOSORT, NULL, &found) == 0) {
			struct file *files = calloc(found.gl_pathc, sizeof *files);
			if (files)
				delete_old(pattern, files, list_files(&found, &exact, files), current, keep_ns,
					   keep_bytes, topic);
			free(files);
		}
		globfree(&found);
		regfree(&exact);
	}
	free(wide);
	free(expression);
}
