/* keeper_serve.c: a core out of its mind, against the keeper: requests and records in any order, cores and workers that
 * die and come again. No descriptor is left. Processes, files and signals are made up here. */
#include "base/fd.h"
#include "fuzz/input.h"
#include "keeper/listen.h"
#include "keeper/lock.h"
#include "keeper/notify.h"
#include "keeper/spawn.h"
#include "keeper/state.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

#define STEPS 64
#define CORE_PID 1000

static struct keeper keeper;
static int core_end = -1, something = -1;
static pid_t last_pid;

/* ---- in place of spawn.c, listen.c, lock.c, notify.c and kill() ---- */

int spawn_find(const char *program, char ret_path[SPAWN_PATH])
{
	snprintf(ret_path, SPAWN_PATH, "/%s", program);
	return 0;
}

pid_t spawn_core(const char *path, char *const argv[], const int *fds, size_t fd_count)
{
	FUZZ_CHECK(*path && *argv && fd_count > 0);
	core_end = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
	return CORE_PID;
}

pid_t spawn_worker(const char *program, const char *name, int socket, int error_fd)
{
	FUZZ_CHECK(*program && strlen(name) < KEEPER_TEXT);
	return socket < 0 || error_fd < 0 ? -EBADF : ++last_pid;
}

int listen_open(const char *path, mode_t mode, gid_t gid, int *ret_fd)
{
	(void)mode;
	(void)gid;
	*ret_fd = *path ? fcntl(something, F_DUPFD_CLOEXEC, 0) : -1;
	return *path ? 0 : -EINVAL;
}

int lock_take(const char *socket_path, int *ret_fd)
{
	(void)socket_path;
	*ret_fd = fcntl(something, F_DUPFD_CLOEXEC, 0);
	return 0;
}

void lock_remove(const char *socket_path)
{
	(void)socket_path;
}

void notify_service(const char *state)
{
	(void)state;
}

void notify_parent(int *fd)
{
	(void)fd;
}

int __wrap_kill(pid_t pid, int signal);

int __wrap_kill(pid_t pid, int signal)
{
	FUZZ_CHECK(signal == SIGKILL && pid < -1); /* a group of ours, never everybody */
	return 0;
}

/* ---- the core ---- */

static void send_request(struct input *input)
{
	static uint8_t blob[KEEPER_BLOB];
	uint8_t numbers = input_u8(input);
	struct keeper_message message = {.type = input_u8(input) % (KEEPER_TYPE_END + 1u),
					 .id = numbers % 4,
					 .number = numbers,
					 .program = numbers / 16 % 3,
					 .value = numbers / 4 % 8};
	if (numbers & 128)
		message.value = input_u64(input);
	snprintf(message.text, sizeof message.text, "%s", numbers & 64 ? "name" : "");
	size_t size = numbers == 255 ? sizeof blob : input_u8(input) % 16, fd_count = input_u8(input) % 4;
	const int fds[] = {something, something, something};
	if (core_end >= 0)
		keeper_send_blob(core_end, &message, blob, size, fds, fd_count);
}

static void send_bytes(struct input *input)
{
	char *bytes = input_text(input, input_u8(input));
	if (core_end >= 0 && *bytes)
		send(core_end, bytes, strlen(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
	free(bytes);
}

static void read_answers(void)
{
	static struct keeper_packet packet;
	while (core_end >= 0 && keeper_receive(core_end, &packet) == 0)
		keeper_packet_clear(&packet);
}

static void serve_all(void)
{
	while (keeper.core_socket >= 0 && serve_core(&keeper) == 0)
		continue;
}

static void core_dies(int status)
{
	if (keeper.core)
		core_process_died(&keeper, status);
	fd_close(&core_end);
	if (!keeper.stopping)
		core_process_start(&keeper);
}

static void worker_dies(uint8_t status)
{
	struct worker *worker = workers_find(keeper.workers, last_pid);
	if (!worker)
		return;
	worker->dead = true;
	worker->status = status;
}

static void step(struct input *input)
{
	uint8_t what = input_u8(input);
	switch (what % 8) {
	case 0:
		core_dies(what & 8 ? SIGKILL : what & 16 ? KEEPER_CORE_ANEW << 8 : KEEPER_CORE_REFUSED << 8);
		break;
	case 1:
		worker_dies(what);
		break;
	case 2:
		read_answers();
		break;
	case 3:
		send_bytes(input);
		serve_all();
		break;
	case 4:
		core_process_settled(&keeper);
		break;
	default:
		send_request(input);
		if (what & 128)
			serve_all();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct keeper_options options = {.private_fd = -1, .ready_fd = -1};
	struct input input = {data, size};
	if (something < 0)
		something = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int lowest = input_lowest_fd();
	last_pid = 2000;
	keeper.options = &options;
	keeper.core_socket = keeper.listening = keeper.lock = -1;
	core_process_start(&keeper);
	for (unsigned i = 0; i < STEPS && input.left > 0; i++)
		step(&input);
	serve_all();
	keeper_forget(&keeper);
	FUZZ_CHECK(!keeper.store.records && keeper.store.count == 0 && keeper.store.bytes == 0);
	workers_clear(&keeper.workers);
	fd_close(&core_end);
	fd_close(&keeper.core_socket);
	fd_close(&keeper.listening);
	fd_close(&keeper.lock);
	memset(&keeper, 0, offsetof(struct keeper, packet));
	FUZZ_CHECK(input_lowest_fd() == lowest);
	return 0;
}
