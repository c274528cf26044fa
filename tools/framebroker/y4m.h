/* y4m.h: the header of a yuv4mpeg stream, which players and ffmpeg understand without being told size and format. */
#ifndef FRAMEBROKER_CLI_Y4M_H
#define FRAMEBROKER_CLI_Y4M_H
#include <framebroker.h>
#include <stdbool.h>
#include <stddef.h>

#define Y4M_FRAME "FRAME\n" /* before each frame */

/* Writes the line that begins the stream. False: yuv4mpeg has no name for this layout. */
bool y4m_header(const struct fb_stream_info *info, char *buffer, size_t size);

#endif
