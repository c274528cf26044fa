/* source_hardware_test.c: pictures out of a device's memory. The device is Vulkan, which Mesa also does on the CPU
 * (lavapipe, package mesa-vulkan-drivers). */
#include "source/hardware.h"
#include "source_double.h"
#include <errno.h>
#include <libavutil/hwcontext.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WIDTH 128
#define HEIGHT 64
#define CROP_LEFT 6
#define CROP_TOP 4
#define CROP_RIGHT 2

static AVCodecContext *decoder;
static struct report *report;
static struct watch watch;
static struct media_error error;

static int begin(void **state)
{
	(void)state;
	AVBufferRef *device = NULL;
	double_begin();
	watch_init(&watch, NULL);
	assert_int_equal(report_create(NULL, &watch, "source test", &report), 0);
	decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
	if (av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VULKAN, NULL, NULL, 0) == 0)
		decoder->hw_device_ctx = device;
	error = (struct media_error){0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	avcodec_free_context(&decoder);
	report_destroy(report);
	return 0;
}

static uint8_t pixel(int plane, int x, int y)
{
	return (uint8_t)(plane * 50 + x * 3 + y * 7);
}

static AVFrame *software_frame(void)
{
	AVFrame *frame = av_frame_alloc();
	frame->format = AV_PIX_FMT_NV12;
	frame->width = WIDTH;
	frame->height = HEIGHT;
	assert_int_equal(av_frame_get_buffer(frame, 0), 0);
	for (int plane = 0; plane < 2; plane++)
		for (int y = 0; y < HEIGHT >> plane; y++)
			for (int x = 0; x < WIDTH; x++)
				frame->data[plane][y * frame->linesize[plane] + x] = pixel(plane, x, y);
	return frame;
}

/* The picture in the memory of the device, as a decoder gives it: with edges that are not to be seen. FFmpeg goes on
 * reading the picture until the device frame is read. */
static AVFrame *device_frame(const AVFrame *picture)
{
	AVBufferRef *pool = av_hwframe_ctx_alloc(decoder->hw_device_ctx);
	AVHWFramesContext *frames = (AVHWFramesContext *)pool->data;
	frames->format = AV_PIX_FMT_VULKAN;
	frames->sw_format = AV_PIX_FMT_NV12;
	frames->width = WIDTH;
	frames->height = HEIGHT;
	assert_int_equal(av_hwframe_ctx_init(pool), 0);
	AVFrame *frame = av_frame_alloc();
	assert_int_equal(av_hwframe_get_buffer(pool, frame, 0), 0);
	assert_int_equal(av_hwframe_transfer_data(frame, picture, 0), 0);
	frame->pts = 1234;
	frame->key_frame = 1;
	frame->colorspace = AVCOL_SPC_BT709;
	frame->crop_left = CROP_LEFT;
	frame->crop_top = CROP_TOP;
	frame->width -= CROP_RIGHT;
	av_buffer_unref(&pool);
	return frame;
}

static void a_picture_comes_out_as_it_went_in(void **state)
{
	(void)state;
	if (!decoder->hw_device_ctx)
		skip();
	AVFrame *picture = software_frame(), *frame = device_frame(picture);
	assert_int_equal(hardware_fetch(decoder, true, report, frame, &error), 0);
	assert_null(frame->hw_frames_ctx);
	assert_int_equal(frame->format, AV_PIX_FMT_NV12);
	assert_int_equal(frame->width, WIDTH - CROP_LEFT - CROP_RIGHT);
	assert_int_equal(frame->height, HEIGHT - CROP_TOP);
	assert_int_equal(frame->pts, 1234);
	assert_int_equal(frame->key_frame, 1);
	assert_int_equal(frame->colorspace, AVCOL_SPC_BT709);
	for (int plane = 0; plane < 2; plane++)
		for (int y = 0; y < frame->height >> plane; y++)
			for (int x = 0; x < frame->width; x++)
				assert_int_equal(frame->data[plane][y * frame->linesize[plane] + x],
						 pixel(plane, x + CROP_LEFT, y + (CROP_TOP >> plane)));
	av_frame_free(&picture);
	av_frame_free(&frame);
}

static void software_is_an_error_where_the_device_was_named(void **state)
{
	(void)state;
	if (!decoder->hw_device_ctx)
		skip();
	AVFrame *frame = software_frame();
	assert_int_equal(hardware_fetch(decoder, true, report, frame, &error), -EINVAL);
	assert_non_null(strstr(error.text, "vulkan does not decode this kind of h264"));
	assert_non_null(strstr(error.mend, "auto"));
	av_frame_free(&frame);
}

static void auto_takes_software_frames_too(void **state)
{
	(void)state;
	AVFrame *frame = software_frame();
	const uint8_t *data = frame->data[0];
	assert_int_equal(hardware_fetch(decoder, false, report, frame, &error), 0);
	assert_ptr_equal(frame->data[0], data);
	assert_string_equal(error.text, "");
	av_frame_free(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_picture_comes_out_as_it_went_in, begin, end),
		cmocka_unit_test_setup_teardown(software_is_an_error_where_the_device_was_named, begin, end),
		cmocka_unit_test_setup_teardown(auto_takes_software_frames_too, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
