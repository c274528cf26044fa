/* output.h: the keys of one stream's frames, the same for a source's outputs and for the streams that programs write.
 */
#ifndef FRAMEBROKER_CONFIG_OUTPUT_H
#define FRAMEBROKER_CONFIG_OUTPUT_H
#include "config/types.h"
#include <stdbool.h>
#include <stdint.h>

enum config_media { CONFIG_VIDEO, CONFIG_AUDIO, CONFIG_PACKET };
enum config_fps_mode { CONFIG_FPS_VFR, CONFIG_FPS_CFR };
enum config_scale { CONFIG_SCALE_ACCURATE, CONFIG_SCALE_FAST };
enum config_sample_format { CONFIG_S16, CONFIG_S32, CONFIG_FLT };
enum config_lossless { CONFIG_LOSSLESS_AUTO, CONFIG_LOSSLESS_ALLOW, CONFIG_LOSSLESS_DENY };

#define CONFIG_DEPTH_AUTO 0

struct config_output {
	char *name; /* of the stream; NULL in struct config_defaults */
	enum config_media media;
	int track;                     /* CONFIG_AUTO, or the input's track number */
	char *pixel_format;            /* FFmpeg's name; "" = native */
	int width, height;             /* pixels; CONFIG_NATIVE */
	struct config_rate frame_rate; /* numerator 0 = native */
	enum config_fps_mode fps_mode;
	char *filter; /* a libavfilter chain before scaling; "" = none */
	enum config_scale scale;
	enum config_sample_format sample_format;
	int sample_rate; /* Hz; CONFIG_NATIVE */
	int channels;    /* CONFIG_NATIVE */
	int frame_size;  /* samples per channel in one frame */
	int depth;       /* CONFIG_DEPTH_AUTO only where the media is not known: in defaults, and with `like` */
	int spare, max_readers, max_held;
	uint64_t metadata_bytes;
	enum config_lossless lossless;
	int64_t lossless_timeout_ns;
};

/* Whether all keys but the name are the same. */
bool config_output_equal(const struct config_output *a, const struct config_output *b);

/* The keys without the name, for free(), and back: for a file or a process of our own. -EINVAL with lines in errors. */
struct config_errors;
char *config_output_to_text(const struct config_output *output);
int config_output_from_keys(const char *name, const char *text, struct config_output **ret_output,
			    struct config_errors *errors);

/* An output of media packet, every other key at its default, for config_output_free(). */
struct config_output *config_output_of_packets(const char *name);
void config_output_free(struct config_output *output); /* NULL is fine */

/* What `depth: auto` means. */
int config_auto_depth(enum config_media media);

/* depth, spare, and the one that is being written; a decoder that writes into slots itself adds its own. */
int config_output_slots(const struct config_output *output);

/* What the output's frames take of shared memory, in so many slots. UINT64_MAX on overflow. */
uint64_t config_output_memory(const struct config_output *output, uint64_t frame_bytes);

/* The bytes of one frame without padding, for video of rgb24 bgr24 rgba bgra gray gray16le yuv420p nv12 with width and
 * height given, and for audio with channels given. -ENODATA where the keys do not tell; *ret_bytes is then untouched.
 */
int config_output_frame_bytes(const struct config_output *output, uint64_t *ret_bytes);

#endif
