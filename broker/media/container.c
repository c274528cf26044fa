/* container.c: what FFmpeg's muxers say of themselves, and what they do not. */
#include "media/container.h"
#include <libavcodec/avcodec.h>
#include <libavutil/avstring.h>

/* What FFmpeg packs for RTP (RTSP too) and into MPEG-TS: it does not say so itself. A codec that is not here would be
 * refused late, or written as private data that no player reads. */
static const enum AVCodecID rtp_codecs[] = {
	AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,       AV_CODEC_ID_MPEG4,      AV_CODEC_ID_MPEG1VIDEO,
	AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_VP8,        AV_CODEC_ID_VP9,        AV_CODEC_ID_MJPEG,
	AV_CODEC_ID_H261,       AV_CODEC_ID_H263,       AV_CODEC_ID_H263P,      AV_CODEC_ID_THEORA,
	AV_CODEC_ID_AAC,        AV_CODEC_ID_OPUS,       AV_CODEC_ID_MP2,        AV_CODEC_ID_MP3,
	AV_CODEC_ID_PCM_ALAW,   AV_CODEC_ID_PCM_MULAW,  AV_CODEC_ID_PCM_S16BE,  AV_CODEC_ID_PCM_S24BE,
	AV_CODEC_ID_VORBIS,     AV_CODEC_ID_SPEEX,      AV_CODEC_ID_ILBC,       AV_CODEC_ID_AMR_NB,
	AV_CODEC_ID_AMR_WB,     AV_CODEC_ID_ADPCM_G722, AV_CODEC_ID_ADPCM_G726, AV_CODEC_ID_ADPCM_G726LE,
	AV_CODEC_ID_NONE};
static const enum AVCodecID mpegts_codecs[] = {
	AV_CODEC_ID_H264,   AV_CODEC_ID_HEVC,     AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4,
	AV_CODEC_ID_CAVS,   AV_CODEC_ID_DIRAC,    AV_CODEC_ID_VC1,        AV_CODEC_ID_MP2,        AV_CODEC_ID_MP3,
	AV_CODEC_ID_AAC,    AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_AC3,        AV_CODEC_ID_EAC3,       AV_CODEC_ID_DTS,
	AV_CODEC_ID_TRUEHD, AV_CODEC_ID_OPUS,     AV_CODEC_ID_S302M,      AV_CODEC_ID_NONE};

static bool is_in(const enum AVCodecID *codecs, enum AVCodecID codec)
{
	while (*codecs != AV_CODEC_ID_NONE)
		if (*codecs++ == codec)
			return true;
	return false;
}

bool container_takes(const AVOutputFormat *muxer, bool fragmented, enum AVCodecID codec)
{
	if (av_match_name(muxer->name, "hls"))
		muxer = av_guess_format(fragmented ? "mp4" : "mpegts", NULL, NULL);
	if (av_match_name(muxer->name, "rtsp,rtp,sap"))
		return is_in(rtp_codecs, codec);
	if (av_match_name(muxer->name, "mpegts,rtp_mpegts"))
		return is_in(mpegts_codecs, codec);
	unsigned tag;
	if (av_match_name(muxer->name, "matroska") && av_codec_get_tag2(muxer->codec_tag, codec, &tag))
		return true;                                                  /* as in AVI: it does not tell of these */
	return avformat_query_codec(muxer, codec, FF_COMPLIANCE_NORMAL) != 0; /* negative: it cannot tell */
}
