/* follow.c: sources, streams and sinks made to follow a plan. What goes, goes first, the names of streams may move from
 * one to another; and sinks come last, when the streams that they read are there. */
#include "core/follow.h"
#include "base/error.h"
#include "base/log.h"
#include "clients/events.h"
#include "control/declared.h"
#include "core/source_streams.h"
#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

static void remove_source(struct supervisor *supervisor, struct source *source)
{
	source_remove_streams(source, NULL);
	supervisor_remove(supervisor, &source->worker);
}

static int add_source(struct supervisor *supervisor, const struct plan_source *planned)
{
	struct source *source;
	int err = source_create(&supervisor->host, supervisor_next_id(supervisor), planned->config, &source);
	if (err)
		return err;
	source->worker.runtime = planned->runtime;
	err = source_take(source, planned->config);
	if (err) {
		source_remove_streams(source, NULL);
		source_kind.destroy(&source->worker);
		return err;
	}
	supervisor_add(supervisor, &source->worker);
	worker_begin(&source->worker);
	return 0;
}

static int change_source(struct supervisor *supervisor, struct source *source, const struct plan_source *planned)
{
	source->worker.runtime = planned->runtime;
	if (source->change == SOURCE_SAME)
		return 0;
	int err = source_take(source, planned->config);
	if (source->change == SOURCE_OUTPUTS) {
		supervisor_note(supervisor, "source", source->config->name, "has other outputs");
		source_tell_job(source);
		source_kind.demand(&source->worker);
	} else {
		supervisor_restart(supervisor, &source->worker);
	}
	return err;
}

static void drop_sources(struct supervisor *supervisor, const struct plan *wanted)
{
	for (struct worker *worker = NULL; (worker = supervisor_next(supervisor, &source_kind, worker));) {
		struct source *source = (struct source *)worker;
		const struct plan_source *planned = plan_find_source(wanted, worker->name);
		if (!planned) {
			remove_source(supervisor, source);
			continue;
		}
		source->change = source_compare(source->config, planned->config);
		if (source->change != SOURCE_SAME)
			source_remove_streams(source, planned->config);
	}
}

static int follow_sources(struct supervisor *supervisor, const struct plan *wanted)
{
	int result = 0;
	for (size_t i = 0; i < wanted->source_count; i++) {
		const struct plan_source *planned = &wanted->sources[i];
		struct source *source = supervisor_find_source(supervisor, planned->config->name);
		int err = source ? change_source(supervisor, source, planned) : add_source(supervisor, planned);
		if (err) {
			log_error("core", "source %s: %s", planned->config->name, error_text());
			result = err;
		}
	}
	return result;
}

/* ---- streams ---- */

static bool same_stream(const struct config_stream *a, const struct config_stream *b)
{
	char *text_a = config_stream_to_text(a), *text_b = config_stream_to_text(b);
	bool same = !strcmp(text_a, text_b);
	free(text_a);
	free(text_b);
	return same;
}

static const struct config_stream *find_stream(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->stream_count; i++)
		if (!strcmp(plan->streams[i]->output.name, name))
			return plan->streams[i];
	return NULL;
}

/* Whether nothing differs but what a stream can become without an end. */
static bool may_become(const struct config_stream *before, const struct config_stream *after)
{
	if (!after || before->output.media != after->output.media ||
	    before->output.max_readers != after->output.max_readers)
		return false;
	struct config_stream changed = *before;
	changed.output = after->output;
	return same_stream(&changed, after);
}

static void drop_streams(struct supervisor *supervisor, const struct plan *before, const struct plan *wanted)
{
	struct control *control = supervisor->host.control;
	for (size_t i = 0; i < before->stream_count; i++) {
		const char *name = before->streams[i]->output.name;
		if (may_become(before->streams[i], find_stream(wanted, name)))
			continue;
		control_stream_remove(control, name);
		control_event(control, "removed", "stream", name, NULL);
		supervisor_note(supervisor, "stream", name, "removed");
	}
}

static int add_stream(struct supervisor *supervisor, const struct config_stream *stream)
{
	struct control *control = supervisor->host.control;
	const char *name = stream->output.name;
	if (!control_stream_fits(control, name, stream->like, stream->max_writers))
		control_stream_remove(control, name);
	int err = control_stream_add(control, name, NULL, 0, &stream->output, false);
	if (err < 0) {
		log_error("core", "stream %s: %s", name, error_text());
		return err;
	}
	if (stream->like[0])
		control_stream_like(control, name, stream->like);
	control_stream_pool(control, name, stream->max_writers, stream->reorder_timeout_ns);
	if (err == 0)
		control_event(control, "added", "stream", name, NULL);
	supervisor_note(supervisor, "stream", name, "added");
	return 0;
}

static int follow_streams(struct supervisor *supervisor, const struct plan *before, const struct plan *wanted)
{
	int result = 0;
	for (size_t i = 0; i < wanted->stream_count; i++) {
		const struct config_stream *stream = wanted->streams[i];
		const struct config_stream *was = find_stream(before, stream->output.name);
		if (!was || !may_become(was, stream)) {
			int err = add_stream(supervisor, stream);
			result = err ? err : result;
		} else if (!same_stream(was, stream)) {
			control_stream_change(supervisor->host.control, stream->output.name, &stream->output);
			supervisor_note(supervisor, "stream", stream->output.name, "changed");
		}
	}
	return result;
}

/* ---- sinks ---- */

static void drop_sinks(struct supervisor *supervisor, const struct plan *wanted)
{
	for (struct worker *worker = NULL; (worker = supervisor_next(supervisor, &sink_kind, worker));) {
		if (plan_find_sink(wanted, worker->name))
			continue;
		sink_remove_stream((struct sink *)worker);
		supervisor_remove(supervisor, worker);
	}
}

static int add_sink(struct supervisor *supervisor, const struct plan_sink *planned)
{
	struct sink *sink;
	int err = sink_create(&supervisor->host, supervisor_next_id(supervisor), planned, &sink);
	if (err)
		return err;
	supervisor_add(supervisor, &sink->worker);
	worker_begin(&sink->worker);
	return 0;
}

static void change_sink(struct supervisor *supervisor, struct sink *sink, const struct plan_sink *planned)
{
	if (sink_take(sink, planned) || sink_is_stale(sink))
		supervisor_restart(supervisor, &sink->worker);
	else
		worker_begin(&sink->worker); /* where its streams have come */
}

static int follow_sinks(struct supervisor *supervisor, const struct plan *wanted)
{
	int result = 0;
	for (size_t i = 0; i < wanted->sink_count; i++) {
		struct sink *sink = supervisor_find_sink(supervisor, wanted->sinks[i].config->name);
		int err = 0;
		if (sink)
			change_sink(supervisor, sink, &wanted->sinks[i]);
		else
			err = add_sink(supervisor, &wanted->sinks[i]);
		if (err) {
			log_error("core", "%s", error_text());
			result = err;
		}
	}
	return result;
}

int follow_plan(struct supervisor *supervisor, const struct plan *before, const struct plan *wanted)
{
	drop_sinks(supervisor, wanted);
	drop_streams(supervisor, before, wanted);
	drop_sources(supervisor, wanted);
	int sources = follow_sources(supervisor, wanted);
	int streams = follow_streams(supervisor, before, wanted);
	int sinks = follow_sinks(supervisor, wanted);
	return sources ? sources : streams ? streams : sinks;
}
