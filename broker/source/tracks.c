/* tracks.c: opens a decoder for each track that an output wants, one for all outputs of the track. */
#include "source/tracks.h"
#include "base/limits.h"
#include "config/url.h"
#include <errno.h>
#include <stdlib.h>

int tracks_open(struct tracks *tracks, struct input *input, struct media_error *ret_error)
{
	tracks->count = input->format->nb_streams;
	tracks->list = calloc(tracks->count + 1, sizeof *tracks->list);
	if (!tracks->list)
		return error_say(ret_error, "", "out of memory");
	for (unsigned i = 0; i < tracks->count; i++)
		input->format->streams[i]->discard = AVDISCARD_ALL;
	return 0;
}

void tracks_close(struct tracks *tracks)
{
	for (unsigned i = 0; tracks->list && i < tracks->count; i++)
		track_destroy(tracks->list[i]);
	free(tracks->list);
	*tracks = (struct tracks){0};
}

struct track *tracks_get(const struct tracks *tracks, int index)
{
	return index >= 0 && (unsigned)index < tracks->count ? tracks->list[index] : NULL;
}

/* Where the track's decoder may put its frames: into the first output that takes them as they are. */
static struct inplace *find_inplace(const struct input *input, const struct outputs *outputs, const char *url,
				    int index)
{
	enum AVPixelFormat decoded = input->format->streams[index]->codecpar->format;
	for (size_t i = 0; i < outputs->count; i++) {
		struct video *video = outputs->streams[i]->video;
		struct inplace *inplace = video ? video_inplace(video, decoded) : NULL;
		struct media_error error;
		int its;
		if (inplace && track_find(input, url, outputs->streams[i]->config, &its, &error) == 0 && its == index)
			return inplace;
	}
	return NULL;
}

/* The demuxer is to give packets of that track. */
static int want(struct tracks *tracks, const struct input *input, const struct config_source *config, int index,
		struct report *report, struct media_error *ret_error)
{
	if (tracks->list[index])
		return 0;
	input->format->streams[index]->discard = AVDISCARD_DEFAULT;
	return track_create(config, input, index, report, &tracks->list[index], ret_error);
}

/* One that is not wanted for anything any more is closed. */
static void close_unused(struct tracks *tracks, struct input *input, unsigned index)
{
	bool packets = tracks->packets > 0 && packets_has_track(input->format->streams[index]);
	if (!tracks->list[index] || track_feeds_any(tracks->list[index]) || packets)
		return;
	track_destroy(tracks->list[index]);
	tracks->list[index] = NULL;
	input->format->streams[index]->discard = AVDISCARD_ALL;
}

static int feed_packets(struct tracks *tracks, struct input *input, const struct config_source *config,
			struct stream *stream, struct report *report, struct media_error *ret_error)
{
	int r = packets_begin(stream->packets, input, config->preroll_ns, ret_error);
	for (unsigned i = 0; i < tracks->count && r == 0; i++)
		if (packets_has_track(input->format->streams[i]))
			r = want(tracks, input, config, (int)i, report, ret_error);
	tracks->packets += r == 0;
	stream->fed = r == 0;
	return r;
}

static int feed(struct tracks *tracks, struct input *input, const struct config_source *config,
		const struct outputs *outputs, struct stream *stream, struct report *report,
		struct media_error *ret_error)
{
	char url[300];
	int index;
	if (stream->packets)
		return feed_packets(tracks, input, config, stream, report, ret_error);
	config_url_redacted(config->url, url, sizeof url);
	int r = track_find(input, url, stream->config, &index, ret_error);
	if (r < 0)
		return r;
	r = want(tracks, input, config, index, report, ret_error);
	if (r == 0 && stream->wanted)
		r = track_start(tracks->list[index], config, find_inplace(input, outputs, url, index), ret_error);
	if (r == 0)
		r = track_feed(tracks->list[index], stream, ret_error);
	close_unused(tracks, input, (unsigned)index);
	return r;
}

int tracks_feed(struct tracks *tracks, struct input *input, const struct config_source *config,
		const struct outputs *outputs, struct report *report, struct media_error *ret_error)
{
	struct media_error problem = {0};
	size_t fed = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		struct stream *stream = outputs->streams[i];
		if (!stream->fed && feed(tracks, input, config, outputs, stream, report, &problem) < 0)
			*ret_error = problem;
		fed += stream->fed;
	}
	if (fed == 0 && outputs->count > 0)
		return -EINVAL;
	if (problem.text[0])
		report_problem(report, &problem);
	return 0;
}

/* As tracks_settle(), of one track. */
static int settle(struct track *track, unsigned index, const struct input *input, const struct config_source *config,
		  const struct outputs *outputs, struct report *report)
{
	char url[300];
	struct media_error problem;
	if (!track_is_wanted(track))
		track_stop(track);
	if (!track_is_wanted(track) || track_is_started(track))
		return 0;
	config_url_redacted(config->url, url, sizeof url);
	int r = track_start(track, config, find_inplace(input, outputs, url, (int)index), &problem);
	if (r == -EINVAL)
		report_problem(report, &problem);
	return r == -ECANCELED ? r : 0;
}

int tracks_settle(struct tracks *tracks, const struct input *input, const struct config_source *config,
		  const struct outputs *outputs, bool lazy, struct report *report)
{
	int r = 0;
	for (unsigned i = 0; i < tracks->count && r == 0; i++) {
		if (!tracks->list[i])
			continue;
		r = settle(tracks->list[i], i, input, config, outputs, report);
		track_keep_packets(tracks->list[i], lazy);
	}
	return r;
}

void tracks_unfeed(struct tracks *tracks, struct input *input, const struct stream *stream)
{
	tracks->packets -= stream->packets && stream->fed;
	for (unsigned i = 0; i < tracks->count; i++) {
		if (tracks->list[i])
			track_unfeed(tracks->list[i], stream);
		close_unused(tracks, input, i);
	}
}
