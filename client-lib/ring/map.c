/* map.c: maps the objects of one generation. The roster comes first: its layout, copied and checked, tells how large
 * the others must be. */
#include "ring/map.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define NO_PLACE UINT_MAX

static _Atomic unsigned process_forks; /* how many forks lie between the first process and this one */

static void count_fork(void)
{
	atomic_fetch_add_explicit(&process_forks, 1, memory_order_relaxed);
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, count_fork);
}

static int map_object(int fd, size_t size, bool writable, const char *name, void *ret_object)
{
	struct stat stat;
	if (fstat(fd, &stat) < 0)
		return error_set_errno(errno, "cannot look at the ring's %s", name);
	if ((uint64_t)stat.st_size < size)
		return error_set(EPROTO, "the ring's %s has %lld bytes, its layout needs %zu", name,
				 (long long)stat.st_size, size);
	void *object = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	if (object == MAP_FAILED)
		return error_set_errno(errno, "cannot map the ring's %s (%zu bytes)", name, size);
	*(void **)ret_object = object;
	return 0;
}

static int check_magic(uint32_t magic, uint32_t abi, const char *name)
{
	if (magic != RING_MAGIC)
		return error_set(EPROTO, "the ring's %s is not one", name);
	if (abi != RING_ABI)
		return error_set(EPROTO,
				 "the ring has ABI %u, this library has %d: install the same version on both sides",
				 abi, RING_ABI);
	return 0;
}

static int map_roster(struct ring_map *map, int fd)
{
	int r = map_object(fd, RING_PAGE_SIZE, false, "roster", &map->roster);
	if (r < 0)
		return r;
	r = check_magic(map->roster->magic, map->roster->abi, "roster");
	if (r < 0)
		return r;
	memcpy(&map->layout, &map->roster->layout, sizeof map->layout);
	r = ring_layout_check(&map->layout);
	if (r < 0)
		return r;
	map->sizes = ring_layout_sizes(&map->layout);
	return 0;
}

static int map_control(struct ring_map *map, int fd)
{
	int r = map_object(fd, map->sizes.control, map->writer, "control", &map->control);
	if (r < 0)
		return r;
	uint8_t *base = (uint8_t *)map->control;
	map->state = (_Atomic uint64_t *)(base + map->sizes.state_offset);
	map->index = (_Atomic uint64_t *)(base + map->sizes.index_offset);
	map->meta = (struct ring_meta *)(base + map->sizes.meta_offset);
	map->turns = (_Atomic uint64_t *)(base + map->sizes.turns_offset);
	map->user = base + map->sizes.user_offset;
	return map->writer ? 0 : check_magic(map->control->magic, map->control->abi, "control");
}

static int map_page(struct ring_map *map, int fd, unsigned reader)
{
	uint8_t *page = NULL;
	int r = map_object(fd, RING_PAGE_SIZE, !map->writer, "reader page", &page);
	if (r < 0)
		return r;
	map->page[reader] = (struct ring_page *)(page + ring_page_offset(reader));
	return 0;
}

/* A reader's page and all that a writer can change stay out of forked children: two processes would be one reader or
 * writer. Pictures stay out of core dumps. */
static int advise(struct ring_map *map)
{
	int r = madvise(map->data, map->sizes.data, MADV_DONTDUMP);
	if (map->writer) {
		r |= madvise(map->control, map->sizes.control, MADV_DONTFORK);
		r |= madvise(map->data, map->sizes.data, MADV_DONTFORK);
	}
	for (unsigned i = 0; i < map->layout.max_readers; i++)
		if (map->page[i])
			r |= madvise((uint8_t *)map->page[i] - ring_page_offset(i), RING_PAGE_SIZE, MADV_DONTFORK);
	return r < 0 ? error_set_errno(errno, "cannot advise on the ring's memory") : 0;
}

static int map_pages(struct ring_map *map, const int *fds, size_t count, const unsigned *places)
{
	if (count != (map->writer ? map->layout.max_readers : places[1] == NO_PLACE ? 1 : 2))
		return error_set(EPROTO, "a ring came with %zu pages of readers", count);
	int r = 0;
	for (unsigned i = 0; i < count && r == 0; i++) {
		unsigned place = map->writer ? i : places[i];
		if (place >= map->layout.max_readers || map->page[place])
			return error_set(EPROTO, "reader %u of a ring with %u places", place, map->layout.max_readers);
		r = map_page(map, fds[i], place);
	}
	return r;
}

/* places: the reader's, and its group's or NO_PLACE; not a writer's. */
static int map_all(struct ring_map *map, const int *fds, size_t fd_count, const unsigned *places)
{
	int r = 0;
	if (fd_count < RING_FD_PAGES)
		return error_set(EPROTO, "a ring of %zu descriptors is not one", fd_count);
	if ((r = map_roster(map, fds[RING_FD_ROSTER])) < 0)
		return r;
	if ((r = map_control(map, fds[RING_FD_CONTROL])) < 0 ||
	    (r = map_object(fds[RING_FD_DATA], map->sizes.data, map->writer, "data", &map->data)) < 0 ||
	    (r = map_object(fds[RING_FD_ROOM], RING_PAGE_SIZE, true, "room", &map->room)) < 0)
		return r;
	r = map_pages(map, fds + RING_FD_PAGES, fd_count - RING_FD_PAGES, places);
	return r < 0 ? r : advise(map);
}

static int map_create(const int *fds, size_t fd_count, bool writer, const unsigned *places, struct ring_map **ret_map)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, watch_forks);
	struct ring_map *map = calloc(1, sizeof *map);
	int r = map ? 0 : error_set(ENOMEM, "no memory for a ring's map");
	if (map) {
		map->refs = 1;
		map->forks = atomic_load_explicit(&process_forks, memory_order_relaxed);
		map->writer = writer;
		r = map_all(map, fds, fd_count, places);
	}
	for (size_t i = 0; i < fd_count; i++)
		fd_close(&(int){fds[i]});
	if (r < 0) {
		ring_map_unref(map);
		return r;
	}
	*ret_map = map;
	return 0;
}

int ring_map_writer(const int *fds, size_t fd_count, struct ring_map **ret_map)
{
	return map_create(fds, fd_count, true, NULL, ret_map);
}

int ring_map_reader(const int *fds, size_t fd_count, unsigned reader, struct ring_map **ret_map)
{
	return map_create(fds, fd_count, false, (unsigned[]){reader, NO_PLACE}, ret_map);
}

int ring_map_member(const int *fds, size_t fd_count, unsigned reader, unsigned group, struct ring_map **ret_map)
{
	return map_create(fds, fd_count, false, (unsigned[]){reader, group}, ret_map);
}

struct ring_map *ring_map_ref(struct ring_map *map)
{
	atomic_fetch_add_explicit(&map->refs, 1, memory_order_relaxed);
	return map;
}

static void unmap(void *object, size_t size)
{
	if (object)
		munmap(object, size);
}

void ring_map_unref(struct ring_map *map)
{
	/* acq_rel: pairs with itself; whoever unmaps comes after the last use by all the others */
	if (!map || atomic_fetch_sub_explicit(&map->refs, 1, memory_order_acq_rel) != 1)
		return;
	bool ours = ring_map_is_ours(map); /* a child's address space may have something else there by now */
	if (ours || !map->writer) {
		unmap(map->control, map->sizes.control);
		unmap(map->data, map->sizes.data);
	}
	for (unsigned i = 0; i < LIMIT_READERS && ours; i++)
		if (map->page[i])
			unmap((uint8_t *)map->page[i] - ring_page_offset(i), RING_PAGE_SIZE);
	unmap((void *)map->roster, RING_PAGE_SIZE);
	unmap(map->room, RING_PAGE_SIZE);
	free(map);
}

bool ring_map_is_ours(const struct ring_map *map)
{
	return map->forks == atomic_load_explicit(&process_forks, memory_order_relaxed);
}

/* The core stores final before newest and state, each with release: whoever sees that the generation is over sees where
 * it ends. */
enum fb_state ring_map_state(const struct ring_map *map)
{
	return (enum fb_state)atomic_load_explicit(&map->roster->state, memory_order_acquire);
}

uint32_t ring_map_newest(const struct ring_map *map)
{
	return atomic_load_explicit(&map->roster->newest, memory_order_acquire);
}

bool ring_map_outdated(const struct ring_map *map)
{
	return atomic_load_explicit(&map->roster->outdated, memory_order_relaxed); /* nothing hangs on it */
}

uint64_t ring_map_final(const struct ring_map *map)
{
	/* acquire: pairs with the writer's release in ring_writer_finish() and with core's */
	uint64_t final = atomic_load_explicit(&map->control->final, memory_order_acquire);
	uint64_t cores = atomic_load_explicit(&map->roster->final, memory_order_acquire);
	return final < cores ? final : cores;
}

void ring_roster_init(struct ring_roster *roster, const struct ring_layout *layout)
{
	roster->layout = *layout;
	roster->newest = layout->info.generation;
	roster->final = RING_NEVER;
	roster->abi = RING_ABI;
	roster->magic = RING_MAGIC;
}
