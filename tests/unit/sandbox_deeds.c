/* sandbox_deeds.c: each is one function, to be called in a process of its own. */
#include "sandbox_deeds.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char in_file[64], in_new[64], out_file[64], out_new[64], other_file[64], other_new[64], other_socket[64];
char deeds_folder[] = "/tmp/framebroker-sandbox-XXXXXX";
static pid_t victim; /* another process of the same user */
static int victims_word = 7;

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : close(fd);
}

static int answer(int r)
{
	return r < 0 ? -errno : 0;
}

/* ---- what must work inside, too ---- */

static int read_input(void)
{
	return opens(in_file, O_RDONLY);
}

static int write_output(void)
{
	return opens(out_file, O_RDWR | O_TRUNC);
}

static int make_and_delete_output(void)
{
	int r = opens(out_new, O_WRONLY | O_CREAT | O_EXCL);
	if (r == 0)
		r = answer(rename(out_new, out_file));
	if (r == 0)
		r = opens(out_new, O_WRONLY | O_CREAT | O_EXCL);
	return r < 0 ? r : answer(unlink(out_new));
}

static void *do_nothing(void *context)
{
	return context;
}

static int start_thread(void)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, do_nothing, NULL);
	return r ? -r : -pthread_join(thread, NULL);
}

static int read_common(void)
{
	return opens("/usr/share", O_RDONLY | O_DIRECTORY);
}

static int signal_itself(void)
{
	signal(SIGUSR1, SIG_IGN);
	return answer(raise(SIGUSR1));
}

static int ip_socket(void)
{
	return answer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int ip6_socket(void)
{
	return answer(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int bind_ip(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : answer(bind(fd, (const struct sockaddr *)&address, sizeof address));
}

/* ---- what must not ---- */

static int read_other_file(void)
{
	return opens(other_file, O_RDONLY);
}

static int read_passwords(void)
{
	return opens("/etc/passwd", O_RDONLY);
}

static int read_memory_file(void)
{
	return opens("/proc/self/mem", O_RDONLY);
}

static int write_other_file(void)
{
	return opens(other_file, O_WRONLY);
}

static int write_input(void)
{
	return opens(in_file, O_WRONLY);
}

static int empty_input(void)
{
	return opens(in_file, O_RDONLY | O_TRUNC);
}

static int make_input(void)
{
	int r = opens(in_new, O_WRONLY | O_CREAT | O_EXCL);
	unlink(in_new);
	return r;
}

static int delete_input(void)
{
	int r = answer(unlink(in_file));
	if (r == 0)
		opens(in_file, O_WRONLY | O_CREAT);
	return r;
}

static int move_in_other_file(void)
{
	int r = answer(rename(other_file, out_new));
	if (r == 0)
		rename(out_new, other_file);
	return r;
}

static int link_other_file(void)
{
	int r = answer(link(other_file, other_new));
	unlink(other_new);
	return r;
}

static int change_mode(void)
{
	return answer(chmod(out_file, 0777));
}

static int run_program(void)
{
	int status;
	pid_t pid;
	char *const argv[] = {(char *)"true", NULL};
	int r = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
	if (r)
		return -r;
	waitpid(pid, &status, 0);
	return status ? -EIO : 0;
}

static int become_program(void)
{
	execl("/bin/true", "true", (char *)NULL); /* which ends with 0 */
	return -errno;
}

static int become_memory(void)
{
	int program = open("/bin/true", O_RDONLY | O_CLOEXEC), memory = (int)syscall(SYS_memfd_create, "x", 0);
	char buffer[65536];
	ssize_t size;
	if (memory < 0)
		return -errno;
	while ((size = read(program, buffer, sizeof buffer)) > 0)
		if (write(memory, buffer, (size_t)size) < 0)
			break;
	char *const argv[] = {(char *)"true", NULL};
	fexecve(memory, argv, environ);
	return -errno;
}

static int start_process(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : answer(waitpid(pid, NULL, 0));
}

static int trace(void)
{
	int r = answer((int)ptrace(PTRACE_ATTACH, victim, NULL, NULL));
	if (r == 0)
		waitpid(victim, NULL, __WALL);
	return r;
}

static int read_others_memory(void)
{
	int word;
	struct iovec here = {&word, sizeof word}, there = {&victims_word, sizeof victims_word};
	return answer((int)process_vm_readv(victim, &here, 1, &there, 1, 0));
}

static int signal_other(void)
{
	return answer(kill(victim, SIGCONT));
}

/* The kernel does it, when the pipe has something to read. */
static int have_other_signalled(void)
{
	int ends[2];
	return pipe(ends) < 0 || fcntl(ends[0], F_SETOWN, victim) < 0 ? -errno : 0;
}

static int unix_socket(void)
{
	return answer(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int netlink_socket(void)
{
	return answer(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int connect_to_machine(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", other_socket);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : answer(connect(fd, (const struct sockaddr *)&address, sizeof address));
}

static int become_dumpable(void)
{
	return answer(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int set_limit(void)
{
	return answer(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
}

static int map_writable_code(void)
{
	void *map = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return map == MAP_FAILED ? -errno : 0;
}

static int make_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return map == MAP_FAILED ? 0 : answer(mprotect(map, 4096, PROT_READ | PROT_EXEC));
}

static int change_folder(void)
{
	return answer(chdir("/"));
}

static int new_namespace(void)
{
	return answer((int)syscall(SYS_unshare, 0));
}

#define DEED(function)                                                                                                 \
	{                                                                                                              \
#function, function                                                                                    \
	}
#define DEEDS(array)                                                                                                   \
	{                                                                                                              \
		array, sizeof(array) / sizeof *(array)                                                                 \
	}

static const struct deed allowed[] = {DEED(read_input),   DEED(write_output), DEED(make_and_delete_output),
				      DEED(start_thread), DEED(read_common),  DEED(signal_itself)};
static const struct deed networks[] = {DEED(ip_socket), DEED(ip6_socket), DEED(bind_ip)};
static const struct deed forbidden[] = {
	DEED(read_other_file), DEED(read_passwords),     DEED(read_memory_file), DEED(write_other_file),
	DEED(write_input),     DEED(empty_input),        DEED(make_input),       DEED(delete_input),
	DEED(link_other_file), DEED(move_in_other_file), DEED(change_mode),      DEED(run_program),
	DEED(become_program),  DEED(become_memory),      DEED(start_process),    DEED(trace),
	DEED(signal_other),    DEED(read_others_memory), DEED(unix_socket),      DEED(netlink_socket),
	DEED(become_dumpable), DEED(connect_to_machine), DEED(set_limit),        DEED(map_writable_code),
	DEED(make_code),       DEED(change_folder),      DEED(new_namespace),    DEED(have_other_signalled)};

const struct deeds deeds_allowed = DEEDS(allowed), deeds_of_networks = DEEDS(networks),
		   deeds_forbidden = DEEDS(forbidden);

/* ---- the deeds_folder, the victim ---- */

static void name(char *path, const char *rest)
{
	snprintf(path, sizeof other_file, "%s/%s", deeds_folder, rest);
}

static void listen_at_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", other_socket);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 9) < 0)
		abort();
}

static void begin_victim(void)
{
	victim = fork();
	if (victim == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
}

int deeds_set_up(void **state)
{
	(void)state;
	char path[64];
	if (!mkdtemp(deeds_folder))
		return -1;
	name(path, "in");
	mkdir(path, 0700);
	name(path, "out");
	mkdir(path, 0700);
	name(in_file, "in/film");
	name(in_new, "in/new");
	name(out_file, "out/film");
	name(out_new, "out/new");
	name(other_file, "other");
	name(other_new, "out/other");
	name(other_socket, "socket");
	opens(in_file, O_WRONLY | O_CREAT);
	opens(out_file, O_WRONLY | O_CREAT);
	opens(other_file, O_WRONLY | O_CREAT);
	listen_at_socket();
	begin_victim();
	return 0;
}

int deeds_tear_down(void **state)
{
	(void)state;
	char path[64];
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	unlink(in_file);
	unlink(out_file);
	unlink(other_file);
	unlink(other_socket);
	name(path, "in");
	rmdir(path);
	name(path, "out");
	rmdir(path);
	return rmdir(deeds_folder);
}
