/* early_packets.c: one block of memory a packet. */
#include "sink/early_packets.h"
#include <stdlib.h>
#include <string.h>

void early_packets_add(struct early_packets *early, const struct fb_frame *packet)
{
	uint8_t *bytes = early->count < EARLY_PACKETS ? malloc(packet->size + packet->metadata_size + 1) : NULL;
	if (!bytes)
		return;
	memcpy(bytes, packet->data[0], packet->size);
	if (packet->metadata_size > 0)
		memcpy(bytes + packet->size, packet->metadata, packet->metadata_size);
	struct fb_frame *copy = &early->packets[early->count++];
	*copy = *packet;
	copy->data[0] = bytes;
	copy->metadata = bytes + packet->size;
	copy->info = NULL;
	memset(copy->hold, 0, sizeof copy->hold);
}

void early_packets_clear(struct early_packets *early)
{
	for (unsigned i = 0; i < early->count; i++)
		free((uint8_t *)early->packets[i].data[0]);
	early->count = 0;
}
