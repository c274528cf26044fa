/* memory_kept.c: the objects of a generation on their way from one core to the next. */
#include "base/error.h"
#include "base/fd.h"
#include "memory/memory.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static bool is_pool(const struct ring_layout *layout)
{
	return layout->max_writers > 1;
}

/* Where each descriptor of a generation is, in the order in which they travel, and how large its object is at least. */
struct part {
	int *fd;
	size_t bytes;
};

static size_t list_parts(struct memory *memory, struct part parts[MEMORY_FDS])
{
	size_t count = 0;
	parts[count++] = (struct part){&memory->control_read_fd, memory->sizes.control};
	parts[count++] = (struct part){&memory->data_read_fd, memory->sizes.data};
	parts[count++] = (struct part){&memory->roster_fd, RING_PAGE_SIZE};
	parts[count++] = (struct part){&memory->roster_read_fd, RING_PAGE_SIZE};
	parts[count++] = (struct part){&memory->room_fd, RING_PAGE_SIZE};
	for (unsigned i = 0; i < memory->layout.max_readers; i++)
		parts[count++] = (struct part){&memory->page_fds[i], RING_PAGE_SIZE};
	if (is_pool(&memory->layout)) { /* for members to come; one writer has closed the door behind it */
		parts[count++] = (struct part){&memory->control_fd, memory->sizes.control};
		parts[count++] = (struct part){&memory->data_fd, memory->sizes.data};
	}
	return count;
}

size_t memory_kept_fds(struct memory *memory, int fds[MEMORY_FDS])
{
	struct part parts[MEMORY_FDS];
	size_t count = list_parts(memory, parts);
	for (size_t i = 0; i < count; i++)
		fds[i] = *parts[i].fd;
	return count;
}

static int no_memory_of_ours(void)
{
	return error_set(EPROTO, "a generation's objects are not what its layout says");
}

/* Takes as many as there are. */
static int take_fds(struct memory *memory, int *fds, size_t fd_count)
{
	struct part parts[MEMORY_FDS];
	size_t count = list_parts(memory, parts);
	int r = count == fd_count ? 0 : no_memory_of_ours();
	for (size_t i = 0; i < count && i < fd_count; i++) {
		struct stat found;
		*parts[i].fd = fd_take(&fds[i]);
		if (fstat(*parts[i].fd, &found) < 0 || (size_t)found.st_size < parts[i].bytes)
			r = no_memory_of_ours();
	}
	return r;
}

static int map(int fd, size_t bytes, int protection, void *ret_object)
{
	void *object = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);
	if (object == MAP_FAILED)
		return error_set_errno(errno, "cannot map a ring again");
	memcpy(ret_object, &object, sizeof object);
	return 0;
}

static int map_all(struct memory *memory)
{
	bool pool = is_pool(&memory->layout);
	int r = map(pool ? memory->control_fd : memory->control_read_fd, memory->sizes.control,
		    pool ? PROT_READ | PROT_WRITE : PROT_READ, &memory->control);
	if (r == 0)
		r = map(memory->room_fd, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, &memory->room);
	if (r == 0)
		r = map(memory->roster_fd, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, &memory->roster);
	if (r == 0 && (memory->roster->magic != RING_MAGIC ||
		       memcmp(&memory->roster->layout, &memory->layout, sizeof memory->layout) != 0))
		r = no_memory_of_ours();
	fd_close(&memory->roster_fd);
	return r;
}

int memory_restore(const struct ring_layout *layout, enum memory_kind kind, int *fds, size_t fd_count,
		   struct memory **ret_memory)
{
	struct memory *memory = NULL;
	int r = ring_layout_check(layout);
	if (r == 0)
		r = memory_new(layout, kind, &memory);
	if (r == 0)
		r = take_fds(memory, fds, fd_count);
	if (r == 0)
		r = map_all(memory);
	if (r < 0) {
		memory_destroy(memory);
		return r;
	}
	memory->kept = true;
	*ret_memory = memory;
	return 0;
}
