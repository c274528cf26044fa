/* packet_room.c: guesses from what is known of the tracks before the first packet. */
#include "source/packet_room.h"
#include "base/clock.h"
#include "base/limits.h"
#include <math.h>

#define GOP_SECONDS 10.0 /* so long ago may the last key frame be */
#define RESERVE 1.5      /* what a bit rate is exceeded by for a while */
#define LEAST_BYTES (4.0 * 1024 * 1024)
#define LEAST_PACKETS 256.0
#define MOST_PACKETS (LIMIT_PACKETS - LIMIT_SLOTS / 4 - 1.0) /* leaves what `spare` may be */
#define BITS_A_PIXEL 0.2                                     /* of cameras that do not save */
#define AUDIO_BITS 512e3
#define OTHER_PACKETS 10.0 /* subtitles, a second */
#define UNKNOWN_RATE 60.0  /* packets a second */

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

struct packet_room packet_room(const AVFormatContext *format, int64_t preroll_ns)
{
	double bits = 0, packets = 0, seconds = (double)preroll_ns / NS_PER_SECOND + GOP_SECONDS;
	for (unsigned i = 0; i < format->nb_streams; i++) {
		bits += bits_of(format->streams[i]);
		packets += packets_of(format->streams[i]);
	}
	if (format->bit_rate > 0)
		bits = (double)format->bit_rate;
	double bytes = fmin(fmax(bits / 8 * seconds * RESERVE, LEAST_BYTES), LIMIT_RING_BYTES);
	double count = fmin(fmax(packets * seconds * RESERVE, LEAST_PACKETS), MOST_PACKETS);
	double reach = fmin(bits > 0 ? bytes * 8 / bits : INFINITY, packets > 0 ? count / packets : INFINITY);
	return (struct packet_room){.bytes = (uint64_t)bytes / 64 * 64,
				    .packets = (uint32_t)count,
				    .reach_ns = reach < 1e9 ? (int64_t)(reach * NS_PER_SECOND) : INT64_MAX};
}
