/* layout.c: checks a generation's layout and computes where everything lies. The limits make every sum and product
 * below fit into 64 bits, so a layout is checked number by number before anything is added up. */
#include "ring/layout.h"
#include "base/error.h"
#include <errno.h>
#include <string.h>

static int check_range(const char *what, uint64_t value, uint64_t low, uint64_t high)
{
	if (value >= low && value <= high)
		return 0;
	return error_set(EINVAL, "layout: %s is %llu, allowed is %llu to %llu", what, (unsigned long long)value,
			 (unsigned long long)low, (unsigned long long)high);
}

static int check_text(const char *what, const char *text, size_t size)
{
	if (memchr(text, 0, size))
		return 0;
	return error_set(EINVAL, "layout: the name of the %s has no end", what);
}

static int check_plane(const struct ring_layout *layout, unsigned i)
{
	const struct fb_plane *plane = &layout->info.plane[i];
	int r = 0;
	if ((r = check_range("a plane's number of rows", plane->rows, 1, LIMIT_SLOT_BYTES)) < 0 ||
	    (r = check_range("a plane's row in bytes", plane->row_bytes, 1, LIMIT_SLOT_BYTES)) < 0 ||
	    (r = check_range("a plane's components", plane->components, 1, UINT16_MAX)) < 0 ||
	    (r = check_range("a plane's bytes a sample", plane->sample_bytes, 1, 16)) < 0)
		return r;
	if (layout->linesize[i] < 0 || (uint32_t)layout->linesize[i] < plane->row_bytes)
		return error_set(EINVAL, "layout: plane %u has rows of %u bytes in a line of %d", i, plane->row_bytes,
				 layout->linesize[i]);
	uint64_t end = layout->plane_offset[i] + (uint64_t)(plane->rows - 1) * (uint32_t)layout->linesize[i] +
		       plane->row_bytes;
	if (end > layout->info.slot_bytes)
		return error_set(EINVAL, "layout: plane %u ends at byte %llu of a slot of %llu", i,
				 (unsigned long long)end, (unsigned long long)layout->info.slot_bytes);
	return 0;
}

static int check_media(const struct fb_stream_info *info)
{
	int r = 0;
	switch (info->media) {
	case FB_VIDEO:
		if ((r = check_range("the width", info->width, 1, LIMIT_DIMENSION)) < 0 ||
		    (r = check_range("the height", info->height, 1, LIMIT_DIMENSION)) < 0)
			return r;
		return check_range("the number of planes", info->planes, 1, LIMIT_PLANES);
	case FB_AUDIO:
		if ((r = check_range("the sample rate", info->sample_rate, 1, INT32_MAX)) < 0 ||
		    (r = check_range("the number of channels", info->channels, 1, UINT16_MAX)) < 0)
			return r;
		return check_range("the number of planes", info->planes, 1, 1);
	case FB_PACKET:
		return check_range("the number of planes", info->planes, 0, 0);
	}
	return error_set(EINVAL, "layout: %d is no kind of media", (int)info->media);
}

static bool has_byte_ring(const struct ring_layout *layout)
{
	return layout->info.media == FB_PACKET;
}

/* Code that reads whole vectors, libswscale's for one, goes a little beyond a picture's last line. */
#define OVERREAD 64

uint64_t ring_layout_data_bytes(const struct ring_layout *layout)
{
	return has_byte_ring(layout) ? layout->info.slot_bytes : layout->slots * layout->info.slot_bytes + OVERREAD;
}

int ring_layout_check(const struct ring_layout *layout)
{
	const struct fb_stream_info *info = &layout->info;
	uint64_t most_bytes = has_byte_ring(layout) ? LIMIT_RING_BYTES : LIMIT_SLOT_BYTES;
	uint64_t most_slots = has_byte_ring(layout) ? LIMIT_PACKETS : LIMIT_SLOTS;
	int r = 0;
	if ((r = check_media(info)) < 0 || (r = check_text("format", info->format, sizeof info->format)) < 0 ||
	    (r = check_text("colour space", info->color_space, sizeof info->color_space)) < 0 ||
	    (r = check_text("colour range", info->color_range, sizeof info->color_range)) < 0 ||
	    (r = check_range("the first sequence number", layout->first, 1, RING_SEQ_MAX)) < 0 ||
	    (r = check_range("the number of slots", layout->slots, 2, most_slots)) < 0 ||
	    (r = check_range("the depth", info->depth, 1, layout->slots - 1)) < 0 ||
	    (r = check_range("the size of the index", layout->index_size, layout->slots, 2 * most_slots)) < 0 ||
	    (r = check_range("the number of readers", layout->max_readers, 1, LIMIT_READERS)) < 0 ||
	    (r = check_range("the number of held frames", layout->max_held, 1, LIMIT_HELD)) < 0 ||
	    (r = check_range("the number of writers", layout->max_writers, 1, LIMIT_WRITERS)) < 0 ||
	    (r = check_range("the size of user metadata", info->max_metadata, 0, LIMIT_METADATA)) < 0 ||
	    (r = check_range("the size of a slot", info->slot_bytes, 64, most_bytes)) < 0 ||
	    (r = check_range("the size of all slots", ring_layout_data_bytes(layout), 0, LIMIT_RING_BYTES)) < 0 ||
	    (r = check_range("the lossless timeout", (uint64_t)layout->lossless_timeout_ns, 0, INT64_MAX)) < 0)
		return r;
	if (info->slot_bytes % 64 != 0)
		return error_set(EINVAL, "layout: a slot of %llu bytes is not a multiple of 64",
				 (unsigned long long)info->slot_bytes);
	if (layout->max_writers > 1 && has_byte_ring(layout))
		return error_set(EINVAL, "layout: packets have one writer, not %u", layout->max_writers);
	if (layout->max_writers > 1 && layout->slots <= ring_pool_slots(layout->max_writers))
		return error_set(EINVAL, "layout: %u slots are too few for %u writers", layout->slots,
				 layout->max_writers);
	if ((layout->index_size & (layout->index_size - 1)) != 0)
		return error_set(EINVAL, "layout: an index of %u is not a power of two", layout->index_size);
	for (unsigned i = 0; i < info->planes && r == 0; i++)
		r = check_plane(layout, i);
	return r;
}

static bool same_ratio(struct fb_rational a, struct fb_rational b)
{
	return a.num == b.num && a.den == b.den;
}

bool ring_layout_alike(const struct fb_stream_info *a, const struct fb_stream_info *b)
{
	return a->media == b->media && a->width == b->width && a->height == b->height &&
	       strcmp(a->format, b->format) == 0 && same_ratio(a->frame_rate, b->frame_rate) &&
	       same_ratio(a->sample_aspect_ratio, b->sample_aspect_ratio) && a->rotation == b->rotation &&
	       strcmp(a->color_space, b->color_space) == 0 && strcmp(a->color_range, b->color_range) == 0 &&
	       a->sample_rate == b->sample_rate && a->channels == b->channels && a->frame_size == b->frame_size;
}

uint32_t ring_pool_slots(uint32_t max_writers)
{
	return 2 * max_writers + 1;
}

uint32_t ring_index_size(uint32_t slots)
{
	uint32_t size = 1;
	while (size < slots)
		size *= 2;
	return size;
}
