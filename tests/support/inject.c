/* inject.c: what stands in front of the C library's functions. */
#include "support/inject.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct shared {         /* with forked children */
	_Atomic pid_t process; /* whose calls count; negative: its children's; 0: nobody's */
	_Atomic int kind;
	_Atomic bool lasting;
	_Atomic unsigned left; /* calls that still work, and the one that does not */
	_Atomic unsigned failed;
	_Atomic(const char *) function;
	_Atomic(void *) caller;
} * shared;

const struct inject inject_all[4] = {
	{INJECT_MEMORY, false}, {INJECT_DESCRIPTORS, false}, {INJECT_MEMORY, true}, {INJECT_DESCRIPTORS, true}};

static _Thread_local bool spared; /* this thread's calls all work just now */

/* The function of that name that would have been called without this one. */
static void *next_of(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define NEXT(name)                                                                                                     \
	({                                                                                                             \
		static _Atomic(typeof(&(name))) next;                                                                  \
		if (!next)                                                                                             \
			next = (typeof(&(name)))next_of(#name);                                                        \
		next;                                                                                                  \
	})

static bool is_meant(void)
{
	pid_t process = shared ? shared->process : 0;
	return process && (process > 0 ? process == getpid() : -process == getppid());
}

static bool fails(enum inject_kind kind, const char *function, void *caller)
{
	if (spared || !is_meant() || shared->kind != (int)kind)
		return false;
	unsigned left = shared->left;
	while (left > 1 && !atomic_compare_exchange_weak(&shared->left, &left, left - 1))
		continue;
	if (left > 1 || (!shared->lasting && shared->failed))
		return false;
	if (atomic_fetch_add(&shared->failed, 1) == 0) {
		shared->function = function;
		shared->caller = caller;
	} else if (!shared->lasting) {
		return false; /* another thread's call was the one */
	}
	errno = kind == INJECT_MEMORY ? ENOMEM : EMFILE;
	return true;
}

#define FAILS(kind) fails(kind, __func__, __builtin_return_address(0))

__attribute__((constructor)) static void share(void)
{
	shared = NEXT(mmap)(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
}

void inject_begin(const struct inject *inject, pid_t process, unsigned nth)
{
	shared->kind = inject->kind;
	shared->lasting = inject->lasting;
	shared->failed = 0;
	shared->left = nth;
	shared->process = process;
}

bool inject_end(void)
{
	shared->process = 0;
	return shared->failed > 0;
}

const char *inject_where(void)
{
	static char where[256];
	Dl_info info = {0};
	dladdr(shared->caller, &info);
	snprintf(where, sizeof where, "%s() called at %#tx of %s", shared->function,
		 (char *)shared->caller - (char *)info.dli_fbase, info.dli_fname ? info.dli_fname : "nothing known");
	return where;
}

/* ---- memory ---- */

void *malloc(size_t size)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(realloc)(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(reallocarray)(memory, count, size);
}

char *strdup(const char *text)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(strdup)(text);
}

char *strndup(const char *text, size_t size)
{
	return FAILS(INJECT_MEMORY) ? NULL : NEXT(strndup)(text, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	return FAILS(INJECT_MEMORY) ? MAP_FAILED : NEXT(mmap)(address, size, protection, flags, fd, offset);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	return operation == EPOLL_CTL_ADD && FAILS(INJECT_MEMORY) ? -1 : NEXT(epoll_ctl)(epoll, operation, fd, event);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
	return FAILS(INJECT_MEMORY) ? EAGAIN : NEXT(pthread_create)(thread, attributes, run, context);
}

/* The sanitizers call it where a thread begins, and cannot do without. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *ret_attributes)
{
	spared = true;
	int err = NEXT(pthread_getattr_np)(thread, ret_attributes);
	spared = false;
	return err;
}

pid_t fork(void)
{
	return FAILS(INJECT_MEMORY) ? -1 : NEXT(fork)();
}

/* ---- descriptors ---- */

int socket(int domain, int type, int protocol)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(socket)(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(socketpair)(domain, type, protocol, fds);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(accept4)(fd, address, size, flags);
}

int memfd_create(const char *name, unsigned flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(memfd_create)(name, flags);
}

int shm_open(const char *name, int flags, mode_t mode)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(shm_open)(name, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list more;
	va_start(more, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
	va_end(more);
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(open)(path, flags, mode);
}

int mkostemp(char *path, int flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(mkostemp)(path, flags);
}

FILE *fopen(const char *path, const char *mode)
{
	return FAILS(INJECT_DESCRIPTORS) ? NULL : NEXT(fopen)(path, mode);
}

DIR *opendir(const char *path)
{
	return FAILS(INJECT_DESCRIPTORS) ? NULL : NEXT(opendir)(path);
}

int dup(int fd)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(dup)(fd);
}

int fcntl(int fd, int command, ...)
{
	va_list more;
	va_start(more, command);
	void *argument = va_arg(more, void *);
	va_end(more);
	bool makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	return makes && FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(fcntl)(fd, command, argument);
}

int epoll_create1(int flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(epoll_create1)(flags);
}

int eventfd(unsigned count, int flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(eventfd)(count, flags);
}

int signalfd(int fd, const sigset_t *set, int flags)
{
	return fd < 0 && FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(signalfd)(fd, set, flags);
}

int pipe2(int fds[2], int flags)
{
	return FAILS(INJECT_DESCRIPTORS) ? -1 : NEXT(pipe2)(fds, flags);
}

/* As the kernel does where a received descriptor has no room: this one and those after it are lost, and the message
 * says so. */
static void cut_descriptors(struct msghdr *message)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (int *fd = (int *)CMSG_DATA(part); (uint8_t *)(fd + 1) <= (uint8_t *)part + part->cmsg_len; fd++)
			close(*fd);
		message->msg_controllen = 0;
		message->msg_flags |= MSG_CTRUNC;
		return;
	}
}

static bool has_descriptors(struct msghdr *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);
	return part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t size = NEXT(recvmsg)(fd, message, flags);
	int err = errno;
	if (size >= 0 && has_descriptors(message) && FAILS(INJECT_DESCRIPTORS))
		cut_descriptors(message);
	errno = err;
	return size;
}
