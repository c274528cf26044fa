/* plan_inputs.c: from the streams that a sink names to those that it reads: with codec: copy it is packets that are
 * read, from an output of the same source. */
#include "core/plan_inputs.h"
#include "base/name.h"
#include "config/nearest.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIKES_MAX 64 /* streams that are like each other in a circle */

static const char *const media_names[] = {
	[CONFIG_VIDEO] = "pictures", [CONFIG_AUDIO] = "sound", [CONFIG_PACKET] = "packets"};

static const struct config_output *find_output(const struct config_source *source, const char *name)
{
	for (size_t i = 0; i < source->output_count; i++)
		if (!strcmp(source->outputs[i].name, name))
			return &source->outputs[i];
	return NULL;
}

static const struct config_stream *find_stream(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->stream_count; i++)
		if (!strcmp(plan->streams[i]->output.name, name))
			return plan->streams[i];
	return NULL;
}

/* False: nobody declares it. */
static bool media_of(const struct plan *plan, const char *name, enum config_media *ret_media)
{
	const struct config_stream *stream = find_stream(plan, name);
	for (int i = 0; stream && *stream->like && i < LIKES_MAX; i++) {
		name = stream->like;
		stream = find_stream(plan, name);
	}
	const struct plan_source *source = stream ? NULL : plan_find_writer(plan, name);
	if (stream)
		*ret_media = stream->output.media;
	else if (source)
		*ret_media = find_output(source->config, name)->media;
	else if (plan_has_stream(plan, name))
		*ret_media = CONFIG_PACKET; /* of another sink */
	else
		return false;
	return true;
}

const char *plan_nearest_stream(const struct plan *plan, const char *name)
{
	struct nearest nearest = NEAREST(name);
	for (size_t i = 0; i < plan->source_count; i++)
		for (size_t k = 0; k < plan->sources[i].config->output_count; k++)
			nearest_try(&nearest, plan->sources[i].config->outputs[k].name);
	for (size_t i = 0; i < plan->stream_count; i++)
		nearest_try(&nearest, plan->streams[i]->output.name);
	return nearest.found;
}

/* The output of packets of that source; NULL: it can have none. */
static const struct config_output *get_packets(const struct plan *plan, struct config_source *source)
{
	char name[LIMIT_NAME + sizeof "/packets"];
	const struct config_output *packets = config_source_packets(source);
	if (packets)
		return packets;
	snprintf(name, sizeof name, "%s/packets", source->name);
	return name_fault(name) || plan_has_stream(plan, name) ? NULL : config_source_add_packets(source, NULL);
}

__attribute__((format(printf, 3, 4))) static void fault(struct plan_sink *sink, const char *mend, const char *format,
							...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(sink->fault, sizeof sink->fault, format, args);
	va_end(args);
	sink->mend = mend;
}

static void read_packets(struct plan *plan, struct plan_sink *sink, const char *key, struct plan_input *input)
{
	struct plan_source *source = plan_find_writer(plan, input->stream);
	if (!source) {
		fault(sink, "name an encoder, or a stream of a source",
		      "%s.codec: copy: stream %s is written by programs, as frames", key, input->stream);
		return;
	}
	int track = find_output(source->config, input->stream)->track;
	const struct config_output *packets = get_packets(plan, source->config);
	if (!packets) {
		fault(sink, "give the source an output of media: packet with another name",
		      "%s.codec: copy: source %s can have no output %s/packets", key, source->config->name,
		      source->config->name);
		return;
	}
	snprintf(input->stream, sizeof input->stream, "%s", packets->name);
	input->track = track;
}

static void resolve(struct plan *plan, struct plan_sink *sink, const char *key, enum config_media wanted,
		    const char *stream, const char *codec, struct plan_input *input)
{
	enum config_media found = wanted;
	*input = (struct plan_input){.packets = !strcmp(codec, "copy"), .track = CONFIG_AUTO};
	snprintf(input->stream, sizeof input->stream, "%s", stream);
	if (!*stream)
		return;
	if (!media_of(plan, stream, &found)) {
		const char *meant = plan_nearest_stream(plan, stream);
		snprintf(input->meant, sizeof input->meant, "%s", meant ? meant : "");
		return;
	}
	if (found == wanted && input->packets) {
		read_packets(plan, sink, key, input);
	} else if (found != wanted && (found != CONFIG_PACKET || !input->packets)) {
		fault(sink, found == CONFIG_PACKET ? "use codec: copy, or an output that is decoded" : "name another",
		      "%s.stream: %s is of %s, not of %s", key, stream, media_names[found], media_names[wanted]);
	}
}

void plan_name_packets(const struct plan *plan, struct plan_sink *sink)
{
	char name[LIMIT_NAME + sizeof "/packets"];
	if (!sink->config->preroll_ns && !sink->config->on_demand)
		return;
	snprintf(name, sizeof name, "%s/packets", sink->config->name);
	if (name_fault(name) || plan_has_stream(plan, name))
		fault(sink, "give it another name", "%s: the sink can have no stream %s",
		      sink->config->on_demand ? "on_demand" : "preroll", name);
	else
		memcpy(sink->packets, name, strlen(name) + 1);
}

void plan_resolve_sink(struct plan *plan, struct plan_sink *sink)
{
	const struct config_sink *config = sink->config;
	resolve(plan, sink, "video", CONFIG_VIDEO, config->video.stream, config->video.codec, &sink->video);
	resolve(plan, sink, "audio", CONFIG_AUDIO, config->audio.stream, config->audio.codec, &sink->audio);
}
