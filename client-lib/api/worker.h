/* worker.h: what the broker's own worker programs need beyond framebroker.h. Not installed; exported under a version
 * node of its own (FRAMEBROKER_PRIVATE), with no promise of stability.
 *
 * A worker is started with its name and the number of an inherited socket: fb_connect("fd:3", …) makes it a client like
 * any other; these calls add its job, its reports and writing with its own layout. */
#ifndef FRAMEBROKER_API_WORKER_H
#define FRAMEBROKER_API_WORKER_H
#include <framebroker.h>
#include <stdbool.h>

/* The worker's entry of the configuration as text for config_source_from_text(). *ret_text: free(). Blocks (timeout).
 */
int fb_worker_job(fb_broker *broker, int64_t timeout_ns, char **ret_text);

/* 1 and a new text when the core changed the job (outputs came or went), else 0. Cheap: seen within 50 ms, so
 * call it as often as you like; one thread's. *ret_text: free(). */
int fb_worker_job_changed(fb_broker *broker, char **ret_text);

/* Tells the core how the source is; json: one object, e.g. {"error": "…", "mend": "…", "statistics": {…}}. A worker
 * that reports nothing for 10 s is taken for stuck and killed. Never blocks; from any thread. */
int fb_worker_report(fb_broker *broker, enum fb_state state, const char *json);

/* Whether the core asked to finish, or is gone for longer than the library goes on trying. Cheap: seen within
 * 50 ms, so call it as often as you like; from any thread. */
bool fb_worker_stopping(fb_broker *broker);

/* A layout of the worker's own making: planes may have padding, slots may be taller than the picture, as decoders want.
 */
struct fb_worker_layout {
	struct fb_stream_info
		info; /* generation, depth and max_metadata are filled by the core; slot_bytes is a multiple of 64 */
	uint32_t plane_offset[4];
	int32_t linesize[4];
	uint32_t claims; /* slots that the writer side may have claimed or pinned at once, beyond depth + spare */
};
/* Waits until the core has memory for it, or asks the worker to stop: -ECANCELED. */
int fb_worker_writer_open(fb_broker *broker, const char *stream, const struct fb_worker_layout *layout,
			  fb_writer **ret_writer);

/* Publishes a slot whose data the caller's side goes on reading (a decoder's reference): the slot is not claimed anew
 * before fb_worker_unpin(writer, id). id is the slot's number, fb_worker_slot_id() of it. unpin: any thread, never
 * blocks, allowed until fb_writer_close() of the last reference (see below). */
int fb_worker_publish_pinned(struct fb_slot *slot, uint64_t *ret_seq);
uint32_t fb_worker_slot_id(const struct fb_slot *slot);
void fb_worker_unpin(fb_writer *writer, uint32_t id);

/* A stream of encoded packets, media FB_PACKET. bytes: of the byte ring, in which one packet may take a third; packets:
 * how many of them it has room for. info: width, height, frame_rate, sample_rate, channels of what is encoded, and in
 * format the codec's name, as far as they are known; the rest is filled here and by the core. */
int fb_worker_packets_open(fb_broker *broker, const char *stream, const struct fb_stream_info *info, uint64_t bytes,
			   uint32_t packets, fb_writer **ret_writer);

struct fb_worker_packet {
	const void *data, *metadata; /* metadata: what decoders need (media/codec_parameters.h), on key packets */
	uint32_t size, metadata_size;
	int64_t pts_ns, dts_ns, duration_ns, capture_ns, utc_ns;
	uint32_t track, flags; /* flags: enum fb_flag */
};

/* Copies a packet into the ring and publishes it. Waits up to timeout_ns (0: never) until the oldest packets may go:
 * -ETIMEDOUT. -EMSGSIZE: it is more than a third of the ring; -EPIPE: the generation is over. ret_seq may be NULL. */
int fb_worker_publish_packet(fb_writer *writer, const struct fb_worker_packet *packet, int64_t timeout_ns,
			     uint64_t *ret_seq);

/* Lets an ordered reader that has just been opened begin with the oldest frame or packet that is still in the ring,
 * rather than with the newest. Where the stream has none yet it begins with the first anyway. */
void fb_worker_reader_rewind(fb_reader *reader);

/* A frame that found no slot: counted for the status. */
void fb_worker_count_dropped(fb_writer *writer);

/* A decoder may keep slots longer than the writer is open: each reference keeps the memory mapped and the writer object
 * alive. fb_writer_close() drops the opener's; frames can be neither claimed nor published after it. */
fb_writer *fb_worker_writer_ref(fb_writer *writer);
void fb_worker_writer_unref(fb_writer *writer);

#endif
