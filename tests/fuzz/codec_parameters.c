/* codec_parameters.c: what a packet's metadata says of its track, as another process wrote it, and the first bytes of a
 * key packet. What is accepted is written and read again without change. */
#include "media/codec_parameters.h"
#include "fuzz/input.h"
#include "media/extradata.h"
#include <libavutil/log.h>

/* Numbers of parameters that are good, which the input then changes: few random ones get past the checks. */
static void mend(uint8_t *bytes, size_t size, struct input *changes)
{
	static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,  AV_CODEC_ID_AAC,
						AV_CODEC_ID_AV1,  AV_CODEC_ID_MPEG4, AV_CODEC_ID_OPUS};
	AVCodecParameters *codec = avcodec_parameters_alloc();
	struct codec_parameters parameters = {.codec = codec, .time_base = {1, 90000}, .frame_rate = {25, 1}};
	void *written = NULL;
	uint32_t written_size = 0;
	codec->codec_id = codecs[input_u8(changes) % 6];
	codec->codec_type = avcodec_get_type(codec->codec_id);
	codec->width = codec->height = 64;
	codec->sample_rate = 48000;
	FUZZ_CHECK(codec_parameters_write(&parameters, &written, &written_size) == 0 && written_size <= size);
	memcpy(bytes, written, written_size);
	uint32_t extradata_size = (uint32_t)(size - written_size);
	memcpy(bytes + 4, &extradata_size, sizeof extradata_size);
	for (unsigned i = input_u8(changes) % 4; i > 0; i--) {
		uint32_t value = input_u32(changes);
		memcpy(bytes + input_u8(changes) % (written_size / 4) * 4, &value, sizeof value);
	}
	free(written);
	avcodec_parameters_free(&codec);
}

static void read_again(const struct codec_parameters *parameters)
{
	void *written = NULL;
	uint32_t size = 0;
	struct codec_parameters again;
	if (codec_parameters_write(parameters, &written, &size) < 0) /* extradata that was found may be too long */
		return;
	FUZZ_CHECK(codec_parameters_read(written, size, &again) == 0);
	FUZZ_CHECK(codec_parameters_fit(parameters, &again));
	codec_parameters_clear(&again);
	free(written);
}

/* The first byte: whether the parameters are mended, and how long their extradata is. What follows it is a packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t bytes[192 + 128] = {0}, choice = input_u8(&input);
	struct codec_parameters parameters;
	size_t length = 192 + choice % 128;
	uint8_t *exact = malloc(length);
	FUZZ_CHECK(exact);
	input_take(&input, bytes, choice & 128 ? 0 : length);
	if (choice & 128)
		mend(bytes, length, &input);
	memcpy(exact, bytes, length);
	av_log_set_level(AV_LOG_QUIET);
	if (codec_parameters_read(exact, length, &parameters) == 0) {
		read_again(&parameters);
		extradata_find(parameters.codec, input.at, input.left);
		read_again(&parameters);
		codec_parameters_clear(&parameters);
	}
	free(exact);
	return 0;
}
