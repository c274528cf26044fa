/* statistics.c: the counters under the names that the status shows. */
#include "sink/statistics.h"

static json_t *count(_Atomic uint64_t *counter)
{
	return json_integer((json_int_t)atomic_load(counter));
}

json_t *statistics_json(struct statistics *statistics, double fps, double bit_rate, const char *file)
{
	return json_pack("{s:f, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:s}", "fps", fps, "bit_rate",
			 (json_int_t)bit_rate, "frames_ahead", (json_int_t)atomic_load(&statistics->ahead_frames),
			 "late", count(&statistics->late), "repeated", count(&statistics->repeated), "dropped",
			 count(&statistics->dropped), "reconnects", count(&statistics->reconnects), "encoder_delay_ns",
			 (json_int_t)atomic_load(&statistics->encoder_delay_ns), "sound_offset_ns",
			 (json_int_t)atomic_load(&statistics->sound_offset_ns), "sound_late",
			 count(&statistics->sound_late), "frames", count(&statistics->frames), "bytes",
			 count(&statistics->bytes), "file", file);
}
