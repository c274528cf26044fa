/* statistics.h: what a sink counts. Each member is written by one thread and read by the reporting one. */
#ifndef FRAMEBROKER_SINK_STATISTICS_H
#define FRAMEBROKER_SINK_STATISTICS_H
#include <jansson.h>
#include <stdatomic.h>
#include <stdint.h>

struct statistics {
	/* packets that were sent */
	_Atomic uint64_t frames, bytes; /* frames: pictures, or blocks of sound where there are no pictures */
	_Atomic uint64_t reconnects, dropped, sound_late;
	_Atomic int64_t sound_offset_ns; /* time stamps: the last sound that was sent, less the last picture */
	/* pictures on their way to the encoder */
	_Atomic uint64_t late, repeated;
	_Atomic int64_t ahead_frames, encoder_delay_ns;
	_Atomic int64_t input_ns; /* CLOCK_MONOTONIC when a frame of a stream came last */
};

/* A new reference. */
json_t *statistics_json(struct statistics *statistics, double fps, double bit_rate, const char *file);

#endif
