/* audio_encoder.h: the keys of `audio:` as an encoder's settings. */
#ifndef FRAMEBROKER_SINK_AUDIO_ENCODER_H
#define FRAMEBROKER_SINK_AUDIO_ENCODER_H
#include "sink/encoder.h"

/* Opens it for sound that comes with this rate and number of channels; what it takes is in its context then.
 * prefer_rate: the container's, 0: none. -EINVAL with the error. */
int audio_encoder_open(struct host *host, const AVCodec *codec, int sample_rate, int channels, int prefer_rate,
		       int64_t origin_ns, struct encoder **ret_encoder, struct media_error *ret_error);

#endif
