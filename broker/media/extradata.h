/* extradata.h: what a decoder must know, out of a packet: encoders and cameras may say it there only. */
#ifndef FRAMEBROKER_MEDIA_EXTRADATA_H
#define FRAMEBROKER_MEDIA_EXTRADATA_H
#include <libavcodec/avcodec.h>

/* Fills codec->extradata from a key packet of it, where it has none and the packet says it: files want it apart. data
 * is copied. */
void extradata_find(AVCodecParameters *codec, const uint8_t *data, size_t size);

#endif
