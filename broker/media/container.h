/* container.h: which codecs a muxer can write. */
#ifndef FRAMEBROKER_MEDIA_CONTAINER_H
#define FRAMEBROKER_MEDIA_CONTAINER_H
#include <libavformat/avformat.h>
#include <stdbool.h>

/* Whether packets of that codec can go into it, and players know them there. fragmented: hls with hls_segment_type
 * fmp4.
 */
bool container_takes(const AVOutputFormat *muxer, bool fragmented, enum AVCodecID codec);

#endif
