/* control.h: the socket server: clients, their requests, and the streams they read and write.
 *
 * It owns the registry (pure state) and the shared memory of each generation. What it cannot answer by itself it asks
 * the core through the hooks: jobs of workers, the configuration, supervision. */
#ifndef FRAMEBROKER_CONTROL_CONTROL_H
#define FRAMEBROKER_CONTROL_CONTROL_H
#include "clients/hooks.h"
#include "loop/loop.h"

struct config_broker;
struct control;

int control_create(struct loop *loop, const struct config_broker *config, const struct control_hooks *hooks,
		   struct control **ret_control);
void control_destroy(struct control *control);

/* Serves the listening socket; takes it over. */
int control_listen(struct control *control, int listening_fd, const char *path);

/* Goes on where another core stopped: its clients, streams and writers are here as if nothing had happened, and each
 * client is told. Before anything is added. -EPROTO with error text: the records make no sense, and what is here now is
 * to be used for nothing. */
int control_restore(struct control *control, struct control_record *records, size_t count);

/* Keeps what has changed: once in each turn of the loop. */
void control_keep(struct control *control);

#endif
