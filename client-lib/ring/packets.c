/* packets.c: the byte ring of a packet stream. Packets of any size lie in it one behind the other, each in one piece;
 * slots only describe them. Both are taken and given back in the same order, so an extent has its slot's number, and
 * the oldest packet that is held keeps all behind it. */
#include "ring/packets.h"
#include "base/error.h"
#include "ring/claim.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 64 /* extents begin at multiples of it, and packets too */

struct extent {
	uint64_t begin, end;
};

struct packets {
	pthread_mutex_t lock; /* of one packet's way: the order of slots is that of sequence numbers */
	uint64_t bytes;       /* of the whole ring */
	unsigned slots, first, count;
	struct extent extents[]; /* by slot; count of them from first on are taken, modulo slots */
};

struct request {
	uint64_t bytes;
	unsigned slot;
	uint64_t begin;
};

struct packets *packets_create(unsigned slots, uint64_t bytes)
{
	struct packets *packets = calloc(1, sizeof *packets + slots * sizeof packets->extents[0]);
	if (packets) {
		pthread_mutex_init(&packets->lock, NULL);
		packets->slots = slots;
		packets->bytes = bytes;
	}
	return packets;
}

void packets_destroy(struct packets *packets)
{
	if (packets)
		pthread_mutex_destroy(&packets->lock);
	free(packets);
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + UNIT - 1) / UNIT * UNIT;
}

/* Finds a piece of the ring that no extent touches: behind the newest, or at the ring's beginning. */
static bool find_piece(const struct packets *packets, uint64_t bytes, uint64_t *ret_begin)
{
	if (packets->count == packets->slots)
		return false;
	uint64_t oldest = packets->extents[packets->first].begin;
	uint64_t end = packets->extents[(packets->first + packets->count - 1) % packets->slots].end;
	if (packets->count == 0)
		*ret_begin = 0;
	else if (end <= oldest ? oldest - end >= bytes : packets->bytes - end >= bytes)
		*ret_begin = end;
	else if (end > oldest && oldest >= bytes)
		*ret_begin = 0;
	else
		return false;
	return true;
}

/* Lets the oldest packet go, unless it is the newest too, is held, or a gate protects it. */
static bool free_oldest(struct ring_writer *writer, bool *ret_gated)
{
	struct packets *packets = writer->packets;
	struct ring_control *control = writer->map->control;
	_Atomic uint64_t *state = &writer->map->state[packets->first];
	uint64_t seq = ring_state_seq(claim_load_own(state));
	if (packets->count == 0 || seq >= claim_load_own(&control->head) ||
	    places_held(&writer->places, packets->first))
		return false;
	if (writer->places.gate <= seq) {
		*ret_gated = true;
		return false;
	}
	/* release: the TRY that follows carries it too; see claim_reclaim() */
	atomic_store_explicit(&control->tail, seq + 1, memory_order_release);
	if (!claim_reclaim(writer, packets->first, seq))
		return false;
	atomic_store_explicit(state, ring_state(RING_FREE, 0, 0), memory_order_release);
	packets->first = (packets->first + 1) % packets->slots;
	packets->count--;
	return true;
}

static bool find_room(struct ring_writer *writer, void *arg, bool *ret_gated)
{
	struct packets *packets = writer->packets;
	struct request *request = arg;
	while (!find_piece(packets, request->bytes, &request->begin))
		if (!free_oldest(writer, ret_gated))
			return false;
	request->slot = (packets->first + packets->count++) % packets->slots;
	packets->extents[request->slot] = (struct extent){request->begin, request->begin + request->bytes};
	claim_take(writer, request->slot);
	return true;
}

static int check_size(const struct ring_writer *writer, const struct ring_meta *meta, uint64_t bytes)
{
	if (bytes > writer->packets->bytes / 3)
		return error_set(EMSGSIZE, "a packet of %u bytes: the ring of %llu takes those up to a third of it",
				 meta->size, (unsigned long long)writer->packets->bytes);
	if (meta->metadata_size > writer->map->layout.info.max_metadata)
		return error_set(EMSGSIZE, "%u bytes of metadata, a packet may have %u", meta->metadata_size,
				 writer->map->layout.info.max_metadata);
	return 0;
}

static int publish(struct ring_writer *writer, const struct ring_packet *packet, struct request *request,
		   uint64_t front, int64_t deadline_ns, uint64_t *ret_seq)
{
	struct ring_meta meta = packet->meta;
	int r = claim_until(writer, deadline_ns, find_room, request);
	if (r < 0)
		return r;
	meta.offset = request->begin + front;
	uint8_t *data = writer->map->data + meta.offset;
	if (meta.metadata_size > 0)
		memcpy(data - meta.metadata_size, packet->metadata, meta.metadata_size);
	if (meta.size > 0)
		memcpy(data, packet->data, meta.size);
	return ring_writer_publish(writer, request->slot, &meta, NULL, false, ret_seq);
}

int ring_writer_publish_packet(struct ring_writer *writer, const struct ring_packet *packet, int64_t deadline_ns,
			       uint64_t *ret_seq)
{
	if (!writer->packets)
		return error_set(EINVAL, "this ring is not one of packets");
	uint64_t front = round_up(packet->meta.metadata_size);
	struct request request = {.bytes = front + round_up(packet->meta.size > 0 ? packet->meta.size : 1)};
	int r = check_size(writer, &packet->meta, request.bytes);
	if (r < 0)
		return r;
	pthread_mutex_lock(&writer->packets->lock);
	r = publish(writer, packet, &request, front, deadline_ns, ret_seq);
	pthread_mutex_unlock(&writer->packets->lock);
	return r;
}
