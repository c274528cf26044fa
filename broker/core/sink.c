/* sink.c: what a sink's worker works on, and when it can. */
#include "core/sink.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/declared.h"
#include "core/demand.h"
#include "json/json_memory.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sink *sink_of(struct worker *worker)
{
	return (struct sink *)worker;
}

static void destroy(struct worker *worker)
{
	struct sink *sink = sink_of(worker);
	worker_clear(worker);
	config_sink_free(sink->planned.config);
	free(sink->given_job);
	free(sink);
}

void sink_remove_stream(struct sink *sink)
{
	if (*sink->planned.packets)
		control_stream_remove(sink->worker.host->control, sink->planned.packets);
	sink->planned.packets[0] = '\0';
}

/* What it encodes is live: no reader of it makes the sink wait. */
static void add_stream(struct sink *sink)
{
	struct worker *worker = &sink->worker;
	struct control *control = worker->host->control;
	const char *name = sink->planned.packets;
	if (!*name)
		return;
	struct config_output *output = config_output_of_packets(name);
	int err = control_stream_add(control, name, worker->name, worker->id, output, true);
	config_output_free(output);
	if (err == 0)
		control_stream_state(control, name, worker->state);
	if (err >= 0)
		return;
	snprintf(sink->planned.fault, sizeof sink->planned.fault, "its packets: %s", error_text());
	sink->planned.mend = "end that stream, then restart the sink";
	sink->planned.packets[0] = '\0';
}

static void follow(struct sink *sink, const struct plan_sink *planned)
{
	bool same_stream = !strcmp(sink->planned.packets, planned->packets);
	if (!same_stream)
		sink_remove_stream(sink);
	config_sink_free(sink->planned.config);
	sink->planned = *planned;
	if (!same_stream)
		add_stream(sink);
	sink->planned.config = config_sink_copy(planned->config);
	sink->worker.runtime = planned->runtime;
	sink->worker.backoff.first_ns = planned->config->reconnect_delay_ns;
	sink->worker.backoff.max_ns = planned->config->reconnect_delay_max_ns;
	sink->worker.demand.on = planned->config->on_demand;
	sink->worker.demand.linger_ns = planned->config->linger_ns;
}

int sink_create(struct worker_host *host, unsigned id, const struct plan_sink *planned, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof *sink);
	if (!sink)
		return error_set(ENOMEM, "no memory for sink %s", planned->config->name);
	int err = worker_init(&sink->worker, host, &sink_kind, id, planned->config->name);
	if (!err)
		err = demand_init(&sink->worker);
	follow(sink, planned);
	if (err) {
		destroy(&sink->worker);
		return err;
	}
	*ret_sink = sink;
	return 0;
}

static bool same_config(const struct config_sink *a, const struct config_sink *b)
{
	char *text_a = config_sink_to_text(a), *text_b = config_sink_to_text(b);
	bool same = !strcmp(text_a, text_b);
	free(text_a);
	free(text_b);
	return same;
}

static bool same_input(const struct plan_input *a, const struct plan_input *b)
{
	return !strcmp(a->stream, b->stream) && a->packets == b->packets && a->track == b->track;
}

bool sink_take(struct sink *sink, const struct plan_sink *wanted)
{
	const struct plan_sink *before = &sink->planned;
	bool same = same_config(before->config, wanted->config) && same_input(&before->video, &wanted->video) &&
		    same_input(&before->audio, &wanted->audio) && !strcmp(before->packets, wanted->packets) &&
		    !strcmp(before->fault, wanted->fault);
	follow(sink, wanted);
	return !same;
}

bool sink_reads(const struct sink *sink, const char *stream)
{
	return !strcmp(sink->planned.video.stream, stream) || !strcmp(sink->planned.audio.stream, stream);
}

/* The one whose stream is not there; NULL: both are. */
static const struct plan_input *missing_input(const struct sink *sink)
{
	const struct plan_input *inputs[] = {&sink->planned.video, &sink->planned.audio};
	for (size_t i = 0; i < 2; i++)
		if (*inputs[i]->stream && !control_stream_exists(sink->worker.host->control, inputs[i]->stream))
			return inputs[i];
	return NULL;
}

static bool all_are_written(const struct sink *sink)
{
	const char *streams[] = {sink->planned.video.stream, sink->planned.audio.stream};
	for (size_t i = 0; i < 2; i++)
		if (*streams[i] && !control_stream_written(sink->worker.host->control, streams[i]))
			return false;
	return true;
}

/* One that has sent its streams to their end waits for their next pass; on demand that begins with its reader. */
static bool due(const struct worker *worker)
{
	const struct sink *sink = (const struct sink *)worker;
	if (sink->planned.fault[0])
		return false;
	return worker->ended && !worker->demand.on ? all_are_written(sink) : !missing_input(sink);
}

static bool wanted(const struct worker *worker)
{
	const struct sink *sink = (const struct sink *)worker;
	return control_stream_wanted(worker->host->control, sink->planned.packets);
}

/* Of a track that is copied: where its packets are. */
static void add_input(json_t *root, const char *key, const struct plan_input *input)
{
	if (*input->stream && input->packets)
		json_object_set_new(root, key, json_pack("{s:s, s:i}", "stream", input->stream, "track", input->track));
}

static json_t *job_json(const struct sink *sink)
{
	const struct plan_sink *planned = &sink->planned;
	const char *video = planned->video.stream, *audio = planned->audio.stream;
	bool same = *video && *audio && control_streams_related(sink->worker.host->control, video, audio);
	char *keys = config_sink_to_text(planned->config);
	json_t *root = json_pack("{s:s, s:s, s:b}", "name", sink->worker.name, "keys", keys, "same_clock", (int)same);
	free(keys);
	add_input(root, "video", &planned->video);
	add_input(root, "audio", &planned->audio);
	if (*planned->packets)
		json_object_set_new(root, "packets", json_string(planned->packets));
	return root;
}

static char *job_text(const struct sink *sink)
{
	json_memory_watch();
	json_t *root = job_json(sink);
	char *text = root && !json_memory_lacked() ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return text;
}

static char *job(struct worker *worker)
{
	struct sink *sink = sink_of(worker);
	char *text = job_text(sink);
	free(sink->given_job);
	sink->given_job = text ? strdup(text) : NULL;
	return text;
}

bool sink_is_stale(struct sink *sink)
{
	if (sink->worker.phase != WORKER_RUNNING || !sink->given_job || missing_input(sink))
		return false;
	char *now = job_text(sink);
	bool stale = now && strcmp(now, sink->given_job);
	free(now);
	return stale;
}

static void take_report(struct worker *worker, enum fb_state state, const json_t *report)
{
	(void)worker, (void)state, (void)report; /* nothing beyond what all workers tell */
}

static void show_state(struct worker *worker)
{
	const struct sink *sink = sink_of(worker);
	if (*sink->planned.packets)
		control_stream_state(worker->host->control, sink->planned.packets, worker->state);
}

static enum worker_next over(struct worker *worker, bool finished)
{
	struct sink *sink = sink_of(worker);
	(void)finished;
	free(sink->given_job);
	sink->given_job = NULL;
	return worker_had_frames(worker) ? WORKER_IF_DUE : WORKER_LATER;
}

static json_t *stream_json(const char *stream)
{
	return *stream ? json_string(stream) : json_null();
}

/* Why no worker is due, where that is nobody's wish; null: it is. */
static json_t *obstacle(const struct sink *sink)
{
	const struct plan_sink *planned = &sink->planned;
	const struct plan_input *missing = missing_input(sink);
	int64_t since = sink->worker.since_utc_ns;
	char text[128], mend[256] = "it waits until a source, an output, a stream entry or a program brings it";
	if (planned->fault[0])
		return worker_error_json(planned->fault, planned->mend, since);
	if (!missing)
		return json_null();
	snprintf(text, sizeof text, "there is no stream %s yet", missing->stream);
	if (*missing->meant)
		snprintf(mend, sizeof mend, "did you mean %s? Else it waits until something brings it", missing->meant);
	return worker_error_json(text, mend, since);
}

static json_t *pack(const struct worker *worker)
{
	const struct sink *sink = (const struct sink *)worker;
	char *text = config_sink_to_text(sink->planned.config);
	json_t *json =
		json_pack("{s:s, s:s, s:s*}", "config", text, "packets", sink->planned.packets, "job", sink->given_job);
	free(text);
	return json;
}

static void unpack(struct worker *worker, const json_t *json)
{
	const char *job = json_string_value(json_object_get(json, "job"));
	sink_of(worker)->given_job = job ? strdup(job) : NULL;
}

static json_t *status(const struct worker *worker)
{
	const struct sink *sink = (const struct sink *)worker;
	const struct config_sink *config = sink->planned.config;
	json_t *root = worker_status(worker, config->url);
	json_object_set_new(root, "video", stream_json(config->video.stream));
	json_object_set_new(root, "audio", stream_json(config->audio.stream));
	json_object_set_new(root, "on_demand", json_boolean(config->on_demand));
	if (worker->phase == WORKER_IDLE && !worker->ended)
		json_object_set_new(root, "error", obstacle(sink));
	return root;
}

const struct worker_kind sink_kind = {.name = "sink",
				      .program = KEEPER_SINK,
				      .stop_ns = 30 * NS_PER_SECOND, /* a large file's end may take its time */
				      .due = due,
				      .wanted = wanted,
				      .demand = demand_changed,
				      .job = job,
				      .report = take_report,
				      .state = show_state,
				      .over = over,
				      .pack = pack,
				      .unpack = unpack,
				      .status = status,
				      .destroy = destroy};
