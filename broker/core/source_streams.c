/* source_streams.c: the streams of a source, and how they follow its configuration. */
#include "core/source_streams.h"
#include "control/declared.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct config_output *find_output(const struct config_source *config, const char *name)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (!strcmp(config->outputs[i].name, name))
			return &config->outputs[i];
	return NULL;
}

/* The text of a source as if it had only these outputs. */
static char *text_with(const struct config_source *config, struct config_output *outputs, size_t count)
{
	struct config_source shallow = *config;
	shallow.outputs = outputs;
	shallow.output_count = count;
	return config_source_to_text(&shallow);
}

static bool take_equal(char *a, char *b)
{
	bool equal = !strcmp(a, b);
	free(a);
	free(b);
	return equal;
}

/* Whether one stream can go from these keys to those, rather than end. */
static bool may_become(const struct config_output *before, const struct config_output *after)
{
	return after && before->media == after->media && before->max_readers == after->max_readers;
}

enum source_change source_compare(const struct config_source *before, const struct config_source *after)
{
	if (take_equal(config_source_to_text(before), config_source_to_text(after)))
		return SOURCE_SAME;
	return take_equal(text_with(before, NULL, 0), text_with(after, NULL, 0)) ? SOURCE_OUTPUTS : SOURCE_RESTART;
}

void source_remove_streams(struct source *source, const struct config_source *wanted)
{
	for (size_t i = source->config->output_count; i-- > 0;) {
		const struct config_output *output = &source->config->outputs[i];
		if (wanted && may_become(output, find_output(wanted, output->name)))
			continue;
		control_stream_remove(source->worker.host->control, output->name);
		config_source_remove_output(source->config, output->name);
	}
}

static int add_stream(struct source *source, const struct config_output *output)
{
	struct control *control = source->worker.host->control;
	int err = control_stream_add(control, output->name, source->config->name, source->worker.id, output,
				     source->live);
	if (err < 0)
		return err;
	config_source_add_output(source->config, output);
	if (err == 0)
		control_stream_state(control, output->name, source->worker.state);
	return 0;
}

int source_take(struct source *source, const struct config_source *wanted)
{
	for (size_t i = 0; i < wanted->output_count; i++) {
		const struct config_output *output = &wanted->outputs[i],
					   *before = find_output(source->config, output->name);
		int err = before ? 0 : add_stream(source, output);
		if (err)
			return err;
		if (before && !config_output_equal(before, output))
			control_stream_change(source->worker.host->control, output->name, output);
	}
	config_source_free(source->config);
	source->config = config_source_copy(wanted);
	source->worker.backoff.first_ns = wanted->reconnect_delay_ns;
	source->worker.backoff.max_ns = wanted->reconnect_delay_max_ns;
	source->worker.demand.on = wanted->on_demand;
	source->worker.demand.linger_ns = wanted->linger_ns;
	return 0;
}

void source_show_state(struct source *source)
{
	for (size_t i = 0; i < source->config->output_count; i++)
		control_stream_state(source->worker.host->control, source->config->outputs[i].name,
				     source->worker.state);
}

void source_show_live(struct source *source)
{
	for (size_t i = 0; i < source->config->output_count; i++)
		control_stream_live(source->worker.host->control, source->config->outputs[i].name, source->live);
}

bool source_wanted(const struct source *source)
{
	for (size_t i = 0; i < source->config->output_count; i++)
		if (control_stream_wanted(source->worker.host->control, source->config->outputs[i].name))
			return true;
	return false;
}

bool source_has_stream(const struct source *source, const char *name)
{
	return find_output(source->config, name) != NULL;
}

bool source_seems_live(const struct config_source *config)
{
	static const char *const live[] = {"rtsp", "rtsps", "rtp", "rtmp", "rtmps", "srt", "udp", "tcp"};
	static const char *const devices[] = {"v4l2", "x11grab", "alsa", "pulse", "fbdev", "kmsgrab"};
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		if (!strcmp(config->format, devices[i]))
			return true;
	for (size_t i = 0; i < sizeof live / sizeof *live; i++) {
		size_t size = strlen(live[i]);
		if (!strncasecmp(config->url, live[i], size) && !strncmp(config->url + size, "://", 3))
			return true;
	}
	return false;
}
