/* ring_fixture.c: plays the core for the ring's tests. */
#include "support/ring_fixture.h"
#include "base/error.h"
#include "ring/wake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKET_BYTES 4096 /* half of the largest packet */

#define MUST(what)                                                                                                     \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #what, error_text());                   \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

struct ring_layout ring_fixture_layout(unsigned slots, unsigned max_readers)
{
	struct ring_layout layout = {
		.info = {.media = FB_VIDEO,
			 .generation = 1,
			 .depth = slots - 1,
			 .width = 64,
			 .height = 8,
			 .format = "gray",
			 .max_metadata = 16,
			 .planes = 1,
			 .plane = {{8, 64, 1, 1}},
			 .slot_bytes = 512},
		.first = 1,
		.slots = slots,
		.index_size = ring_index_size(slots),
		.max_readers = max_readers,
		.max_held = 8,
		.max_writers = 1,
		.linesize = {64},
		.lossless_timeout_ns = INT64_C(3600000000000),
	};
	return layout;
}

struct ring_layout ring_fixture_packet_layout(unsigned slots, unsigned max_readers)
{
	struct ring_layout layout = ring_fixture_layout(slots, max_readers);
	layout.info.media = FB_PACKET;
	layout.info.planes = 0;
	layout.info.slot_bytes = 8 * PACKET_BYTES;
	return layout;
}

static int make_object(size_t size)
{
	int fd = memfd_create("ring-test", MFD_CLOEXEC);
	MUST(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	return fd;
}

static void *map_object(int fd, size_t size)
{
	void *object = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(object != MAP_FAILED);
	return object;
}

void ring_fixture_create(struct ring_fixture *fixture, const struct ring_layout *layout)
{
	MUST(ring_layout_check(layout) == 0);
	struct ring_sizes sizes = ring_layout_sizes(layout);
	*fixture = (struct ring_fixture){.layout = *layout};
	fixture->fds[RING_FD_CONTROL] = make_object(sizes.control);
	fixture->fds[RING_FD_DATA] = make_object(sizes.data);
	fixture->fds[RING_FD_ROSTER] = make_object(RING_PAGE_SIZE);
	fixture->fds[RING_FD_ROOM] = make_object(RING_PAGE_SIZE);
	fixture->control = map_object(fixture->fds[RING_FD_CONTROL], sizes.control);
	fixture->roster = map_object(fixture->fds[RING_FD_ROSTER], RING_PAGE_SIZE);
	fixture->room = map_object(fixture->fds[RING_FD_ROOM], RING_PAGE_SIZE);
	for (unsigned i = 0; i < layout->max_readers; i++) {
		fixture->fds[RING_FD_PAGES + i] = make_object(RING_PAGE_SIZE);
		uint8_t *page = map_object(fixture->fds[RING_FD_PAGES + i], RING_PAGE_SIZE);
		fixture->page[i] = (struct ring_page *)(page + ring_page_offset(i));
	}
	fixture->control->head = layout->first - 1; /* as the core does; a single writer does it too */
	fixture->control->tail = layout->first;
	fixture->control->final = RING_NEVER;
	fixture->control->abi = RING_ABI;
	fixture->control->magic = RING_MAGIC;
	ring_roster_init(fixture->roster, layout);
}

void ring_fixture_destroy(struct ring_fixture *fixture)
{
	munmap(fixture->control, ring_layout_sizes(&fixture->layout).control);
	munmap(fixture->roster, RING_PAGE_SIZE);
	munmap(fixture->room, RING_PAGE_SIZE);
	for (unsigned i = 0; i < fixture->layout.max_readers; i++)
		munmap((uint8_t *)fixture->page[i] - ring_page_offset(i), RING_PAGE_SIZE);
	for (unsigned i = 0; i < RING_FD_PAGES + fixture->layout.max_readers; i++)
		close(fixture->fds[i]);
}

static void page_clear(struct ring_page *page)
{
	atomic_store(&page->cursor, RING_NEVER);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		atomic_store(&page->holds[i], 0);
}

void ring_fixture_place(struct ring_fixture *fixture, unsigned reader, enum fb_mode mode, unsigned max_held)
{
	page_clear(fixture->page[reader]);
	atomic_store(&fixture->roster->place[reader], ring_place(++fixture->epoch, max_held, mode, 1));
}

void ring_fixture_leave(struct ring_fixture *fixture, unsigned reader)
{
	atomic_store(&fixture->roster->place[reader], 0);
	page_clear(fixture->page[reader]);
	ring_room_post(fixture->room);
}

static int copy_fd(int fd)
{
	int copy = dup(fd);
	MUST(copy >= 0);
	return copy;
}

size_t ring_fixture_fds(const struct ring_fixture *fixture, int reader, int *ret_fds)
{
	size_t count = 0;
	for (unsigned i = 0; i < RING_FD_PAGES + fixture->layout.max_readers; i++)
		if (reader < 0 || i < RING_FD_PAGES || i == RING_FD_PAGES + (unsigned)reader)
			ret_fds[count++] = copy_fd(fixture->fds[i]);
	return count;
}

struct ring_writer *ring_fixture_writer(const struct ring_fixture *fixture)
{
	int fds[RING_FD_PAGES + LIMIT_READERS];
	size_t count = ring_fixture_fds(fixture, -1, fds);
	struct ring_map *map = NULL;
	struct ring_writer *writer = NULL;
	MUST(ring_map_writer(fds, count, &map) == 0);
	MUST(ring_writer_create(map, &writer) == 0);
	return writer;
}

struct ring_writer *ring_fixture_join(struct ring_fixture *fixture, unsigned number)
{
	int fds[RING_FD_PAGES + LIMIT_READERS];
	size_t count = ring_fixture_fds(fixture, -1, fds);
	struct ring_map *map = NULL;
	struct ring_writer *writer = NULL;
	atomic_store(&fixture->roster->writer[number], ++fixture->epoch);
	MUST(ring_map_writer(fds, count, &map) == 0);
	MUST(ring_pool_join(map, number, &writer) == 0);
	return writer;
}

struct ring_order_view ring_fixture_order(const struct ring_fixture *fixture)
{
	return ring_order_view(fixture->control, &fixture->layout);
}

struct ring_work_view ring_fixture_group(struct ring_fixture *fixture, unsigned group, enum fb_mode mode)
{
	struct ring_work_view work = ring_work_view(fixture->page[group], group, fixture->layout.first);
	uint64_t head = atomic_load(&fixture->control->head);
	ring_work_begin(&work, head > fixture->layout.first ? head : fixture->layout.first);
	atomic_store(&fixture->roster->place[group], ring_place(++fixture->epoch, 0, mode, 1));
	return work;
}

struct ring_reader *ring_fixture_member(const struct ring_fixture *fixture, unsigned number, unsigned group)
{
	int fds[RING_FD_PAGES + LIMIT_READERS];
	size_t count = ring_fixture_fds(fixture, (int)number, fds);
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	fds[count++] = copy_fd(fixture->fds[RING_FD_PAGES + group]);
	MUST(ring_map_member(fds, count, number, group, &map) == 0);
	MUST(ring_reader_join(map, number, group, &reader) == 0);
	return reader;
}

struct ring_reader *ring_fixture_reader(const struct ring_fixture *fixture, unsigned number, uint64_t next)
{
	int fds[RING_FD_PAGES + LIMIT_READERS];
	size_t count = ring_fixture_fds(fixture, (int)number, fds);
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	MUST(ring_map_reader(fds, count, number, &map) == 0);
	MUST(ring_reader_create(map, number, next, &reader) == 0);
	return reader;
}

static uint64_t pattern(uint64_t seq, size_t i)
{
	return seq * UINT64_C(0x9e3779b97f4a7c15) + i;
}

int64_t ring_fixture_publish(struct ring_writer *writer)
{
	return ring_fixture_publish_until(writer, 0);
}

/* Words of a frame: a picture fills its slot, packets have all sizes up to that of two pictures. */
static size_t words_of(const struct ring_layout *layout, uint64_t seq)
{
	if (layout->info.media == FB_PACKET)
		return pattern(seq, 0) % (2 * PACKET_BYTES / sizeof(uint64_t));
	return layout->info.slot_bytes / sizeof(uint64_t);
}

static int64_t publish_packet(struct ring_writer *writer, int64_t deadline_ns)
{
	const struct ring_map *map = ring_writer_map(writer);
	uint64_t words[2 * PACKET_BYTES / sizeof(uint64_t)];
	uint64_t seq = atomic_load(&map->control->head) + 1, published = 0;
	size_t count = words_of(&map->layout, seq);
	for (size_t i = 0; i < count; i++)
		words[i] = pattern(seq, i);
	struct ring_packet packet = {.meta = {.pts_ns = (int64_t)seq * 1000,
					      .size = (uint32_t)(count * sizeof *words),
					      .metadata_size = sizeof seq},
				     .data = words,
				     .metadata = &seq};
	int r = ring_writer_publish_packet(writer, &packet, deadline_ns, &published);
	if (r < 0)
		return r;
	MUST(published == seq);
	return (int64_t)seq;
}

int64_t ring_fixture_publish_until(struct ring_writer *writer, int64_t deadline_ns)
{
	if (ring_writer_map(writer)->layout.info.media == FB_PACKET)
		return publish_packet(writer, deadline_ns);
	unsigned slot = 0;
	uint64_t published = 0;
	int r = ring_writer_claim(writer, deadline_ns, &slot);
	if (r < 0)
		return r;
	const struct ring_map *map = ring_writer_map(writer);
	uint64_t seq = atomic_load(&map->control->head) + 1;
	uint64_t *data = (uint64_t *)ring_writer_data(writer, slot);
	for (size_t i = 0; i < map->layout.info.slot_bytes / sizeof *data; i++)
		data[i] = pattern(seq, i);
	struct ring_meta meta = {.pts_ns = (int64_t)seq * 1000, .metadata_size = sizeof seq};
	r = ring_writer_publish(writer, slot, &meta, &seq, false, &published);
	if (r < 0)
		return r;
	MUST(published == seq);
	return (int64_t)seq;
}

bool ring_fixture_intact(const struct ring_reader *reader, const struct ring_frame *frame)
{
	const uint64_t *data = (const uint64_t *)frame->data;
	uint64_t stamp = 0;
	if (frame->meta.pts_ns != (int64_t)frame->seq * 1000 || frame->meta.metadata_size != sizeof stamp)
		return false;
	memcpy(&stamp, frame->metadata, sizeof stamp);
	if (stamp != frame->seq)
		return false;
	const struct ring_layout *layout = &ring_reader_map(reader)->layout;
	size_t count = words_of(layout, frame->seq);
	if (layout->info.media == FB_PACKET && frame->meta.size != count * sizeof *data)
		return false;
	for (size_t i = 0; i < count; i++)
		if (data[i] != pattern(frame->seq, i))
			return false;
	return true;
}
