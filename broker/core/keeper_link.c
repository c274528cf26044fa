/* keeper_link.c: the core's end of the socket to the keeper. */
#include "core/keeper_link.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define FULL_NS                                                                                                        \
	(500 * NS_PER_MS) /* a keeper that takes nothing for so long is stopped: it is not waited for any more */
#define LOOK_MS 5         /* the kernel tells of room only when much is free */

struct keeper_link {
	struct loop *loop;
	int socket;
	keeper_link_fn *call;
	void *context;
	struct keeper_packet packet; /* received last */
	bool full;                   /* the keeper took nothing for long */
	bool refusing;               /* the keeper did not take the last record */
};

static void on_readable(void *context, int fd, uint32_t events)
{
	(void)events;
	struct keeper_link *link = context;
	int err = keeper_receive(fd, &link->packet);
	if (err == -EAGAIN)
		return;
	if (err && err != -EMFILE) { /* lost descriptors are missed by who looks for them */
		log_error("core", "the keeper is gone: %s", error_text());
		loop_unwatch(link->loop, fd);
		link->call(link->context, NULL);
		return;
	}
	link->call(link->context, &link->packet);
	keeper_packet_clear(&link->packet);
}

int keeper_link_create(struct loop *loop, int socket, keeper_link_fn *call, void *context,
		       struct keeper_link **ret_link)
{
	FD_AUTO taken = socket;
	struct keeper_link *link = calloc(1, sizeof *link);
	if (!link)
		return error_set(ENOMEM, "no memory for the keeper's socket");
	*link = (struct keeper_link){.loop = loop, .socket = taken, .call = call, .context = context};
	int err = loop_watch(loop, taken, EPOLLIN, on_readable, link);
	if (err) {
		free(link);
		return err;
	}
	fd_take(&taken);
	*ret_link = link;
	return 0;
}

void keeper_link_destroy(struct keeper_link *link)
{
	if (!link)
		return;
	loop_unwatch(link->loop, link->socket);
	fd_close(&link->socket);
	free(link);
}

/* Where hundreds of workers start or end at once, the keeper needs a while. */
static int send_blob(struct keeper_link *link, const struct keeper_message *message, const void *blob, size_t size,
		     const int *fds, size_t fd_count)
{
	struct pollfd out = {.fd = link->socket, .events = POLLOUT};
	int64_t deadline_ns = clock_deadline(link->full ? 0 : FULL_NS);
	int err = keeper_send_blob(link->socket, message, blob, size, fds, fd_count);
	while (err == -EAGAIN && clock_left_ns(deadline_ns) > 0) {
		poll(&out, 1, LOOK_MS);
		err = keeper_send_blob(link->socket, message, blob, size, fds, fd_count);
	}
	link->full = err == -EAGAIN;
	return err;
}

static int send_request(struct keeper_link *link, const struct keeper_message *message)
{
	return send_blob(link, message, NULL, 0, NULL, 0);
}

int keeper_link_listen(struct keeper_link *link, const char *path, mode_t mode, gid_t gid)
{
	struct keeper_message message = {.type = KEEPER_LISTEN, .mode = mode, .gid = gid};
	if (snprintf(message.text, sizeof message.text, "%s", path) >= (int)sizeof message.text)
		return error_set(ENAMETOOLONG, "%s: too long for the path of a socket", path);
	return send_request(link, &message);
}

int keeper_link_ready(struct keeper_link *link, enum keeper_log log, const char *keys, int64_t orphan_timeout_ns)
{
	struct keeper_message message = {.type = KEEPER_READY, .number = log, .value = (uint64_t)orphan_timeout_ns};
	snprintf(message.text, sizeof message.text, "%s", keys);
	return send_request(link, &message);
}

/* A file in memory. Negative errno with error text: there is none left. */
static int file_of(const void *bytes, size_t size)
{
	FD_AUTO file = memfd_create("framebroker record", MFD_CLOEXEC);
	if (file < 0 || write(file, bytes, size) != (ssize_t)size)
		return error_set_errno(errno, "no memory for a record of %zu bytes", size);
	return fd_take(&file);
}

int keeper_link_config(struct keeper_link *link, const char *text)
{
	FD_AUTO file = file_of(text, strlen(text));
	return file < 0 ? file : send_blob(link, &(struct keeper_message){.type = KEEPER_CONFIG}, NULL, 0, &file, 1);
}

int keeper_link_spawn(struct keeper_link *link, enum keeper_program program, unsigned id, const char *name, int socket,
		      int error_fd)
{
	struct keeper_message message = {.type = KEEPER_SPAWN, .program = program, .id = id};
	snprintf(message.text, sizeof message.text, "%s", name);
	return send_blob(link, &message, NULL, 0, (const int[]){socket, error_fd}, 2);
}

int keeper_link_kill(struct keeper_link *link, unsigned id)
{
	return send_request(link, &(struct keeper_message){.type = KEEPER_KILL, .id = id});
}

int keeper_link_buried(struct keeper_link *link, unsigned id)
{
	return send_request(link, &(struct keeper_message){.type = KEEPER_BURIED, .id = id});
}

int keeper_link_recall(struct keeper_link *link)
{
	return send_request(link, &(struct keeper_message){.type = KEEPER_RECALL});
}

int keeper_link_forget(struct keeper_link *link)
{
	return send_request(link, &(struct keeper_message){.type = KEEPER_FORGET});
}

/* What is too long for a message goes in a file behind the other descriptors, for which a lone 0 stands. */
static int send_long(struct keeper_link *link, const struct keeper_message *message, const void *blob, size_t size,
		     const int *fds, size_t fd_count)
{
	int all[KEEPER_FDS];
	FD_AUTO file = file_of(blob, size);
	if (fd_count >= KEEPER_FDS)
		return error_set(EMSGSIZE, "%zu descriptors are too many for one record", fd_count);
	if (file < 0)
		return file;
	for (size_t i = 0; i < fd_count; i++)
		all[i] = fds[i];
	all[fd_count] = file;
	return send_blob(link, message, "", 1, all, fd_count + 1);
}

int keeper_link_keep(struct keeper_link *link, uint64_t key, const void *blob, size_t size, const int *fds,
		     size_t fd_count)
{
	struct keeper_message message = {.type = size > 0 ? KEEPER_KEEP : KEEPER_DROP, .value = key};
	int err = size > KEEPER_BLOB ? send_long(link, &message, blob, size, fds, fd_count)
				     : send_blob(link, &message, blob, size, fds, fd_count);
	if (err && !link->refusing)
		log_error("core", "a core that takes over now would not know of the last changes: %s", error_text());
	link->refusing = err != 0;
	return err;
}
