/* connection.h: one header, its packets and one trailer: what FFmpeg's muxer has open, at a server or as a file. */
#ifndef FRAMEBROKER_SINK_CONNECTION_H
#define FRAMEBROKER_SINK_CONNECTION_H
#include "config/sink.h"
#include "media/errors.h"
#include "media/watch.h"
#include "sink/output_track.h"
#include <libavformat/avformat.h>

/* Begin with config, watch and muxer, and the rest 0. It stays where it is while it is open. */
struct connection {
	const struct config_sink *config;
	struct watch *watch;
	const AVOutputFormat *muxer;
	AVFormatContext *format; /* NULL: not open */
	bool opened;             /* the header was written */
	bool failed;             /* the other side takes no more */
	int piece_error;         /* negative AVERROR of a file that the muxer opened by itself; 0: none */
};

/* url: with user and password, or a path. file: as errors name it, "" for the sink's url. On failure nothing is open.
 */
int connection_open(struct connection *connection, const char *url, const char *file, const struct output_track *tracks,
		    unsigned count, struct media_error *ret_error);

/* time_base: of the packet. */
int connection_write(struct connection *connection, AVPacket *packet, AVRational time_base, const char *file,
		     struct media_error *ret_error);

/* Writes the trailer, where that makes sense still, and closes: to a server within write_timeout. */
int connection_close(struct connection *connection, const char *file, struct media_error *ret_error);

/* Closes without a trailer. */
void connection_cut(struct connection *connection);

#endif
