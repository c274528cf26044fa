#include "base/clock.h"
#include "sink/sound.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATE 48000
#define MS NS_PER_MS
#define S NS_PER_SECOND
#define LOUD 8000
#define QUIET_SAMPLES (RATE / 10) /* how a block begins */
#define BLOCK_SAMPLES (RATE / 5)
#define BLOCK_NS (200 * MS)

static AVCodecContext *encoder;
static struct sound *sound;
static int16_t heard[10 * RATE];
static int heard_samples;

static int setup(void **state)
{
	(void)state;
	encoder = avcodec_alloc_context3(NULL);
	encoder->sample_fmt = AV_SAMPLE_FMT_S16;
	encoder->sample_rate = RATE;
	av_channel_layout_default(&encoder->ch_layout, 1);
	sound = sound_create(encoder, 0);
	heard_samples = 0;
	return encoder && sound ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sound_destroy(sound);
	avcodec_free_context(&encoder);
	return 0;
}

static void listen(bool last)
{
	AVFrame *frame;
	while (sound_take(sound, last, &frame) >= 0) {
		assert_int_equal(frame->pts, heard_samples);
		assert_true(heard_samples + frame->nb_samples <= 10 * RATE);
		memcpy(heard + heard_samples, frame->data[0], sizeof *heard * (size_t)frame->nb_samples);
		heard_samples += frame->nb_samples;
		av_frame_free(&frame);
	}
}

/* A block that is quiet at first, and then loud where that is wanted. */
static void put(int64_t time_ns, bool loud, bool after_gap)
{
	static int16_t samples[BLOCK_SAMPLES];
	for (int i = 0; i < BLOCK_SAMPLES; i++)
		samples[i] = loud && i >= QUIET_SAMPLES ? LOUD : 0;
	struct fb_stream_info info = {.media = FB_AUDIO, .sample_rate = RATE, .channels = 1, .format = "s16"};
	struct fb_frame block = {.info = &info, .samples = BLOCK_SAMPLES, .data = {(void *)samples}};
	assert_true(sound_put(sound, &block, time_ns, after_gap) >= 0);
	listen(false);
}

static void put_quiet_second(void)
{
	for (int i = 0; i < 5; i++)
		put(i * BLOCK_NS, false, false);
}

/* When it became loud. */
static int64_t loud_ns(void)
{
	sound_end(sound);
	listen(true);
	for (int i = 0; i < heard_samples; i++)
		if (heard[i] > LOUD / 2)
			return i * S / RATE;
	return -1;
}

static void assert_near(int64_t ns, int64_t wanted_ns)
{
	assert_in_range(ns + S, wanted_ns + S - MS, wanted_ns + S + MS);
}

static void sound_that_goes_on_is_in_time(void **state)
{
	(void)state;
	put_quiet_second();
	put(S, true, false);
	assert_near(loud_ns(), S + 100 * MS);
}

/* A small difference without a gap is drift: the samples go on, and are stretched where nobody hears it. */
static void drift_is_stretched(void **state)
{
	(void)state;
	put_quiet_second();
	put(S + 70 * MS, true, false);
	assert_near(loud_ns(), S + 100 * MS);
}

static void what_is_missing_is_filled_after_a_gap(void **state)
{
	(void)state;
	put_quiet_second();
	put(S + 70 * MS, true, true);
	assert_near(loud_ns(), S + 170 * MS);
}

static void an_overlap_is_cut_after_a_gap(void **state)
{
	(void)state;
	put_quiet_second();
	put(S - 70 * MS, true, true);
	assert_near(loud_ns(), S + 30 * MS);
}

static void silence_takes_the_place_of_sound(void **state)
{
	(void)state;
	put_quiet_second();
	for (int i = 0; i < 5; i++)
		assert_true(sound_put_silence(sound, S + i * 20 * MS, 20 * MS) >= 0);
	put(S + 180 * MS, true, true);
	assert_near(loud_ns(), S + 280 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sound_that_goes_on_is_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(drift_is_stretched, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_missing_is_filled_after_a_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(an_overlap_is_cut_after_a_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_takes_the_place_of_sound, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
