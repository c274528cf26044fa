/* reach.c: paths and protocols of a URL and of the options beside it. The list of protocols is that of docs/sources.md:
 * each is tested in the sandbox. */
#include "media/reach.h"
#include "media/protocols.h"
#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NETWORKS "http,https,rtsp,rtsps,rtmp,rtmps,srt,udp,tcp"

static void add(struct reach *reach, const char *path, bool write)
{
	if (reach->count == REACH_PATHS)
		return;
	struct reach_path *next = &reach->paths[reach->count++];
	snprintf(next->path, sizeof next->path, "%s", path);
	next->write = write;
}

/* The folder of a path; "." for a name alone. Returns whether that is the root of all. */
static bool folder_of(const char *path, size_t length, char ret_folder[static PATH_MAX])
{
	struct stat folder, root;
	const char *slash = memrchr(path, '/', length);
	snprintf(ret_folder, PATH_MAX, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	return stat(ret_folder, &folder) == 0 && stat("/", &root) == 0 && folder.st_dev == root.st_dev &&
	       folder.st_ino == root.st_ino;
}

static int refuse_root(struct media_error *ret_error)
{
	return error_say(ret_error, "use a folder of its own",
			 "sandbox: strict allows the url's folder, which would be /");
}

/* A folder rather than the file, which may come later or be replaced; where it is a link, that of its target too. */
static int add_input(struct reach *reach, const char *path, struct media_error *ret_error)
{
	char folder[PATH_MAX], target[PATH_MAX];
	if (folder_of(path, strlen(path), folder))
		return refuse_root(ret_error);
	add(reach, folder, false);
	if (realpath(path, target)) {
		if (folder_of(target, strlen(target), folder))
			return refuse_root(ret_error);
		add(reach, folder, false);
	}
	return 0;
}

static int add_output(struct reach *reach, const char *path, struct media_error *ret_error)
{
	char folder[PATH_MAX];
	struct stat info;
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) { /* a pipe, or /dev/null */
		add(reach, path, true);
		return 0;
	}
	if (folder_of(path, strcspn(path, "%"), folder))
		return refuse_root(ret_error);
	add(reach, folder, true);
	return 0;
}

/* Certificates and keys: whole paths of files that are there. */
static void add_options(struct reach *reach, const struct config_dictionary *options)
{
	for (size_t i = 0; i < options->count; i++) {
		struct stat info;
		const char *value = options->pairs[i].value;
		if (value[0] == '/' && stat(value, &info) == 0 && S_ISREG(info.st_mode))
			add(reach, value, false);
	}
}

static int refuse(const char *what, struct media_error *ret_error)
{
	return error_say(ret_error, "leave sandbox off for it",
			 "sandbox: strict is not for %s; it knows paths, lavfi, " NETWORKS,
			 what[0] ? what : "such an input");
}

static bool is_device(const char *format)
{
	const AVInputFormat *demuxer = format[0] ? av_find_input_format(format) : NULL;
	return demuxer && demuxer->priv_class && AV_IS_INPUT_DEVICE(demuxer->priv_class->category);
}

static int add_network(struct reach *reach, const char *url, struct media_error *ret_error)
{
	char scheme[32];
	snprintf(scheme, sizeof scheme, "%.*s", (int)protocols_scheme(url), url);
	if (!av_match_name(scheme, NETWORKS))
		return refuse(scheme, ret_error);
	reach->network = true;
	return 0;
}

static const char *local_path(const char *url)
{
	const char *path = url;
	if (av_stristart(url, "file:", &path) && strncmp(path, "//", 2) == 0)
		path += 2;
	return path;
}

/* WORD: is a protocol, with // or without. */
static bool is_plain_path(const char *url)
{
	size_t word = strcspn(url, ":,/");
	return av_stristart(url, "file:", NULL) || url[word] == '\0' || url[word] == '/';
}

int reach_input(const char *url, const char *format, const struct config_dictionary *format_options,
		struct reach *ret_reach, struct media_error *ret_error)
{
	struct reach reach = {0};
	bool lavfi = strcmp(format, "lavfi") == 0, local = !lavfi && is_plain_path(url);
	if (!lavfi && is_device(format))
		return refuse(format, ret_error);
	if (local && add_input(&reach, local_path(url), ret_error) < 0)
		return -EINVAL;
	if (!lavfi && !local && add_network(&reach, url, ret_error) < 0)
		return -EINVAL;
	reach.network = reach.network || (local && protocols_is_sdp(url, format));
	add_options(&reach, format_options);
	*ret_reach = reach;
	return 0;
}

int reach_output(const char *url, const struct config_dictionary *format_options, struct reach *ret_reach,
		 struct media_error *ret_error)
{
	struct reach reach = {0};
	int r = is_plain_path(url) ? add_output(&reach, local_path(url), ret_error)
				   : add_network(&reach, url, ret_error);
	for (size_t i = 0; r == 0 && i < format_options->count; i++) {
		const struct config_pair *pair = &format_options->pairs[i];
		if (strcmp(pair->key, "hls_segment_filename") == 0 && is_plain_path(pair->value))
			r = add_output(&reach, local_path(pair->value), ret_error);
	}
	if (r < 0)
		return r;
	add_options(&reach, format_options);
	*ret_reach = reach;
	return 0;
}
