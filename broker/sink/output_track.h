/* output_track.h: one of the tracks of an output: what its packets are. */
#ifndef FRAMEBROKER_SINK_OUTPUT_TRACK_H
#define FRAMEBROKER_SINK_OUTPUT_TRACK_H
#include <libavcodec/avcodec.h>

struct output_track {
	const AVCodecParameters *parameters; /* copied by output_open() */
	AVRational time_base;                /* of the packets that come */
	AVRational frame_rate;               /* 0/1: not known, or sound */
};

#endif
