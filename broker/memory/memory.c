/* memory.c: makes the objects of a generation, and hands out their descriptors. */
#include "memory/memory.h"
#include "base/error.h"
#include "base/fd.h"
#include "ring/wake.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS_FIXED (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Fresh memfds are open to every user: 0400, so that whoever gets a read-only descriptor cannot reopen it for writing.
 */
static int restrict_object(int fd, const char *name)
{
	if (fchmod(fd, 0400) < 0)
		return error_set_errno(errno, "cannot restrict a ring's %s", name);
	return 0;
}

static int create_memfd(const char *name, uint64_t bytes, int seals, int *ret_fd)
{
	FD_AUTO fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return error_set_errno(errno, "cannot create a ring's %s", name);
	if (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		return error_set_errno(errno, "cannot size a ring's %s to %" PRIu64 " bytes", name, bytes);
	int r = restrict_object(fd, name);
	if (r == 0)
		*ret_fd = fd_take(&fd);
	return r;
}

static int reopen_read_only(int fd, const char *name, int *ret_fd)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int read_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read_fd < 0)
		return error_set_errno(errno, "cannot open a ring's %s for reading through /proc", name);
	*ret_fd = read_fd;
	return 0;
}

static int create_posix(const char *name, uint64_t bytes, int *ret_fd, int *ret_read_fd)
{
	char path[64];
	uint64_t random[2];
	if (getrandom(random, sizeof random, 0) != sizeof random)
		return error_set_errno(errno, "no random name for a ring's %s", name);
	snprintf(path, sizeof path, "/framebroker-%016" PRIx64 "%016" PRIx64, random[0], random[1]);
	FD_AUTO fd = shm_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(errno, "cannot create a ring's %s in /dev/shm", name);
	FD_AUTO read_fd = shm_open(path, O_RDONLY | O_CLOEXEC, 0);
	int err = errno;
	shm_unlink(path);
	if (read_fd < 0)
		return error_set_errno(err, "cannot open a ring's %s for reading", name);
	if (ftruncate(fd, (off_t)bytes) < 0)
		return error_set_errno(errno, "cannot size a ring's %s to %" PRIu64 " bytes", name, bytes);
	int r = restrict_object(fd, name);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	*ret_read_fd = fd_take(&read_fd);
	return 0;
}

/* Object a or b. A sealed one keeps the door open for the seal that comes when the writer has mapped it. */
static int create_frames(enum memory_kind kind, const char *name, uint64_t bytes, int *ret_fd, int *ret_read_fd)
{
	if (kind == MEMORY_POSIX)
		return create_posix(name, bytes, ret_fd, ret_read_fd);
	int r = create_memfd(name, bytes, kind == MEMORY_SEALED ? F_SEAL_SHRINK | F_SEAL_GROW : SEALS_FIXED, ret_fd);
	return r < 0 ? r : reopen_read_only(*ret_fd, name, ret_read_fd);
}

static int create_all(struct memory *memory)
{
	int r = create_frames(memory->kind, "control", memory->sizes.control, &memory->control_fd,
			      &memory->control_read_fd);
	if (r == 0)
		r = create_frames(memory->kind, "data", memory->sizes.data, &memory->data_fd, &memory->data_read_fd);
	if (r == 0)
		r = create_memfd("roster", RING_PAGE_SIZE, SEALS_FIXED, &memory->roster_fd);
	if (r == 0)
		r = reopen_read_only(memory->roster_fd, "roster", &memory->roster_read_fd);
	if (r == 0)
		r = create_memfd("room", RING_PAGE_SIZE, SEALS_FIXED, &memory->room_fd);
	for (unsigned i = 0; i < memory->layout.max_readers && r == 0; i++)
		r = create_memfd("reader page", RING_PAGE_SIZE, SEALS_FIXED, &memory->page_fds[i]);
	return r;
}

uint64_t memory_bytes(const struct ring_layout *layout)
{
	struct ring_sizes sizes = ring_layout_sizes(layout);
	return sizes.control + sizes.data + (2 + (uint64_t)layout->max_readers) * RING_PAGE_SIZE;
}

int memory_new(const struct ring_layout *layout, enum memory_kind kind, struct memory **ret_memory)
{
	struct memory *memory = calloc(1, sizeof *memory);
	if (!memory)
		return error_set(ENOMEM, "no memory for a generation");
	memory->layout = *layout;
	memory->sizes = ring_layout_sizes(layout);
	memory->kind = kind;
	memory->bytes = memory_bytes(layout);
	memory->control_fd = memory->data_fd = memory->control_read_fd = memory->data_read_fd = -1;
	memory->roster_fd = memory->roster_read_fd = memory->room_fd = -1;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		memory->page_fds[i] = -1;
	*ret_memory = memory;
	return 0;
}

int memory_create(const struct ring_layout *layout, enum memory_kind kind, struct memory **ret_memory)
{
	struct memory *memory = NULL;
	int r = memory_new(layout, kind, &memory);
	if (r < 0)
		return r;
	r = create_all(memory);
	if (r < 0) {
		memory_destroy(memory);
		return r;
	}
	*ret_memory = memory;
	return 0;
}

static void unmap(void *object, size_t bytes)
{
	if (object)
		munmap(object, bytes);
}

void memory_destroy(struct memory *memory)
{
	if (!memory)
		return;
	unmap(memory->control, memory->sizes.control);
	unmap(memory->roster, RING_PAGE_SIZE);
	unmap(memory->room, RING_PAGE_SIZE);
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		if (memory->pages[i])
			unmap((char *)memory->pages[i] - ring_page_offset(i), RING_PAGE_SIZE);
		fd_close(&memory->page_fds[i]);
	}
	fd_close(&memory->control_fd);
	fd_close(&memory->data_fd);
	fd_close(&memory->control_read_fd);
	fd_close(&memory->data_read_fd);
	fd_close(&memory->roster_fd);
	fd_close(&memory->roster_read_fd);
	fd_close(&memory->room_fd);
	free(memory);
}

static int map(int fd, size_t bytes, int protection, const char *name, void **ret_object)
{
	void *object = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);
	if (object == MAP_FAILED)
		return error_set_errno(errno, "cannot map a ring's %s", name);
	*ret_object = object;
	return 0;
}

static bool is_pool(const struct memory *memory)
{
	return memory->layout.max_writers > 1;
}

/* The only time that core can write here; but in a pool it goes on for members that died. */
static int begin_control(struct memory *memory)
{
	void *object = NULL;
	int r = map(memory->control_fd, sizeof(struct ring_control), PROT_READ | PROT_WRITE, "control", &object);
	if (!object)
		return r;
	struct ring_control *control = object;
	control->head = memory->layout.first - 1;
	control->tail = memory->layout.first;
	control->final = RING_NEVER;
	control->abi = RING_ABI;
	control->magic = RING_MAGIC;
	munmap(object, sizeof *control);
	object = NULL;
	r = is_pool(memory) ? map(memory->control_fd, memory->sizes.control, PROT_READ | PROT_WRITE, "control", &object)
			    : map(memory->control_read_fd, memory->sizes.control, PROT_READ, "control", &object);
	memory->control = object;
	return r;
}

static int begin_room(struct memory *memory)
{
	void *object = NULL;
	int r = map(memory->room_fd, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, "room", &object);
	memory->room = object;
	return r;
}

static int begin_roster(struct memory *memory, enum fb_state state)
{
	void *object = NULL;
	int r = map(memory->roster_fd, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, "roster", &object);
	if (!object)
		return r;
	memory->roster = object;
	ring_roster_init(memory->roster, &memory->layout);
	memory->roster->state = state;
	return 0;
}

int memory_begin(struct memory *memory, enum fb_state state)
{
	int r = begin_control(memory);
	if (r == 0)
		r = begin_room(memory);
	return r < 0 ? r : begin_roster(memory, state);
}

int memory_close_writing(struct memory *memory)
{
	int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	if (is_pool(memory))
		return 0;
	if (memory->kind == MEMORY_SEALED && memory->control_fd >= 0 &&
	    (fcntl(memory->control_fd, F_ADD_SEALS, seals) < 0 || fcntl(memory->data_fd, F_ADD_SEALS, seals) < 0))
		return error_set_errno(errno, "cannot seal a ring");
	fd_close(&memory->control_fd);
	fd_close(&memory->data_fd);
	return 0;
}

size_t memory_writer_fds(const struct memory *memory, int *fds)
{
	fds[RING_FD_CONTROL] = memory->control_fd;
	fds[RING_FD_DATA] = memory->data_fd;
	fds[RING_FD_ROSTER] = memory->roster_read_fd;
	fds[RING_FD_ROOM] = memory->room_fd;
	for (unsigned i = 0; i < memory->layout.max_readers; i++)
		fds[RING_FD_PAGES + i] = memory->page_fds[i];
	return RING_FD_PAGES + memory->layout.max_readers;
}

size_t memory_reader_fds(const struct memory *memory, unsigned reader, int *fds)
{
	fds[RING_FD_CONTROL] = memory->control_read_fd;
	fds[RING_FD_DATA] = memory->data_read_fd;
	fds[RING_FD_ROSTER] = memory->roster_read_fd;
	fds[RING_FD_ROOM] = memory->room_fd;
	fds[RING_FD_PAGES] = memory->page_fds[reader];
	return RING_FD_PAGES + 1;
}

size_t memory_member_fds(const struct memory *memory, unsigned reader, unsigned group, int *fds)
{
	size_t count = memory_reader_fds(memory, reader, fds);
	fds[count] = memory->page_fds[group];
	return count + 1;
}
