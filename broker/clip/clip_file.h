/* clip_file.h: a clip as a file: packets as they are, in the container that its name's ending says. */
#ifndef FRAMEBROKER_CLIP_CLIP_FILE_H
#define FRAMEBROKER_CLIP_CLIP_FILE_H
#include "media/codec_parameters.h"
#include <framebroker.h>

struct clip_file;

/* Checks the ending, and makes the file: FILE.part, until it is finished. -EINVAL or another negative errno, with error
 * text. */
int clip_file_create(const char *path, struct clip_file **ret_file);

/* Adds a track, before clip_file_begin(). number: the one that its packets have. 1: taken; 0: this container cannot
 * have such a track, which error_text() says; or negative with error text. */
int clip_file_add(struct clip_file *file, uint32_t number, const struct codec_parameters *parameters);

/* Writes the header. begin_ns: the pts that becomes 0. */
int clip_file_begin(struct clip_file *file, int64_t begin_ns);

/* Writes a packet, which stays the caller's; one of no track that was added is left out. */
int clip_file_write(struct clip_file *file, const struct fb_frame *packet);

/* Writes the rest, gives the file its name, and frees. */
int clip_file_finish(struct clip_file *file);

/* Frees, and deletes what was written. NULL is fine. */
void clip_file_discard(struct clip_file *file);

#endif
