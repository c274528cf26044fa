/* picture.c: where the planes of a picture lie, for the slots of converted frames and for those that a decoder writes
 * itself. Decoders read and write beyond the last line: each of their planes has room behind it. */
#include "source/picture.h"
#include "base/error.h"
#include "base/limits.h"
#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#define LINE_ALIGN 64
#define DECODER_OVERREAD (16 + 64) /* bytes behind a plane that a decoder may touch, as FFmpeg's own pool has them */

const char *picture_refusal(enum AVPixelFormat format)
{
	const AVPixFmtDescriptor *description = av_pix_fmt_desc_get(format);
	if (!description)
		return "FFmpeg has no such pixel format";
	if (description->flags & AV_PIX_FMT_FLAG_HWACCEL)
		return "its pictures stay in the memory of the hardware; use for example nv12";
	if (description->flags & AV_PIX_FMT_FLAG_PAL)
		return "it has a palette; use for example rgb24";
	if (description->flags & AV_PIX_FMT_FLAG_BITSTREAM)
		return "its pixels are smaller than a byte; use for example gray";
	return NULL;
}

enum AVPixelFormat picture_native(enum AVPixelFormat decoded)
{
	const AVPixFmtDescriptor *description = av_pix_fmt_desc_get(decoded);
	if (!description || (description->flags & AV_PIX_FMT_FLAG_HWACCEL))
		return AV_PIX_FMT_NONE;
	if (description->flags & AV_PIX_FMT_FLAG_PAL)
		return AV_PIX_FMT_RGB24;
	if (description->flags & AV_PIX_FMT_FLAG_BITSTREAM)
		return (description->flags & AV_PIX_FMT_FLAG_RGB) ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_GRAY8;
	return decoded;
}

static size_t round_up(size_t size)
{
	return (size + LINE_ALIGN - 1) / LINE_ALIGN * LINE_ALIGN;
}

static int place_planes(struct picture *picture, size_t behind)
{
	ptrdiff_t lines[4];
	size_t sizes[4];
	for (int i = 0; i < 4; i++)
		lines[i] = picture->linesize[i];
	size_t end = 0;
	if (av_image_fill_plane_sizes(sizes, picture->format, picture->height, lines) < 0)
		return error_set(EINVAL, "a picture of %dx%d does not fit into memory", picture->width,
				 picture->height);
	for (int i = 0; i < 4; i++) {
		picture->offset[i] = sizes[i] ? (uint32_t)end : 0;
		if (sizes[i])
			end += round_up(sizes[i] + behind);
		if (end > LIMIT_SLOT_BYTES)
			return error_set(EINVAL, "a picture of %dx%d takes more than %llu bytes", picture->width,
					 picture->height, LIMIT_SLOT_BYTES);
	}
	picture->bytes = end;
	return 0;
}

static int check_size(int width, int height)
{
	if (width < 1 || height < 1 || width > LIMIT_DIMENSION || height > LIMIT_DIMENSION)
		return error_set(EINVAL, "a picture of %dx%d: width and height must be 1 to %d", width, height,
				 LIMIT_DIMENSION);
	return 0;
}

int picture_compact(enum AVPixelFormat format, int width, int height, struct picture *ret_picture)
{
	struct picture picture = {.format = format, .width = width, .height = height};
	int r = check_size(width, height);
	if (r < 0)
		return r;
	if (av_image_fill_linesizes(picture.linesize, format, width) < 0)
		return error_set(EINVAL, "a picture of %dx%d has lines that are too long", width, height);
	for (int i = 0; i < 4; i++)
		picture.linesize[i] = (int)round_up((size_t)picture.linesize[i]);
	if ((r = place_planes(&picture, 0)) < 0)
		return r;
	*ret_picture = picture;
	return 0;
}

/* Lines are widened together, never one by one: MPEG-like decoders count on luma lines twice as long as chroma's. */
static int align_lines(struct picture *picture, int width, const int align[])
{
	for (;;) {
		if (av_image_fill_linesizes(picture->linesize, picture->format, width) < 0)
			return error_set(EINVAL, "a picture of %dx%d has lines that are too long", picture->width,
					 picture->height);
		int unaligned = 0;
		for (int i = 0; i < 4; i++)
			unaligned |= align[i] ? picture->linesize[i] % align[i] : 0;
		if (!unaligned)
			return 0;
		width += width & ~(width - 1);
	}
}

int picture_decoder(AVCodecContext *decoder, const AVFrame *frame, struct picture *ret_picture)
{
	struct picture picture = {.format = frame->format, .width = frame->width, .height = frame->height};
	int align[AV_NUM_DATA_POINTERS] = {0};
	int width = frame->width, height = frame->height;
	/* the memory may be a little larger than the largest picture */
	if (width < 1 || height < 1 || width > LIMIT_DIMENSION + 256 || height > LIMIT_DIMENSION + 256)
		return check_size(width, height);
	avcodec_align_dimensions2(decoder, &width, &height, align);
	int r = align_lines(&picture, width, align);
	if (r < 0)
		return r;
	picture.height = height;
	r = place_planes(&picture, DECODER_OVERREAD);
	picture.height = frame->height;
	if (r < 0)
		return r;
	*ret_picture = picture;
	return 0;
}

bool picture_equal(const struct picture *a, const struct picture *b)
{
	return a->format == b->format && a->width == b->width && a->height == b->height && a->bytes == b->bytes &&
	       memcmp(a->offset, b->offset, sizeof a->offset) == 0 &&
	       memcmp(a->linesize, b->linesize, sizeof a->linesize) == 0;
}

/* The bytes of one component where each fills its own; else of the whole pixel, into which they are packed. */
static int sample_bytes(const AVPixFmtDescriptor *description, int plane)
{
	int count = 0, depth = 0, shortest = 0, longest = 0;
	bool packed = false;
	for (int i = 0; i < description->nb_components; i++) {
		const AVComponentDescriptor *component = &description->comp[i];
		if (component->plane != plane)
			continue;
		int bytes = component->depth > 16 ? 4 : component->depth > 8 ? 2 : 1;
		packed = packed || (count && component->depth != depth) || component->offset % bytes != 0 ||
			 component->step % bytes != 0 || component->shift + component->depth > 8 * bytes;
		shortest = count ? FFMIN(shortest, component->step) : component->step;
		longest = FFMAX(longest, component->step);
		depth = component->depth;
		count++;
	}
	int bytes = depth > 16 ? 4 : depth > 8 ? 2 : 1;
	return packed || count * bytes > longest ? FFMAX(shortest, 1) : bytes;
}

uint32_t picture_planes(enum AVPixelFormat format, int width, int height, struct fb_plane ret_planes[4])
{
	const AVPixFmtDescriptor *description = av_pix_fmt_desc_get(format);
	int count = av_pix_fmt_count_planes(format);
	for (int i = 0; i < count; i++) {
		bool chroma = i == 1 || i == 2;
		int plane_width = chroma ? AV_CEIL_RSHIFT(width, description->log2_chroma_w) : width;
		int row_bytes = av_image_get_linesize(format, width, i);
		int sample = sample_bytes(description, i);
		int pixel = row_bytes / plane_width;
		if (pixel % sample != 0 || pixel * plane_width != row_bytes) {
			sample = 1; /* neighbours share bytes: rows of plain bytes */
			pixel = pixel * plane_width == row_bytes ? pixel : 1;
		}
		ret_planes[i] = (struct fb_plane){
			.rows = (uint32_t)(chroma ? AV_CEIL_RSHIFT(height, description->log2_chroma_h) : height),
			.row_bytes = (uint32_t)row_bytes,
			.components = (uint16_t)(pixel / sample),
			.sample_bytes = (uint16_t)sample};
	}
	return (uint32_t)count;
}
