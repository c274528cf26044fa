/* filter.c: a graph of buffer, the user's chain, and buffersink. */
#include "media/filter.h"
#include "media/avlog.h"
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const AVRational nanoseconds = {1, 1000000000};

struct filter {
	char *chain;
	AVFilterGraph *graph; /* NULL: to be built */
	AVFilterContext *source, *sink;
	int format, width, height;
	AVRational sample_aspect_ratio;
	int64_t next_ns; /* where the last frame that came out ends */
};

int filter_check(const char *chain, struct media_error *ret_error)
{
	char detail[AVLOG_LINE];
	AVFilterInOut *inputs = NULL, *outputs = NULL;
	AVFilterGraph *graph = avfilter_graph_alloc();
	avlog_forget();
	int r = graph ? avfilter_graph_parse2(graph, chain, &inputs, &outputs) : AVERROR(ENOMEM);
	avfilter_inout_free(&inputs);
	avfilter_inout_free(&outputs);
	avfilter_graph_free(&graph);
	if (r >= 0)
		return 0;
	avlog_last_error(detail, sizeof detail);
	return error_say(ret_error, "try the chain behind ffmpeg -vf", "filter %.150s: %s", chain,
			 detail[0] ? detail : av_err2str(r));
}

struct filter *filter_create(const char *chain)
{
	struct filter *filter = calloc(1, sizeof *filter);
	if (filter && !(filter->chain = strdup(chain))) {
		free(filter);
		return NULL;
	}
	return filter;
}

void filter_destroy(struct filter *filter)
{
	if (!filter)
		return;
	avfilter_graph_free(&filter->graph);
	free(filter->chain);
	free(filter);
}

static int link_chain(struct filter *filter)
{
	AVFilterInOut *outputs = avfilter_inout_alloc(), *inputs = avfilter_inout_alloc();
	int r = AVERROR(ENOMEM);
	if (outputs && inputs) {
		*outputs = (AVFilterInOut){.name = av_strdup("in"), .filter_ctx = filter->source};
		*inputs = (AVFilterInOut){.name = av_strdup("out"), .filter_ctx = filter->sink};
		r = avfilter_graph_parse_ptr(filter->graph, filter->chain, &inputs, &outputs, NULL);
	}
	avfilter_inout_free(&outputs);
	avfilter_inout_free(&inputs);
	return r < 0 ? r : avfilter_graph_config(filter->graph, NULL);
}

static int build(struct filter *filter, const AVFrame *frame, AVRational frame_rate)
{
	char arguments[256];
	AVRational aspect = frame->sample_aspect_ratio;
	snprintf(arguments, sizeof arguments, "video_size=%dx%d:pix_fmt=%d:time_base=1/1000000000:pixel_aspect=%d/%d",
		 frame->width, frame->height, frame->format, aspect.num, aspect.den > 0 ? aspect.den : 1);
	if (frame_rate.num > 0 && frame_rate.den > 0)
		snprintf(arguments + strlen(arguments), sizeof arguments - strlen(arguments), ":frame_rate=%d/%d",
			 frame_rate.num, frame_rate.den);
	filter->graph = avfilter_graph_alloc();
	if (!filter->graph)
		return AVERROR(ENOMEM);
	int r = avfilter_graph_create_filter(&filter->source, avfilter_get_by_name("buffer"), "in", arguments, NULL,
					     filter->graph);
	if (r >= 0)
		r = avfilter_graph_create_filter(&filter->sink, avfilter_get_by_name("buffersink"), "out", NULL, NULL,
						 filter->graph);
	if (r >= 0)
		r = link_chain(filter);
	if (r < 0) {
		avfilter_graph_free(&filter->graph);
		return r;
	}
	filter->format = frame->format;
	filter->width = frame->width;
	filter->height = frame->height;
	filter->sample_aspect_ratio = aspect;
	return 0;
}

bool filter_fits(const struct filter *filter, const AVFrame *frame)
{
	return !filter->graph ||
	       (frame->format == filter->format && frame->width == filter->width && frame->height == filter->height &&
		frame->sample_aspect_ratio.num == filter->sample_aspect_ratio.num &&
		frame->sample_aspect_ratio.den == filter->sample_aspect_ratio.den);
}

int filter_push(struct filter *filter, const AVFrame *frame, AVRational frame_rate)
{
	if (!frame)
		return filter->graph ? av_buffersrc_add_frame(filter->source, NULL) : 0;
	if (!filter->graph) {
		int r = build(filter, frame, frame_rate);
		if (r < 0)
			return r;
	}
	return av_buffersrc_write_frame(filter->source, frame);
}

int filter_pull(struct filter *filter, AVFrame *ret_frame)
{
	if (!filter->graph)
		return AVERROR(EAGAIN);
	int r = av_buffersink_get_frame(filter->sink, ret_frame);
	if (r == AVERROR_EOF)
		avfilter_graph_free(&filter->graph); /* a looped file fills it anew */
	if (r < 0)
		return r;
	AVRational rate = filter_frame_rate(filter);
	if (rate.num > 0)
		ret_frame->pkt_duration = av_rescale_q(1, av_inv_q(rate), nanoseconds);
	ret_frame->pts = ret_frame->pts == AV_NOPTS_VALUE
				 ? filter->next_ns
				 : av_rescale_q(ret_frame->pts, av_buffersink_get_time_base(filter->sink), nanoseconds);
	filter->next_ns = ret_frame->pts + ret_frame->pkt_duration;
	return 0;
}

AVRational filter_frame_rate(const struct filter *filter)
{
	AVRational none = {0, 1};
	return filter->graph ? av_buffersink_get_frame_rate(filter->sink) : none;
}
