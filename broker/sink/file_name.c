/* file_name.c: "cam/%Y-%m-%d/%H-%M.mp4" to a path, and back to the files that it has named. */
#include "sink/file_name.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 1000 /* others may begin files of the same name */

/* Of the ending with its dot in the last part of the name; its end where it has none. */
static size_t ending_at(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	const char *dot = strrchr(last, '.');
	return dot && dot > last ? (size_t)(dot - name) : strlen(name);
}

static int say_errno(struct media_error *ret_error, const char *path, const char *what)
{
	int err = errno;
	const char *mend = err == EACCES || err == EPERM ? "let the broker's user write there"
			   : err == EROFS                ? "choose a folder that can be written"
			   : err == ENOSPC || err == EDQUOT
				   ? "free space; keep and keep_size (HLS: hls_list_size) bound what a sink needs"
			   : err == ENOTDIR ? "a file stands where the path needs a folder: choose another path"
					    : "check the path";
	return error_say(ret_error, mend, "%.300s: %s: %s", path, what, strerror(err));
}

int file_name_date(const char *pattern, time_t time, char ret_path[static PATH_MAX], struct media_error *ret_error)
{
	struct tm local;
	localtime_r(&time, &local);
	if (pattern[0] && strftime(ret_path, PATH_MAX, pattern, &local) > 0)
		return 0;
	return error_say(ret_error, "choose a shorter one", "url: the file's name is too long");
}

int file_name_make_folders(const char *path, struct media_error *ret_error)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0777) < 0 && errno != EEXIST)
			return say_errno(ret_error, folder, "the folder cannot be made");
		*slash = '/';
	}
	return 0;
}

/* The highest number that a file of this name has, also where files with lower ones are gone; 0: none has one. */
static unsigned highest_number(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *ending = path + ending_at(path);
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	DIR *list = opendir(folder);
	unsigned highest = 0;
	for (struct dirent *entry; list && (entry = readdir(list));) {
		unsigned number;
		int size = 0;
		if (strncmp(entry->d_name, name, (size_t)(ending - name)) == 0 &&
		    sscanf(entry->d_name + (ending - name), "-%9u%n", &number, &size) == 1 &&
		    strcmp(entry->d_name + (ending - name) + size, ending) == 0 && number > highest)
			highest = number;
	}
	if (list)
		closedir(list);
	return highest;
}

static bool is_special(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

/* "gate-007.mp4"; number 0: "gate.mp4". False: too long. */
static bool number_name(const char *path, unsigned number, char ret_name[static PATH_MAX])
{
	size_t ending = ending_at(path);
	int size = number == 0 ? snprintf(ret_name, PATH_MAX, "%s", path)
			       : snprintf(ret_name, PATH_MAX, "%.*s-%03u%s", (int)ending, path, number, path + ending);
	return size < PATH_MAX;
}

int file_name_claim(char path[static PATH_MAX], bool *ret_made, struct media_error *ret_error)
{
	int r = file_name_make_folders(path, ret_error);
	if (r < 0)
		return r;
	if (is_special(path)) {
		*ret_made = false;
		return 0;
	}
	char name[PATH_MAX];
	unsigned highest = highest_number(path), first = highest > 0 ? highest + 1 : 0;
	for (unsigned number = first; number < first + TRIES && number_name(path, number, name); number++) {
		int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
		if (fd >= 0) {
			close(fd);
			memcpy(path, name, sizeof name);
			*ret_made = true;
			return 0;
		}
		if (errno != EEXIST)
			return say_errno(ret_error, name, "cannot be written");
	}
	errno = EEXIST;
	return say_errno(ret_error, path, "no name is left for another file");
}

/* What one conversion of strftime() may have written, as a regular expression. *at stands behind the %, and is moved
 * to the conversion's last character. */
static const char *conversion_expression(const char **at)
{
	while (strchr("_-0^#123456789EO", **at) && (*at)[1])
		++*at;
	if (strchr("CdeGgHIjklmMsSuUVwWyY", **at))
		return "[0-9 ]+";
	switch (**at) {
	case 'F':
		return "[0-9]+-[0-9]+-[0-9]+";
	case 'R':
	case 'T':
		return "[0-9:]+";
	case '%':
		return "%";
	default:
		return "[^/]+";
	}
}

static const char *conversion_glob(const char **at)
{
	conversion_expression(at);
	return "*";
}

/* A pattern written anew for something that searches: each conversion, what is special to it, and the number. */
struct rewriting {
	const char *(*conversion)(const char **at);
	const char *special, *begin, *number, *end;
};

static char *rewrite(const char *pattern, const struct rewriting *as)
{
	char *text = NULL;
	size_t size, ending = ending_at(pattern);
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	fputs(as->begin, out);
	for (const char *at = pattern; *at; at++) {
		if (at == pattern + ending)
			fputs(as->number, out);
		if (*at == '%' && at[1]) {
			at++;
			fputs(as->conversion(&at), out);
		} else {
			fprintf(out, "%s%c", strchr(as->special, *at) ? "\\" : "", *at);
		}
	}
	if (!pattern[ending])
		fputs(as->number, out);
	fputs(as->end, out);
	fclose(out);
	return text;
}

char *file_name_glob(const char *pattern)
{
	return rewrite(pattern, &(struct rewriting){conversion_glob, "*?[\\", "", "*", ""});
}

char *file_name_expression(const char *pattern)
{
	return rewrite(pattern, &(struct rewriting){conversion_expression, ".[(*+?{^$|)\\", "^", "(-[0-9]{3,})?", "$"});
}
