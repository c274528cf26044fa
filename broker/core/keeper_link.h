/* keeper_link.h: the core's end of the socket to the keeper. */
#ifndef FRAMEBROKER_CORE_KEEPER_LINK_H
#define FRAMEBROKER_CORE_KEEPER_LINK_H
#include "keeper/protocol.h"
#include "loop/loop.h"
#include <sys/types.h>

struct keeper_link;

/* packet NULL: the keeper is gone. Its fds are the callback's to take: what it leaves there (not -1) is closed after
 * it.
 */
typedef void keeper_link_fn(void *context, struct keeper_packet *packet);

/* Takes the socket over. */
int keeper_link_create(struct loop *loop, int socket, keeper_link_fn *call, void *context,
		       struct keeper_link **ret_link);
void keeper_link_destroy(struct keeper_link *link); /* NULL is fine */

/* Requests; the answers come through the callback. Where the keeper is busy they wait a little. Negative errno with
 * error text where it takes no message now. */
int keeper_link_listen(struct keeper_link *link, const char *path, mode_t mode, gid_t gid);
int keeper_link_ready(struct keeper_link *link, enum keeper_log log, const char *keys, int64_t orphan_timeout_ns);

/* Keeps the configuration in force, a text, for the core after this one. */
int keeper_link_config(struct keeper_link *link, const char *text);

int keeper_link_spawn(struct keeper_link *link, enum keeper_program program, unsigned id, const char *name, int socket,
		      int error_fd);
int keeper_link_kill(struct keeper_link *link, unsigned id);
int keeper_link_buried(struct keeper_link *link, unsigned id);
int keeper_link_recall(struct keeper_link *link);
int keeper_link_forget(struct keeper_link *link);

/* Keeps a record for the core after this one; without bytes it is dropped. */
int keeper_link_keep(struct keeper_link *link, uint64_t key, const void *blob, size_t size, const int *fds,
		     size_t fd_count);

#endif
