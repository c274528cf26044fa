/* seccomp.c: the list of system calls that decoding, encoding, threads, files and sockets need. What it leaves out,
 * above all: programs and processes, other processes' memory, sockets of the machine itself, owners and modes of files,
 * mounts, limits, and whatever the kernel adds later. */
#include "worker/seccomp.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Words, parted by spaces; those that this kind of processor does not have are passed over. */
static const char calls[] = /* memory */
	"brk munmap mremap madvise membarrier mlock munlock get_mempolicy set_mempolicy mbind "
	/* threads and their order, signals to itself */
	"exit exit_group futex futex_waitv set_robust_list get_robust_list set_tid_address rseq restart_syscall "
	"arch_prctl gettid "
	"sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler sched_getattr "
	"sched_get_priority_max "
	"sched_get_priority_min getpriority setpriority getcpu rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending "
	"rt_sigtimedwait rt_sigsuspend sigaltstack "
	/* time and waiting */
	"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times poll ppoll select pselect6 "
	"epoll_create1 "
	"epoll_create epoll_ctl epoll_wait epoll_pwait eventfd2 eventfd pipe2 pipe timerfd_create timerfd_settime "
	"timerfd_gettime "
	/* files: which ones, Landlock says */
	"close close_range read readv pread64 preadv write writev pwrite64 pwritev lseek _llseek stat fstat lstat "
	"newfstatat "
	"fstatat64 statx statfs fstatfs access faccessat faccessat2 getdents64 readlink readlinkat getcwd dup dup2 "
	"dup3 flock "
	"ftruncate fallocate fsync fdatasync fadvise64 sync_file_range rename renameat renameat2 unlink unlinkat mkdir "
	"mkdirat rmdir "
	"umask copy_file_range sendfile "
	/* the socket to the core, and those that are opened */
	"recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg getsockopt setsockopt getsockname getpeername shutdown "
	/* who and where it is */
	"getpid getppid getuid geteuid getgid getegid getpgrp getrusage getrandom uname sysinfo getrlimit";
static const char network_calls[] = "bind connect listen accept accept4";

#define ALLOW(filter, call, ...)                                                                                       \
	seccomp_rule_add((filter), SCMP_ACT_ALLOW, SCMP_SYS(call),                                                     \
			 sizeof((struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp), __VA_ARGS__)

static int allow_calls(scmp_filter_ctx filter, const char *words)
{
	int r = 0;
	while (*words && r == 0) {
		char name[32];
		size_t length = strcspn(words, " ");
		snprintf(name, sizeof name, "%.*s", (int)length, words);
		int call = seccomp_syscall_resolve_name(name);
		if (call >= 0)
			r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
		words += length + strspn(words + length, " ");
	}
	return r;
}

/* Landlock before its version 3 does not see that O_TRUNC empties a file that is only opened to read. */
static int allow_open(scmp_filter_ctx filter)
{
	int r = ALLOW(filter, openat, SCMP_A2_64(SCMP_CMP_MASKED_EQ, O_TRUNC, 0));
	if (r == 0)
		r = ALLOW(filter, openat, SCMP_A2_64(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY));
	if (r == 0)
		r = ALLOW(filter, openat, SCMP_A2_64(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDWR));
	return r;
}

/* Threads, but no processes; glibc falls back from clone3, whose flags a filter cannot see. */
static int allow_threads(scmp_filter_ctx filter)
{
	int r = ALLOW(filter, clone, SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (r == 0) /* abort() */
		r = ALLOW(filter, tgkill, SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return r;
}

/* No memory is written and run. */
static int allow_parts(scmp_filter_ctx filter)
{
	int r = ALLOW(filter, mmap, SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_WRITE, 0));
	if (r == 0)
		r = ALLOW(filter, mmap, SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r == 0)
		r = ALLOW(filter, mprotect, SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r == 0)
		r = ALLOW(filter, prctl, SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME));
	if (r == 0)
		r = ALLOW(filter, prctl, SCMP_A0_64(SCMP_CMP_EQ, PR_GET_NAME));
	if (r == 0) /* only looking */
		r = ALLOW(filter, prlimit64, SCMP_A2_64(SCMP_CMP_EQ, 0));
	return r;
}

static int allow_commands(scmp_filter_ctx filter, int call, const unsigned *commands, size_t count)
{
	int r = 0;
	for (size_t i = 0; i < count && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A1_32(SCMP_CMP_EQ, commands[i]));
	return r;
}

/* Of terminals and sockets: how much there is to read, and that reading does not wait. Of descriptors: all but whom the
 * kernel signals about them. */
static int allow_descriptors(scmp_filter_ctx filter)
{
	static const unsigned ioctls[] = {0x5401 /* TCGETS */, 0x541b /* FIONREAD */, 0x5421 /* FIONBIO */};
	static const unsigned fcntls[] = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,      F_GETFL,
					  F_SETFL,     F_GETLK,         F_SETLK,      F_SETLKW,     F_OFD_GETLK,
					  F_OFD_SETLK, F_OFD_SETLKW,    F_GETPIPE_SZ, F_SETPIPE_SZ, F_GET_SEALS};
	int r = allow_commands(filter, SCMP_SYS(ioctl), ioctls, sizeof ioctls / sizeof *ioctls);
	return r < 0 ? r : allow_commands(filter, SCMP_SYS(fcntl), fcntls, sizeof fcntls / sizeof *fcntls);
}

static int allow_sockets(scmp_filter_ctx filter)
{
	int r = ALLOW(filter, socket, SCMP_A0_32(SCMP_CMP_EQ, AF_INET));
	if (r == 0)
		r = ALLOW(filter, socket, SCMP_A0_32(SCMP_CMP_EQ, AF_INET6));
	return r < 0 ? r : allow_calls(filter, network_calls);
}

static int fill(scmp_filter_ctx filter, bool network)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = allow_calls(filter, calls);
	if (r == 0)
		r = allow_open(filter);
	if (r == 0)
		r = allow_threads(filter);
	if (r == 0)
		r = allow_parts(filter);
	if (r == 0)
		r = allow_descriptors(filter);
	return r == 0 && network ? allow_sockets(filter) : r;
}

static int say(struct media_error *ret_error, int err)
{
	return error_say(ret_error, "start a kernel with CONFIG_SECCOMP_FILTER, or leave sandbox off",
			 "sandbox: strict needs seccomp filters: %s", strerror(-err));
}

int seccomp_check(struct media_error *ret_error)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 ? say(ret_error, -errno) : 0;
}

int seccomp_enter(bool network, struct media_error *ret_error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return say(ret_error, -ENOMEM);
	int r = fill(filter, network);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? say(ret_error, r) : 0;
}
