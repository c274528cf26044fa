/* Tests of media/codec_parameters.c: what was written is read again, and nothing that makes no sense. */
#include "base/limits.h"
#include "media/codec_parameters.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct codec_parameters video(void)
{
	struct codec_parameters parameters = {.codec = avcodec_parameters_alloc(),
					      .time_base = {1, 90000},
					      .frame_rate = {25, 1},
					      .ordinal = 3,
					      .best = true,
					      .has_matrix = true,
					      .display_matrix = {0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30}};
	AVCodecParameters *codec = parameters.codec;
	codec->codec_type = AVMEDIA_TYPE_VIDEO;
	codec->codec_id = AV_CODEC_ID_H264;
	codec->codec_tag = MKTAG('a', 'v', 'c', '1');
	codec->format = AV_PIX_FMT_YUV420P;
	codec->width = 1920;
	codec->height = 1080;
	codec->profile = FF_PROFILE_H264_HIGH;
	codec->level = 41;
	codec->video_delay = 2;
	codec->color_space = AVCOL_SPC_BT709;
	codec->sample_aspect_ratio = (AVRational){4, 3};
	codec->extradata_size = 40;
	codec->extradata = av_mallocz(40 + AV_INPUT_BUFFER_PADDING_SIZE);
	memset(codec->extradata, 7, 40);
	return parameters;
}

static void test_video(void **state)
{
	(void)state;
	struct codec_parameters parameters = video(), again;
	void *bytes = NULL;
	uint32_t size = 0;
	assert_int_equal(codec_parameters_write(&parameters, &bytes, &size), 0);
	assert_int_equal(codec_parameters_read(bytes, size, &again), 0);
	assert_true(codec_parameters_fit(&parameters, &again));
	assert_int_equal(again.codec->codec_tag, parameters.codec->codec_tag);
	assert_int_equal(again.codec->format, AV_PIX_FMT_YUV420P);
	assert_int_equal(again.codec->profile, FF_PROFILE_H264_HIGH);
	assert_int_equal(again.codec->level, 41);
	assert_int_equal(again.codec->video_delay, 2);
	assert_int_equal(again.codec->color_space, AVCOL_SPC_BT709);
	assert_int_equal(again.codec->sample_aspect_ratio.num, 4);
	assert_int_equal(again.time_base.den, 90000);
	assert_int_equal(again.frame_rate.num, 25);
	assert_int_equal(again.ordinal, 3);
	assert_true(again.best);
	assert_true(again.has_matrix);
	assert_memory_equal(again.display_matrix, parameters.display_matrix, sizeof again.display_matrix);
	again.codec->extradata[39] = 8;
	assert_false(codec_parameters_fit(&parameters, &again));
	free(bytes);
	codec_parameters_clear(&parameters);
	codec_parameters_clear(&again);
	codec_parameters_clear(&again);
}

static void test_audio(void **state)
{
	(void)state;
	struct codec_parameters parameters = {
		.codec = avcodec_parameters_alloc(), .time_base = {1, 48000}, .frame_rate = {0, 1}};
	struct codec_parameters again;
	parameters.codec->codec_type = AVMEDIA_TYPE_AUDIO;
	parameters.codec->codec_id = AV_CODEC_ID_AAC;
	parameters.codec->format = AV_SAMPLE_FMT_FLTP;
	parameters.codec->sample_rate = 48000;
	parameters.codec->frame_size = 1024;
	parameters.codec->initial_padding = 1024;
	av_channel_layout_default(&parameters.codec->ch_layout, 6);
	void *bytes = NULL;
	uint32_t size = 0;
	assert_int_equal(codec_parameters_write(&parameters, &bytes, &size), 0);
	assert_int_equal(codec_parameters_read(bytes, size, &again), 0);
	assert_true(codec_parameters_fit(&parameters, &again));
	assert_int_equal(av_channel_layout_compare(&parameters.codec->ch_layout, &again.codec->ch_layout), 0);
	assert_int_equal(again.codec->initial_padding, 1024);
	free(bytes);
	codec_parameters_clear(&parameters);
	codec_parameters_clear(&again);
}

static void test_too_large(void **state)
{
	(void)state;
	struct codec_parameters parameters = video();
	void *bytes = NULL;
	uint32_t size = 0;
	av_freep(&parameters.codec->extradata);
	parameters.codec->extradata_size = LIMIT_METADATA;
	parameters.codec->extradata = av_mallocz(LIMIT_METADATA + AV_INPUT_BUFFER_PADDING_SIZE);
	assert_int_equal(codec_parameters_write(&parameters, &bytes, &size), -E2BIG);
	codec_parameters_clear(&parameters);
}

/* Every byte of the numbers set to what is hardly ever right: it is refused or read, and what is read is bounded. */
static void test_any_bytes(void **state)
{
	(void)state;
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	struct codec_parameters parameters = video(), again;
	void *bytes = NULL;
	uint32_t size = 0, refused = 0;
	assert_int_equal(codec_parameters_write(&parameters, &bytes, &size), 0);
	uint8_t *wrong = malloc(size);
	for (uint32_t i = 0; i < size - 40; i++) {
		for (unsigned k = 0; k < sizeof values; k++) {
			memcpy(wrong, bytes, size);
			wrong[i] = values[k];
			if (codec_parameters_read(wrong, size, &again) < 0) {
				refused++;
				continue;
			}
			assert_in_range(again.codec->width, 0, LIMIT_DIMENSION);
			assert_in_range(again.codec->ch_layout.nb_channels, 0, 255);
			assert_int_equal(again.codec->extradata_size, 40);
			assert_true(again.time_base.num > 0 && again.time_base.den > 0);
			codec_parameters_clear(&again);
		}
	}
	assert_true(refused > 200);
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(codec_parameters_read(bytes, i, &again), -EPROTO);
	free(wrong);
	free(bytes);
	codec_parameters_clear(&parameters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_video),
		cmocka_unit_test(test_audio),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
