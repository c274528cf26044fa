/* video_path.h: the way of a picture that is to be shown: filter, scaling, encoder. One thread uses it. */
#ifndef FRAMEBROKER_SINK_VIDEO_PATH_H
#define FRAMEBROKER_SINK_VIDEO_PATH_H
#include "sink/host.h"
#include <libavutil/frame.h>
#include <stdatomic.h>

struct video_path;

/* -EINVAL with the error where there is no such encoder. */
int video_path_create(struct host *host, struct video_path **ret_path, struct media_error *ret_error);
void video_path_destroy(struct video_path *path); /* NULL is fine */

/* Whether the encoder needs an exact rate. */
bool video_path_counts_frames(const struct video_path *path);

/* Whether pictures may lie in the ring while they are shown. */
bool video_path_takes_ring(const struct video_path *path);

/* The rate of what will be shown. */
void video_path_begin(struct video_path *path, AVRational rate);

/* Shows the picture at that playing time, which only ever rises. It stays the caller's. What goes wrong is reported. */
void video_path_show(struct video_path *path, AVFrame *frame, int64_t time_ns);

/* The same picture again. */
void video_path_repeat(struct video_path *path, int64_t time_ns);

/* Lets go of the ring: nothing new comes for a while. */
void video_path_settle(struct video_path *path);

/* No more pictures come: filter and encoder give their last. */
void video_path_drain(struct video_path *path);

/* The next picture becomes a key frame. Any thread. */
void video_path_want_key(struct video_path *path);

#endif
