/* runtime_file.c: run-time entries as JSON, in a file that is replaced whole. */
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/name.h"
#include "config/alloc.h"
#include "core/runtime.h"
#include "json/json_memory.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the configuration writes is JSON; it goes into ours as it is. */
static json_t *parse_own(char *text)
{
	json_t *object = json_loads(text, 0, NULL);
	free(text);
	return object;
}

/* {"source": NAME, keys of the one output} */
static json_t *output_to_json(const struct config_source *output)
{
	json_t *source = parse_own(config_source_to_text(output));
	json_t *keys = json_copy(json_object_get(json_object_get(source, "outputs"), output->outputs[0].name));
	json_object_set_new(keys, "source", json_string(output->name));
	json_decref(source);
	return keys;
}

static json_t *list_to_json(const struct config_list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

char *runtime_to_text(const struct runtime *runtime)
{
	json_memory_watch();
	json_t *sources = json_object(), *outputs = json_object(), *streams = json_object(), *sinks = json_object();
	for (size_t i = 0; i < runtime->source_count; i++)
		json_object_set_new(sources, runtime->sources[i]->name,
				    parse_own(config_source_to_text(runtime->sources[i])));
	for (size_t i = 0; i < runtime->output_count; i++)
		json_object_set_new(outputs, runtime->outputs[i]->outputs[0].name, output_to_json(runtime->outputs[i]));
	for (size_t i = 0; i < runtime->stream_count; i++)
		json_object_set_new(streams, runtime->streams[i]->output.name,
				    parse_own(config_stream_to_text(runtime->streams[i])));
	for (size_t i = 0; i < runtime->sink_count; i++)
		json_object_set_new(sinks, runtime->sinks[i]->name, parse_own(config_sink_to_text(runtime->sinks[i])));
	json_t *removed =
		json_pack("{s:o, s:o, s:o, s:o}", "sources", list_to_json(&runtime->removed_sources), "outputs",
			  list_to_json(&runtime->removed_outputs), "streams", list_to_json(&runtime->removed_streams),
			  "sinks", list_to_json(&runtime->removed_sinks));
	json_t *root = json_pack("{s:o, s:o, s:o, s:o, s:o}", "sources", sources, "outputs", outputs, "streams",
				 streams, "sinks", sinks, "removed", removed);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	if (!text || json_memory_lacked()) /* a part of it would be worse than nothing: the rest would be forgotten */
		abort();
	return text;
}

/* A section's entry as the text that the configuration reads. */
static void read_entry(const char *section, const char *name, const char *text, struct runtime *runtime,
		       struct config_errors *errors)
{
	struct config_source *source;
	struct config_stream *stream;
	struct config_sink *sink;
	if (!strcmp(section, "sources")) {
		if (config_source_from_text(name, text, NULL, &source, errors) == 0)
			runtime_add_source(runtime, source);
	} else if (!strcmp(section, "outputs")) {
		if (config_output_from_text(name, text, NULL, &source, errors) == 0)
			runtime_add_output(runtime, source);
	} else if (!strcmp(section, "streams")) {
		if (config_stream_from_text(name, text, NULL, &stream, errors) == 0)
			runtime_add_stream(runtime, stream);
	} else if (config_sink_from_text(name, text, NULL, &sink, errors) == 0) {
		runtime_add_sink(runtime, sink);
	}
}

static void read_section(const json_t *root, const char *section, const char *file, struct runtime *runtime,
			 struct config_errors *errors)
{
	json_t *entries = json_object_get(root, section), *keys;
	const char *name;
	if (entries && !json_is_object(entries))
		config_errors_add(errors, file, 0, "%s: is not an object", section);
	json_object_foreach (entries, name, keys) {
		char *text = json_dumps(keys, JSON_ENCODE_ANY);
		if (!text)
			abort();
		read_entry(section, name, text, runtime, errors);
		free(text);
	}
}

static void read_removed(const json_t *root, const char *section, const char *file, struct config_list *removed,
			 struct config_errors *errors)
{
	json_t *names = json_object_get(json_object_get(root, "removed"), section), *name;
	size_t i;
	json_array_foreach (names, i, name) {
		const char *text = json_string_value(name);
		if (text && !name_fault(text))
			runtime_remove(removed, text);
		else
			config_errors_add(errors, file, 0, "removed.%s[%zu]: is not a name", section, i);
	}
}

int runtime_from_text(const char *text, const char *file, struct runtime *ret_runtime, struct config_errors *errors)
{
	size_t before = errors->total;
	struct runtime runtime = {0};
	json_error_t fault;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
	if (json_is_object(root)) {
		read_section(root, "sources", file, &runtime, errors);
		read_section(root, "outputs", file, &runtime, errors);
		read_section(root, "streams", file, &runtime, errors);
		read_section(root, "sinks", file, &runtime, errors);
		read_removed(root, "sources", file, &runtime.removed_sources, errors);
		read_removed(root, "outputs", file, &runtime.removed_outputs, errors);
		read_removed(root, "streams", file, &runtime.removed_streams, errors);
		read_removed(root, "sinks", file, &runtime.removed_sinks, errors);
	} else {
		config_errors_add(errors, file, root ? 1 : (size_t)(fault.line > 0 ? fault.line : 0),
				  "not what the broker wrote (%s); mend it or move it away",
				  root ? "no object" : fault.text);
	}
	json_decref(root);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		runtime_clear(&runtime);
	else
		*ret_runtime = runtime;
	return result;
}

int runtime_load(const char *path, struct runtime *ret_runtime, struct config_errors *errors)
{
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat found = {0};
	if (fd < 0 && errno == ENOENT) {
		*ret_runtime = (struct runtime){0};
		return 0;
	}
	if (fd < 0 || fstat(fd, &found) < 0 || !S_ISREG(found.st_mode) || found.st_size > LIMIT_CONFIG_BYTES) {
		config_errors_add(errors, path, 0, "broker.runtime_file: %s",
				  fd < 0 ? strerrordesc_np(errno) : "not a file, or too long");
		return error_set(EINVAL, "%s: cannot be read", path);
	}
	char *text = alloc_zeroed((size_t)found.st_size + 1);
	ssize_t size = pread(fd, text, (size_t)found.st_size, 0);
	text[size > 0 ? size : 0] = '\0';
	int result = runtime_from_text(text, path, ret_runtime, errors);
	free(text);
	return result;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);
		if (written < 0)
			return -errno;
		text += written;
		size -= (size_t)written;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The new name is on the disk only when its folder is. */
static void sync_folder(const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", path);
	FD_AUTO folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		fsync(folder);
}

int runtime_save(const struct runtime *runtime, const char *path)
{
	char beside[PATH_MAX];
	if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
		return error_set(ENAMETOOLONG, "broker.runtime_file: %s: too long", path);
	char *text = runtime_to_text(runtime);
	FD_AUTO fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
	int err = fd < 0 ? -errno : write_all(fd, text, strlen(text));
	free(text);
	if (!err && rename(beside, path) < 0)
		err = -errno;
	if (err && fd >= 0)
		unlink(beside);
	if (err)
		return error_set_errno(err, "broker.runtime_file: %s", fd < 0 ? beside : path);
	sync_folder(path);
	return 0;
}
