/* admin.c: adding, removing and restarting at run time, and reading the configuration again. */
#include "core/admin.h"
#include "base/error.h"
#include "base/log.h"
#include "base/name.h"
#include "clients/events.h"
#include "control/admin.h"
#include "core/core_follow.h"
#include "core/kept.h"
#include "core/load.h"
#include "wire/message.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { KIND_SOURCE, KIND_OUTPUT, KIND_STREAM, KIND_SINK };

static const char *const kind_names[] = {"source", "output", "stream", "sink"};

static int find_kind(const char *text, enum kind *ret_kind)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++) {
		if (!strcmp(text, kind_names[i])) {
			*ret_kind = (enum kind)i;
			return 0;
		}
	}
	if (!strcmp(text, "processor"))
		return error_set(ENOTSUP, "%s: not in this version", text);
	return error_set(EINVAL, "%s: not a kind; allowed: source, output, stream, sink", text);
}

static int missing(const char *kind, const char *name)
{
	return error_set(ENOENT, "there is no %s %s", kind, name);
}

static int taken(const struct core *core, const char *stream)
{
	return plan_has_stream(&core->plan, stream) ? error_set(EEXIST, "there is a stream %s already", stream) : 0;
}

static int add_source(struct core *core, const char *name, const char *keys, struct config_errors *errors)
{
	if (plan_find_source(&core->plan, name))
		return error_set(EEXIST, "there is a source %s already", name);
	struct config_source *source;
	int err = config_source_from_text(name, keys, &core->config->defaults, &source, errors);
	if (err)
		return err;
	for (size_t i = 0; i < source->output_count && !err; i++) {
		err = control_may_administer(core->control, source->outputs[i].name);
		if (!err)
			err = taken(core, source->outputs[i].name);
	}
	if (!err && !source->enabled)
		err = error_set(EINVAL, "source %s: enabled: false adds nothing", name);
	if (err) {
		config_source_free(source);
		return err;
	}
	runtime_add_source(&core->runtime, source);
	return 0;
}

static int add_output(struct core *core, const char *name, const char *keys, struct config_errors *errors)
{
	struct config_source *output;
	int err = taken(core, name);
	if (!err)
		err = config_output_from_text(name, keys, &core->config->defaults, &output, errors);
	if (err)
		return err;
	err = control_may_administer(core->control, output->name);
	if (!err && !plan_find_source(&core->plan, output->name))
		err = missing("source", output->name);
	if (err) {
		config_source_free(output);
		return err;
	}
	runtime_add_output(&core->runtime, output);
	return 0;
}

static int add_stream(struct core *core, const char *name, const char *keys, struct config_errors *errors)
{
	struct config_stream *stream;
	int err = taken(core, name);
	if (!err)
		err = config_stream_from_text(name, keys, &core->config->defaults, &stream, errors);
	if (!err)
		runtime_add_stream(&core->runtime, stream);
	return err;
}

/* What a sink reads its owner sees: so it needs the right to. */
static int may_read(const struct core *core, const struct config_sink *sink)
{
	const char *const streams[] = {sink->video.stream, sink->video.fallback, sink->audio.stream};
	int err = 0;
	for (size_t i = 0; i < sizeof streams / sizeof *streams && !err; i++)
		err = *streams[i] ? control_may_read(core->control, streams[i]) : 0;
	return err;
}

static int add_sink(struct core *core, const char *name, const char *keys, struct config_errors *errors)
{
	if (plan_find_sink(&core->plan, name))
		return error_set(EEXIST, "there is a sink %s already", name);
	struct config_sink *sink;
	int err = config_sink_from_text(name, keys, &core->config->defaults, &sink, errors);
	if (err)
		return err;
	err = may_read(core, sink);
	if (!err && !sink->enabled)
		err = error_set(EINVAL, "sink %s: enabled: false adds nothing", name);
	if (err) {
		config_sink_free(sink);
		return err;
	}
	runtime_add_sink(&core->runtime, sink);
	return 0;
}

static int add(struct core *core, enum kind kind, const char *name, const char *keys)
{
	struct config_errors errors = {0};
	int err = kind == KIND_SOURCE   ? add_source(core, name, keys, &errors)
		  : kind == KIND_OUTPUT ? add_output(core, name, keys, &errors)
		  : kind == KIND_STREAM ? add_stream(core, name, keys, &errors)
					: add_sink(core, name, keys, &errors);
	config_errors_clear(&errors);
	return err;
}

static int remove_source(struct core *core, const char *name)
{
	if (!plan_find_source(&core->plan, name))
		return missing("source", name);
	runtime_drop_source(&core->runtime, name);
	for (size_t i = 0; i < core->config->source_count; i++)
		if (!strcmp(core->config->sources[i].name, name))
			runtime_remove(&core->runtime.removed_sources, name);
	return 0;
}

static int remove_output(struct core *core, const char *name)
{
	struct plan_source *source = plan_find_writer(&core->plan, name);
	if (!source)
		return missing("output", name);
	if (source->config->output_count == 1)
		return error_set(EINVAL, "%s is the last output of source %s; remove the source", name,
				 source->config->name);
	if (!runtime_drop_output(&core->runtime, name)) /* it stands in the file */
		runtime_remove(&core->runtime.removed_outputs, name);
	return 0;
}

static int remove_stream(struct core *core, const char *name)
{
	if (plan_find_writer(&core->plan, name))
		return error_set(EINVAL, "%s is an output of a source; remove it as an output", name);
	if (plan_find_encoder(&core->plan, name))
		return error_set(EINVAL, "%s is made by sink %s; remove that", name,
				 plan_find_encoder(&core->plan, name)->config->name);
	if (!plan_has_stream(&core->plan, name))
		return missing("stream", name);
	runtime_drop_stream(&core->runtime, name);
	for (size_t i = 0; i < core->config->stream_count; i++)
		if (!strcmp(core->config->streams[i].output.name, name))
			runtime_remove(&core->runtime.removed_streams, name);
	return 0;
}

static int remove_sink(struct core *core, const char *name)
{
	if (!plan_find_sink(&core->plan, name))
		return missing("sink", name);
	runtime_drop_sink(&core->runtime, name);
	for (size_t i = 0; i < core->config->sink_count; i++)
		if (!strcmp(core->config->sinks[i].name, name))
			runtime_remove(&core->runtime.removed_sinks, name);
	return 0;
}

static int remove_entry(struct core *core, enum kind kind, const char *name)
{
	return kind == KIND_SOURCE   ? remove_source(core, name)
	       : kind == KIND_OUTPUT ? remove_output(core, name)
	       : kind == KIND_STREAM ? remove_stream(core, name)
				     : remove_sink(core, name);
}

static struct worker *find_worker(const struct core *core, enum kind kind, const char *name)
{
	if (kind == KIND_SINK) {
		struct sink *sink = supervisor_find_sink(&core->supervisor, name);
		return sink ? &sink->worker : NULL;
	}
	if (kind == KIND_SOURCE) {
		struct source *source = supervisor_find_source(&core->supervisor, name);
		return source ? &source->worker : NULL;
	}
	return supervisor_find_writer(&core->supervisor, name);
}

static int restart(struct core *core, enum kind kind, const char *name)
{
	struct worker *worker = find_worker(core, kind, name);
	if (!worker && kind == KIND_STREAM && plan_has_stream(&core->plan, name))
		return error_set(EINVAL, "stream %s is written by programs; restart those", name);
	if (!worker)
		return missing(kind_names[kind], name);
	supervisor_restart(&core->supervisor, worker);
	return 0;
}

/* Goes back to the run-time entries that before tells. */
static void undo(struct core *core, const char *before)
{
	struct config_errors errors = {0};
	runtime_clear(&core->runtime);
	if (runtime_from_text(before, "run-time entries", &core->runtime, &errors) < 0)
		log_error("core", "%s", errors.lines[0]);
	config_errors_clear(&errors);
}

static int save(const struct core *core)
{
	return core->runtime_file[0] ? runtime_save(&core->runtime, core->runtime_file) : 0;
}

static int change(struct core *core, int verb, enum kind kind, const char *name, const char *keys)
{
	char *before = runtime_to_text(&core->runtime);
	int err = verb == WIRE_ADD ? add(core, kind, name, keys) : remove_entry(core, kind, name);
	if (!err) {
		err = save(core);
		if (!err)
			err = core_follow(core);
		if (err) {
			char text[ERROR_TEXT_SIZE];
			strcpy(text, error_text());
			undo(core, before);
			core_follow(core);
			save(core);
			error_set(err, "%s", text);
		}
	}
	free(before);
	if (!err && kind == KIND_OUTPUT) { /* sources and streams are told of where they come and go */
		const char *event = verb == WIRE_ADD ? "added" : "removed";
		log_info("core", "output %s %s", name, event);
		control_event(core->control, event, "output", name, NULL);
	}
	return err;
}

/* A core leaves as if it died: what the next one needs is kept at any time. */
static _Noreturn void make_way(struct core *core)
{
	log_info("core", "makes way for a new core");
	kept_flush(core);
	_exit(KEEPER_CORE_ANEW);
}

int admin_request(void *context, int verb, const char *kind_name, const char *name, const char *keys)
{
	struct core *core = context;
	enum kind kind = KIND_SOURCE;
	if (verb == WIRE_RELOAD)
		return admin_reload(core);
	if (verb == WIRE_UPGRADE)
		make_way(core);
	int err = find_kind(kind_name, &kind);
	if (err)
		return err;
	if (name_fault(name))
		return error_set(EINVAL, "the name %s", name_fault(name));
	return verb == WIRE_RESTART ? restart(core, kind, name) : change(core, verb, kind, name, keys);
}

static void tell_broker_keys(const struct core *core)
{
	char *text = config_broker_to_text(&core->config->broker);
	if (strcmp(text, core->broker_text))
		log_warning("core", "keys of broker: have changed; they count when the broker is started again");
	free(text);
}

int admin_reload(struct core *core)
{
	if (!core->options->config)
		return error_set(EINVAL, "the broker was started without a configuration file");
	int err = load_again(core);
	if (err)
		return err;
	tell_broker_keys(core);
	core->supervisor.news[0] = '\0';
	err = core_follow(core);
	log_info("core", "reloaded: %s", core->supervisor.news[0] ? core->supervisor.news : "nothing is different");
	control_event(core->control, "reloaded", "broker", "", NULL);
	return err;
}
