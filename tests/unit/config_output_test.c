/* config_output_test.c: memory of an output. */
#include "config_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t frame_bytes(const char *keys)
{
	char text[256];
	snprintf(text, sizeof text, "sources: {a: {url: x, outputs: {a: {%s}}}}", keys);
	struct config *config = load_good(text);
	uint64_t bytes = 12345;
	int result = config_output_frame_bytes(&config->sources[0].outputs[0], &bytes);
	if (result < 0) {
		assert_int_equal(result, -ENODATA);
		assert_true(bytes == 12345);
		bytes = 0;
	}
	config_free(config);
	return bytes;
}

static void frames(void **state)
{
	(void)state;
	assert_true(frame_bytes("width: 641, height: 3, pixel_format: rgb24") == 641 * 3 * 3);
	assert_true(frame_bytes("width: 641, height: 3, pixel_format: bgra") == 641 * 3 * 4);
	assert_true(frame_bytes("width: 641, height: 3, pixel_format: gray") == 641 * 3);
	assert_true(frame_bytes("width: 641, height: 3, pixel_format: gray16le") == 641 * 3 * 2);
	assert_true(frame_bytes("width: 641, height: 3, pixel_format: yuv420p") == 641 * 3 + 2 * 321 * 2);
	assert_true(frame_bytes("width: 640, height: 360, pixel_format: nv12") == 640 * 360 * 3 / 2);
	assert_true(frame_bytes("width: 640, height: 360") == 0);
	assert_true(frame_bytes("width: 640, pixel_format: rgb24") == 0);
	assert_true(frame_bytes("width: 640, height: 360, pixel_format: p010le") == 0);
	assert_true(frame_bytes("media: audio, channels: 2") == 1024 * 2 * 2);
	assert_true(frame_bytes("media: audio, channels: 1, frame_size: 480, sample_format: flt") == 480 * 4);
	assert_true(frame_bytes("media: audio") == 0);
}

static void memory(void **state)
{
	(void)state;
	struct config_output output = {.depth = 12, .spare = 8};
	assert_true(config_output_memory(&output, 1000) == 21000);
	assert_true(config_output_memory(&output, UINT64_MAX / 2) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(frames), cmocka_unit_test(memory)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
