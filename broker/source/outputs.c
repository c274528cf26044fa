/* outputs.c: outputs live as long as the worker, whatever becomes of connections and decoders. */
#include "source/outputs.h"
#include "base/clock.h"
#include <stdlib.h>
#include <string.h>

static const struct config_output *find_config(const struct config_source *config, const char *name)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (strcmp(config->outputs[i].name, name) == 0)
			return &config->outputs[i];
	return NULL;
}

static struct stream *find_stream(const struct outputs *outputs, const char *name)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (strcmp(outputs->streams[i]->config->name, name) == 0)
			return outputs->streams[i];
	return NULL;
}

struct output *stream_output(const struct stream *stream)
{
	if (stream->packets)
		return packets_output(stream->packets);
	return stream->video ? video_output(stream->video) : audio_output(stream->audio);
}

static void stream_destroy(struct stream *stream, bool end)
{
	video_destroy(stream->video, end);
	audio_destroy(stream->audio, end);
	packets_destroy(stream->packets, end);
	free(stream);
}

static void stream_set_config(struct stream *stream, const struct config_output *config)
{
	stream->config = config;
	stream_output(stream)->config = config;
}

static bool has_video(const struct config_source *config)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (config->outputs[i].media == CONFIG_VIDEO)
			return true;
	return false;
}

static int stream_fill(struct stream *stream, const struct config_output *config, bool main_media,
		       const struct output_host *host, struct media_error *ret_error)
{
	if (config->media == CONFIG_VIDEO)
		return video_create(config, host, &stream->video, ret_error);
	if (config->media == CONFIG_AUDIO)
		stream->audio = audio_create(config, host, main_media);
	else
		stream->packets = packets_create(config, host);
	return stream->audio || stream->packets ? 0 : error_say(ret_error, "", "out of memory");
}

static int stream_create(struct outputs *outputs, const struct config_output *config, bool main_media,
			 const struct output_host *host, struct media_error *ret_error)
{
	struct stream **streams = reallocarray(outputs->streams, outputs->count + 1, sizeof *streams);
	if (streams)
		outputs->streams = streams;
	struct stream *stream = calloc(1, sizeof *stream);
	int r = streams && stream ? 0 : error_say(ret_error, "", "out of memory");
	if (r == 0)
		r = stream_fill(stream, config, main_media, host, ret_error);
	if (r < 0) {
		free(stream);
		return r;
	}
	stream->config = config;
	outputs->streams[outputs->count++] = stream;
	return 0;
}

/* Those that have changed are made anew. */
static void remove_gone(struct outputs *outputs, const struct config_source *config,
			void (*removed)(void *opaque, struct stream *stream), void *opaque)
{
	size_t kept = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		struct stream *stream = outputs->streams[i];
		const struct config_output *now = find_config(config, stream->config->name);
		if (now && config_output_equal(now, stream->config)) {
			stream_set_config(stream, now);
			outputs->streams[kept++] = stream;
			continue;
		}
		if (removed)
			removed(opaque, stream);
		stream_destroy(stream, !now);
	}
	outputs->count = kept;
}

int outputs_update(struct outputs *outputs, const struct config_source *config, const struct output_host *host,
		   void (*removed)(void *opaque, struct stream *stream), void *opaque, struct media_error *ret_error)
{
	remove_gone(outputs, config, removed, opaque);
	int r = 0;
	for (size_t i = 0; i < config->output_count; i++) {
		if (find_stream(outputs, config->outputs[i].name))
			continue;
		int created = stream_create(outputs, &config->outputs[i], !has_video(config), host, ret_error);
		r = r < 0 ? r : created;
	}
	return r;
}

bool outputs_have_packets(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->streams[i]->packets)
			return true;
	return false;
}

static void rest(struct stream *stream)
{
	stream->wanted = false;
	if (stream->video)
		video_rest(stream->video);
	else if (stream->audio)
		audio_rest(stream->audio);
}

void outputs_want(const struct outputs *outputs, const struct job *job, bool eager)
{
	int64_t now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < outputs->count; i++) {
		struct stream *stream = outputs->streams[i];
		if (eager || stream->packets || job_wants(job, stream->config->name)) {
			stream->wanted = true;
			stream->unwanted_ns = 0;
		} else if (stream->wanted && !stream->unwanted_ns) {
			stream->unwanted_ns = now_ns;
		}
		if (stream->unwanted_ns && stream->wanted && now_ns - stream->unwanted_ns >= job->config->linger_ns)
			rest(stream);
	}
}

int outputs_packet(const struct outputs *outputs, const AVPacket *packet, const struct timeline_place *place,
		   const struct arrival *arrival)
{
	int r = 0;
	for (size_t i = 0; i < outputs->count && r == 0; i++)
		if (outputs->streams[i]->packets && outputs->streams[i]->fed)
			r = packets_take(outputs->streams[i]->packets, packet, place, arrival);
	return r;
}

void outputs_finish(struct outputs *outputs, bool end)
{
	for (size_t i = 0; i < outputs->count; i++)
		stream_destroy(outputs->streams[i], end);
	free(outputs->streams);
	*outputs = (struct outputs){0};
}
