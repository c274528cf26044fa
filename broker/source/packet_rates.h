/* packet_rates.h: how much comes from an input in a second, as far as that can be known before it does. */
#ifndef FRAMEBROKER_SOURCE_PACKET_RATES_H
#define FRAMEBROKER_SOURCE_PACKET_RATES_H
#include <libavformat/avformat.h>

/* What the container tells, or else what such pictures and sound may have. */
double packet_rates_bits(const AVFormatContext *format);
double packet_rates_packets(const AVFormatContext *format);

#endif
