#include "base/limits.h"
#include "source/picture.h"
#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_plane(enum AVPixelFormat format, unsigned plane, struct fb_plane want)
{
	struct fb_plane planes[4];
	assert_true(picture_planes(format, 640, 360, planes) > plane);
	assert_int_equal(planes[plane].rows, want.rows);
	assert_int_equal(planes[plane].row_bytes, want.row_bytes);
	assert_int_equal(planes[plane].components, want.components);
	assert_int_equal(planes[plane].sample_bytes, want.sample_bytes);
}

static void planes_as_readers_see_them(void **state)
{
	(void)state;
	check_plane(AV_PIX_FMT_RGB24, 0, (struct fb_plane){360, 1920, 3, 1});
	check_plane(AV_PIX_FMT_BGRA, 0, (struct fb_plane){360, 2560, 4, 1});
	check_plane(AV_PIX_FMT_BGR0, 0, (struct fb_plane){360, 2560, 4, 1});
	check_plane(AV_PIX_FMT_GRAY8, 0, (struct fb_plane){360, 640, 1, 1});
	check_plane(AV_PIX_FMT_GRAY16LE, 0, (struct fb_plane){360, 1280, 1, 2});
	check_plane(AV_PIX_FMT_YUV420P, 0, (struct fb_plane){360, 640, 1, 1});
	check_plane(AV_PIX_FMT_YUV420P, 2, (struct fb_plane){180, 320, 1, 1});
	check_plane(AV_PIX_FMT_NV12, 1, (struct fb_plane){180, 640, 2, 1});
	check_plane(AV_PIX_FMT_P010LE, 1, (struct fb_plane){180, 1280, 2, 2});
	check_plane(AV_PIX_FMT_YUYV422, 0, (struct fb_plane){360, 1280, 2, 1});
	check_plane(AV_PIX_FMT_RGB565LE, 0, (struct fb_plane){360, 1280, 1, 2});
	check_plane(AV_PIX_FMT_X2RGB10LE, 0, (struct fb_plane){360, 2560, 1, 4});
	check_plane(AV_PIX_FMT_RGB48LE, 0, (struct fb_plane){360, 3840, 3, 2});
	check_plane(AV_PIX_FMT_GBRPF32LE, 1, (struct fb_plane){360, 2560, 1, 4});
	check_plane(AV_PIX_FMT_UYYVYY411, 0, (struct fb_plane){360, 960, 1, 1}); /* bytes */
}

static void odd_sizes_round_up(void **state)
{
	(void)state;
	struct fb_plane planes[4];
	assert_int_equal(picture_planes(AV_PIX_FMT_YUV420P, 5, 3, planes), 3);
	assert_int_equal(planes[1].rows, 2);
	assert_int_equal(planes[1].row_bytes, 3);
}

/* Every format that FFmpeg has: either refused, or the planes fit into what is laid out for them. */
static void every_format_is_refused_or_fits(void **state)
{
	(void)state;
	for (int format = 0; av_pix_fmt_desc_get(format); format++) {
		struct picture picture;
		struct fb_plane planes[4];
		if (picture_refusal(format))
			continue;
		assert_int_equal(picture_native(format), format);
		assert_int_equal(picture_compact(format, 67, 35, &picture), 0);
		uint32_t count = picture_planes(format, 67, 35, planes);
		assert_in_range(count, 1, 4);
		size_t end = 0;
		for (uint32_t i = 0; i < count; i++) {
			assert_true(picture.offset[i] >= end && picture.offset[i] % 64 == 0);
			assert_true(picture.linesize[i] % 64 == 0 &&
				    planes[i].row_bytes <= (uint32_t)picture.linesize[i]);
			assert_true(planes[i].components > 0 && planes[i].sample_bytes > 0);
			assert_int_equal(planes[i].row_bytes % (planes[i].components * planes[i].sample_bytes), 0);
			end = picture.offset[i] + (size_t)planes[i].rows * (size_t)picture.linesize[i];
		}
		assert_true(end <= picture.bytes && picture.bytes % 64 == 0);
	}
}

static void what_is_no_plain_memory_is_refused(void **state)
{
	(void)state;
	assert_non_null(picture_refusal(AV_PIX_FMT_NONE));
	assert_non_null(strstr(picture_refusal(AV_PIX_FMT_VAAPI), "hardware"));
	assert_non_null(strstr(picture_refusal(AV_PIX_FMT_PAL8), "palette"));
	assert_non_null(strstr(picture_refusal(AV_PIX_FMT_MONOBLACK), "byte"));
	assert_int_equal(picture_native(AV_PIX_FMT_PAL8), AV_PIX_FMT_RGB24);
	assert_int_equal(picture_native(AV_PIX_FMT_MONOWHITE), AV_PIX_FMT_GRAY8);
	assert_int_equal(picture_native(AV_PIX_FMT_VAAPI), AV_PIX_FMT_NONE);
}

static void sizes_have_limits(void **state)
{
	(void)state;
	struct picture picture;
	assert_int_equal(picture_compact(AV_PIX_FMT_YUV420P, 0, 5, &picture), -EINVAL);
	assert_int_equal(picture_compact(AV_PIX_FMT_YUV420P, 5, -1, &picture), -EINVAL);
	assert_int_equal(picture_compact(AV_PIX_FMT_YUV420P, LIMIT_DIMENSION + 1, 5, &picture), -EINVAL);
	assert_int_equal(picture_compact(AV_PIX_FMT_RGBA64LE, LIMIT_DIMENSION, LIMIT_DIMENSION, &picture), -EINVAL);
}

static AVCodecContext *open_decoder(enum AVCodecID id, enum AVPixelFormat format, int width, int height)
{
	const AVCodec *codec = avcodec_find_decoder(id);
	AVCodecContext *decoder = avcodec_alloc_context3(codec);
	decoder->width = width;
	decoder->height = height;
	assert_int_equal(avcodec_open2(decoder, codec, NULL), 0);
	decoder->pix_fmt = format;
	return decoder;
}

/* The lines must be FFmpeg's own, and no plane smaller: decoders go back and forth between both kinds of memory. */
static void decoders_get_what_ffmpeg_would_give(void **state)
{
	(void)state;
	const enum AVCodecID ids[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MJPEG,
				      AV_CODEC_ID_VP9};
	const enum AVPixelFormat formats[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P10LE};
	const int sizes[][2] = {{1920, 1088}, {322, 242}, {17, 1}, {1000, 1001}};
	for (int i = 0; i < 5 * 3 * 4; i++) {
		int width = sizes[i % 4][0], height = sizes[i % 4][1];
		enum AVPixelFormat format = formats[i / 4 % 3];
		AVCodecContext *decoder = open_decoder(ids[i / 12], format, width, height);
		AVFrame *frame = av_frame_alloc();
		struct picture picture;
		frame->width = width;
		frame->height = height;
		frame->format = format;
		assert_int_equal(picture_decoder(decoder, frame, &picture), 0);
		assert_int_equal(avcodec_default_get_buffer2(decoder, frame, 0), 0);
		for (int p = 0; p < 3; p++) {
			size_t end = p < 2 ? picture.offset[p + 1] : picture.bytes;
			assert_int_equal(picture.linesize[p], frame->linesize[p]);
			assert_true(end - picture.offset[p] >= frame->buf[p]->size - 63); /* FFmpeg aligns within it */
		}
		av_frame_free(&frame);
		avcodec_free_context(&decoder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planes_as_readers_see_them),
		cmocka_unit_test(odd_sizes_round_up),
		cmocka_unit_test(every_format_is_refused_or_fits),
		cmocka_unit_test(what_is_no_plain_memory_is_refused),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(decoders_get_what_ffmpeg_would_give),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
