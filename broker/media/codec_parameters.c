/* codec_parameters.c: a fixed block of numbers, then the extradata. */
#include "media/codec_parameters.h"
#include "base/error.h"
#include "base/limits.h"
#include <assert.h>
#include <errno.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x70636266u /* "fbcp" */
#define MOST_CHANNELS 255
#define MOST_RATE 10000000

struct numbers {
	uint32_t magic, extradata_size;
	int64_t bit_rate;
	uint64_t channel_mask;
	int32_t type, codec, format, bits_per_coded_sample, bits_per_raw_sample, profile, level;
	int32_t width, height, field_order, color_range, color_primaries, color_trc, color_space, chroma_location;
	int32_t video_delay, channels, sample_rate, block_align, frame_size, initial_padding, trailing_padding;
	int32_t seek_preroll, ordinal, best, has_matrix;
	uint32_t tag;
	AVRational aspect, time_base, frame_rate;
	int32_t matrix[9];
};
static_assert(sizeof(struct numbers) == 192, "no padding, so that no byte of it is undefined");

static struct numbers numbers_of(const struct codec_parameters *parameters)
{
	const AVCodecParameters *codec = parameters->codec;
	const AVChannelLayout *channels = &codec->ch_layout;
	struct numbers numbers = {
		.magic = MAGIC,
		.extradata_size = (uint32_t)codec->extradata_size,
		.bit_rate = codec->bit_rate,
		.channel_mask = channels->order == AV_CHANNEL_ORDER_NATIVE ? channels->u.mask : 0,
		.type = codec->codec_type,
		.codec = (int32_t)codec->codec_id,
		.format = codec->format,
		.bits_per_coded_sample = codec->bits_per_coded_sample,
		.bits_per_raw_sample = codec->bits_per_raw_sample,
		.profile = codec->profile,
		.level = codec->level,
		.width = codec->width,
		.height = codec->height,
		.field_order = (int32_t)codec->field_order,
		.color_range = (int32_t)codec->color_range,
		.color_primaries = (int32_t)codec->color_primaries,
		.color_trc = (int32_t)codec->color_trc,
		.color_space = (int32_t)codec->color_space,
		.chroma_location = (int32_t)codec->chroma_location,
		.video_delay = codec->video_delay,
		.channels = channels->nb_channels,
		.sample_rate = codec->sample_rate,
		.block_align = codec->block_align,
		.frame_size = codec->frame_size,
		.initial_padding = codec->initial_padding,
		.trailing_padding = codec->trailing_padding,
		.seek_preroll = codec->seek_preroll,
		.ordinal = parameters->ordinal,
		.best = parameters->best,
		.has_matrix = parameters->has_matrix,
		.tag = codec->codec_tag,
		.aspect = codec->sample_aspect_ratio,
		.time_base = parameters->time_base,
		.frame_rate = parameters->frame_rate,
	};
	memcpy(numbers.matrix, parameters->display_matrix, sizeof numbers.matrix);
	return numbers;
}

int codec_parameters_write(const struct codec_parameters *parameters, void **ret_bytes, uint32_t *ret_size)
{
	struct numbers numbers = numbers_of(parameters);
	size_t size = sizeof numbers + numbers.extradata_size;
	if (size > LIMIT_METADATA)
		return error_set(E2BIG, "%s: its decoder's extradata of %u bytes is more than %zu",
				 avcodec_get_name(parameters->codec->codec_id), numbers.extradata_size,
				 LIMIT_METADATA - sizeof numbers);
	uint8_t *bytes = malloc(size);
	if (!bytes)
		return error_set(ENOMEM, "out of memory");
	memcpy(bytes, &numbers, sizeof numbers);
	if (numbers.extradata_size > 0)
		memcpy(bytes + sizeof numbers, parameters->codec->extradata, numbers.extradata_size);
	*ret_bytes = bytes;
	*ret_size = (uint32_t)size;
	return 0;
}

static bool within(int64_t value, int64_t low, int64_t high)
{
	return value >= low && value <= high;
}

static bool video_is_sane(const struct numbers *numbers)
{
	return within(numbers->width, 0, LIMIT_DIMENSION) && within(numbers->height, 0, LIMIT_DIMENSION) &&
	       (numbers->format == -1 || av_pix_fmt_desc_get((enum AVPixelFormat)numbers->format)) &&
	       within(numbers->video_delay, 0, 64) && within(numbers->aspect.num, 0, INT32_MAX) &&
	       within(numbers->aspect.den, 0, INT32_MAX);
}

static bool audio_is_sane(const struct numbers *numbers)
{
	return within(numbers->channels, 0, MOST_CHANNELS) && within(numbers->sample_rate, 0, MOST_RATE) &&
	       within(numbers->format, -1, AV_SAMPLE_FMT_NB - 1) && within(numbers->block_align, 0, INT32_MAX) &&
	       within(numbers->frame_size, 0, 1 << 24) && within(numbers->initial_padding, 0, 1 << 24) &&
	       within(numbers->trailing_padding, 0, 1 << 24) && within(numbers->seek_preroll, 0, 1 << 24) &&
	       (!numbers->channel_mask || __builtin_popcountll(numbers->channel_mask) == numbers->channels);
}

static bool colors_are_sane(const struct numbers *numbers)
{
	return within(numbers->color_range, 0, AVCOL_RANGE_NB - 1) &&
	       within(numbers->color_primaries, 0, AVCOL_PRI_NB - 1) &&
	       within(numbers->color_trc, 0, AVCOL_TRC_NB - 1) && within(numbers->color_space, 0, AVCOL_SPC_NB - 1) &&
	       within(numbers->chroma_location, 0, AVCHROMA_LOC_NB - 1) && within(numbers->field_order, 0, AV_FIELD_BT);
}

static bool is_sane(const struct numbers *numbers, size_t size)
{
	const AVCodecDescriptor *known = avcodec_descriptor_get((enum AVCodecID)numbers->codec);
	return numbers->magic == MAGIC && numbers->extradata_size == size - sizeof *numbers && known &&
	       (int)known->type == numbers->type && video_is_sane(numbers) && audio_is_sane(numbers) &&
	       colors_are_sane(numbers) && within(numbers->bit_rate, 0, INT64_MAX) &&
	       within(numbers->bits_per_coded_sample, 0, 256) && within(numbers->bits_per_raw_sample, 0, 256) &&
	       numbers->time_base.num > 0 && numbers->time_base.den > 0 && numbers->frame_rate.num >= 0 &&
	       numbers->frame_rate.den > 0 && within(numbers->has_matrix, 0, 1) && within(numbers->best, 0, 1) &&
	       within(numbers->ordinal, 0, UINT16_MAX);
}

static void fill(const struct numbers *numbers, AVCodecParameters *codec)
{
	codec->codec_type = (enum AVMediaType)numbers->type;
	codec->codec_id = (enum AVCodecID)numbers->codec;
	codec->codec_tag = numbers->tag;
	codec->format = numbers->format;
	codec->bit_rate = numbers->bit_rate;
	codec->bits_per_coded_sample = numbers->bits_per_coded_sample;
	codec->bits_per_raw_sample = numbers->bits_per_raw_sample;
	codec->profile = numbers->profile;
	codec->level = numbers->level;
	codec->width = numbers->width;
	codec->height = numbers->height;
	codec->sample_aspect_ratio = numbers->aspect;
	codec->field_order = (enum AVFieldOrder)numbers->field_order;
	codec->color_range = (enum AVColorRange)numbers->color_range;
	codec->color_primaries = (enum AVColorPrimaries)numbers->color_primaries;
	codec->color_trc = (enum AVColorTransferCharacteristic)numbers->color_trc;
	codec->color_space = (enum AVColorSpace)numbers->color_space;
	codec->chroma_location = (enum AVChromaLocation)numbers->chroma_location;
	codec->video_delay = numbers->video_delay;
	codec->sample_rate = numbers->sample_rate;
	codec->block_align = numbers->block_align;
	codec->frame_size = numbers->frame_size;
	codec->initial_padding = numbers->initial_padding;
	codec->trailing_padding = numbers->trailing_padding;
	codec->seek_preroll = numbers->seek_preroll;
	if (numbers->channel_mask)
		av_channel_layout_from_mask(&codec->ch_layout, numbers->channel_mask);
	else if (numbers->channels > 0)
		codec->ch_layout =
			(AVChannelLayout){.order = AV_CHANNEL_ORDER_UNSPEC, .nb_channels = numbers->channels};
}

static AVCodecParameters *codec_of(const struct numbers *numbers, const uint8_t *extradata)
{
	AVCodecParameters *codec = avcodec_parameters_alloc();
	if (!codec)
		return NULL;
	fill(numbers, codec);
	if (numbers->extradata_size == 0)
		return codec;
	codec->extradata = av_mallocz(numbers->extradata_size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!codec->extradata) {
		avcodec_parameters_free(&codec);
		return NULL;
	}
	codec->extradata_size = (int)numbers->extradata_size;
	memcpy(codec->extradata, extradata, numbers->extradata_size);
	return codec;
}

int codec_parameters_read(const void *bytes, size_t size, struct codec_parameters *ret_parameters)
{
	struct numbers numbers;
	if (size < sizeof numbers || size > LIMIT_METADATA)
		return error_set(EPROTO, "%zu bytes of metadata are no codec parameters", size);
	memcpy(&numbers, bytes, sizeof numbers);
	if (!is_sane(&numbers, size))
		return error_set(EPROTO, "the packet's codec parameters make no sense");
	AVCodecParameters *codec = codec_of(&numbers, (const uint8_t *)bytes + sizeof numbers);
	if (!codec)
		return error_set(ENOMEM, "out of memory");
	*ret_parameters = (struct codec_parameters){.codec = codec,
						    .time_base = numbers.time_base,
						    .frame_rate = numbers.frame_rate,
						    .ordinal = (uint16_t)numbers.ordinal,
						    .best = numbers.best,
						    .has_matrix = numbers.has_matrix};
	memcpy(ret_parameters->display_matrix, numbers.matrix, sizeof numbers.matrix);
	return 0;
}

void codec_parameters_clear(struct codec_parameters *parameters)
{
	avcodec_parameters_free(&parameters->codec);
}

bool codec_parameters_fit(const struct codec_parameters *a, const struct codec_parameters *b)
{
	const AVCodecParameters *x = a->codec, *y = b->codec;
	return x->codec_id == y->codec_id && x->width == y->width && x->height == y->height &&
	       x->sample_rate == y->sample_rate && x->ch_layout.nb_channels == y->ch_layout.nb_channels &&
	       x->extradata_size == y->extradata_size &&
	       (x->extradata_size == 0 || memcmp(x->extradata, y->extradata, (size_t)x->extradata_size) == 0);
}
