/* extradata.c: FFmpeg's bitstream filter knows the codecs. */
#include "media/extradata.h"
#include <libavcodec/bsf.h>
#include <stdbool.h>
#include <string.h>

static bool knows(const AVBitStreamFilter *filter, enum AVCodecID codec)
{
	for (const enum AVCodecID *id = filter ? filter->codec_ids : NULL; id && *id != AV_CODEC_ID_NONE; id++)
		if (*id == codec)
			return true;
	return false;
}

static int run(const AVBitStreamFilter *filter, const AVCodecParameters *codec, AVPacket *packet)
{
	AVBSFContext *bsf = NULL;
	int r = av_bsf_alloc(filter, &bsf);
	if (r >= 0)
		r = avcodec_parameters_copy(bsf->par_in, codec);
	if (r >= 0)
		r = av_bsf_init(bsf);
	if (r >= 0)
		r = av_bsf_send_packet(bsf, packet);
	if (r >= 0)
		r = av_bsf_receive_packet(bsf, packet);
	av_bsf_free(&bsf);
	return r;
}

static void take(AVCodecParameters *codec, const AVPacket *packet)
{
	size_t size = 0;
	const uint8_t *found = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
	uint8_t *extradata = found ? av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
	if (!extradata)
		return;
	codec->extradata = memcpy(extradata, found, size);
	codec->extradata_size = (int)size;
}

void extradata_find(AVCodecParameters *codec, const uint8_t *data, size_t size)
{
	const AVBitStreamFilter *filter = av_bsf_get_by_name("extract_extradata");
	if (codec->extradata || size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE || !knows(filter, codec->codec_id))
		return;
	AVPacket *packet = av_packet_alloc();
	if (packet && av_new_packet(packet, (int)size) >= 0) {
		memcpy(packet->data, data, size);
		if (run(filter, codec, packet) >= 0)
			take(codec, packet);
	}
	av_packet_free(&packet);
}
