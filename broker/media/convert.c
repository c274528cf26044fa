/* convert.c: the same set-up as FFmpeg's scale filter, so that its output is ours, byte by byte. */
#include "media/convert.h"
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <string.h>

static int set_colors(struct SwsContext *sws, const struct convert_key *key)
{
	int *inverse, *forward, full_in, full_out, brightness, contrast, saturation;
	if (sws_getColorspaceDetails(sws, &inverse, &full_in, &forward, &full_out, &brightness, &contrast,
				     &saturation) < 0)
		return 0; /* formats without a matrix */
	int space = key->color_space;
	if (space < 1 || space > 10 || space == 8)
		space = AVCOL_SPC_BT470BG;
	if (key->color_range != AVCOL_RANGE_UNSPECIFIED)
		full_in = key->color_range == AVCOL_RANGE_JPEG;
	const int *matrix = sws_getCoefficients(space);
	sws_setColorspaceDetails(sws, matrix, full_in, matrix, full_out, brightness, contrast, saturation);
	return 0;
}

static int open_with(const struct convert_key *key, int flags, struct SwsContext **ret_sws)
{
	struct SwsContext *sws = sws_alloc_context();
	if (!sws)
		return AVERROR(ENOMEM);
	av_opt_set_int(sws, "srcw", key->source_width, 0);
	av_opt_set_int(sws, "srch", key->source_height, 0);
	av_opt_set_int(sws, "src_format", key->source_format, 0);
	av_opt_set_int(sws, "dstw", key->width, 0);
	av_opt_set_int(sws, "dsth", key->height, 0);
	av_opt_set_int(sws, "dst_format", key->format, 0);
	av_opt_set_int(sws, "sws_flags", flags, 0);
	if (key->color_range != AVCOL_RANGE_UNSPECIFIED)
		av_opt_set_int(sws, "src_range", key->color_range == AVCOL_RANGE_JPEG, 0);
	if (key->source_format == AV_PIX_FMT_YUV420P)
		av_opt_set_int(sws, "src_v_chr_pos", 128, 0);
	if (key->format == AV_PIX_FMT_YUV420P)
		av_opt_set_int(sws, "dst_v_chr_pos", 128, 0);
	int r = sws_init_context(sws, NULL, NULL);
	if (r >= 0)
		r = set_colors(sws, key);
	if (r < 0) {
		sws_freeContext(sws);
		return r;
	}
	*ret_sws = sws;
	return 0;
}

/* To enlarge, the fast way writes code and runs it, which a sandbox and systemd's MemoryDenyWriteExecute= forbid. */
static int open_scaler(const struct convert_key *key, struct SwsContext **ret_sws)
{
	int r = open_with(key, key->flags, ret_sws);
	if (r < 0 && (key->flags & SWS_FAST_BILINEAR))
		r = open_with(key, (key->flags & ~SWS_FAST_BILINEAR) | SWS_BILINEAR, ret_sws);
	return r;
}

int convert_run(struct convert *convert, const AVFrame *frame, enum AVPixelFormat format, int width, int height,
		int flags, uint8_t *const data[4], const int linesize[4])
{
	uint8_t *target[4] = {data[0], data[1], data[2], data[3]};
	if (frame->format == (int)format && frame->width == width && frame->height == height) {
		av_image_copy(target, (int *)linesize, (const uint8_t **)frame->data, frame->linesize, format, width,
			      height);
		return 0;
	}
	struct convert_key key = {
		frame->format, frame->width, frame->height, frame->colorspace, frame->color_range, format,
		width,         height,       flags};
	if (memcmp(&key, &convert->key, sizeof key) != 0 || !convert->sws) {
		convert_finish(convert);
		int r = open_scaler(&key, &convert->sws);
		if (r < 0)
			return r;
		convert->key = key;
	}
	return sws_scale(convert->sws, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, target,
			 linesize) < 0
		       ? AVERROR(EINVAL)
		       : 0;
}

void convert_finish(struct convert *convert)
{
	sws_freeContext(convert->sws);
	*convert = (struct convert){0};
}
