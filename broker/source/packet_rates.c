/* packet_rates.c: guesses from what is known of the tracks. */
#include "source/packet_rates.h"

#define BITS_A_PIXEL 0.2 /* of cameras that do not save */
#define AUDIO_BITS 512e3
#define OTHER_PACKETS 10.0 /* subtitles */
#define UNKNOWN_RATE 60.0

static double frame_rate(const AVStream *stream)
{
	double rate = stream->avg_frame_rate.den ? av_q2d(stream->avg_frame_rate) : 0;
	return rate > 0 && rate < 1000 ? rate : UNKNOWN_RATE;
}

static double bits_of(const AVStream *stream)
{
	const AVCodecParameters *codec = stream->codecpar;
	if (codec->bit_rate > 0)
		return (double)codec->bit_rate;
	if (codec->codec_type == AVMEDIA_TYPE_VIDEO)
		return (double)codec->width * codec->height * frame_rate(stream) * BITS_A_PIXEL;
	return codec->codec_type == AVMEDIA_TYPE_AUDIO ? AUDIO_BITS : 0;
}

static double packets_of(const AVStream *stream)
{
	const AVCodecParameters *codec = stream->codecpar;
	if (codec->codec_type == AVMEDIA_TYPE_VIDEO)
		return frame_rate(stream);
	if (codec->codec_type != AVMEDIA_TYPE_AUDIO)
		return OTHER_PACKETS;
	return codec->frame_size > 0 && codec->sample_rate > 0 ? (double)codec->sample_rate / codec->frame_size
							       : UNKNOWN_RATE;
}

double packet_rates_bits(const AVFormatContext *format)
{
	double bits = 0;
	for (unsigned i = 0; i < format->nb_streams; i++)
		bits += bits_of(format->streams[i]);
	return format->bit_rate > 0 ? (double)format->bit_rate : bits;
}

double packet_rates_packets(const AVFormatContext *format)
{
	double packets = 0;
	for (unsigned i = 0; i < format->nb_streams; i++)
		packets += packets_of(format->streams[i]);
	return packets;
}
