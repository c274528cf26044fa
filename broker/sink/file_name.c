/* file_name.c: "cam/%Y-%m-%d/%H-%M.mp4" to a path, and back to the files that it has named. */
#include "sink/file_name.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBERS_MAX 1000000
#define NUMBERED "-%03u%s" /* as the expression of file_name_expression() has it */

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
				   ? "free space; keep and keep_size delete a sink's old files by themselves"
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

static bool is_special(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

int file_name_claim(char path[static PATH_MAX], bool *ret_made, struct media_error *ret_error)
{
	int r = file_name_make_folders(path, ret_error);
	if (r < 0)
		return r;
	char name[PATH_MAX];
	size_t length = strlen(path), ending = ending_at(path);
	memcpy(name, path, length + 1);
	for (unsigned number = 1; number < NUMBERS_MAX; number++) {
		int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
		if (fd >= 0) {
			close(fd);
			memcpy(path, name, sizeof name);
			*ret_made = true;
			return 0;
		}
		if (errno != EEXIST)
			return say_errno(ret_error, name, "cannot be written");
		if (number == 1 && is_special(name)) {
			*ret_made = false;
			return 0;
		}
		if ((size_t)snprintf(name + ending, sizeof name - ending, NUMBERED, number, path + ending) >=
		    sizeof name - ending)
			break;
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
