/* control.h: the socket server: clients, their requests, and the streams they read and write.
 *
 * It owns the registry (pure state) and the shared memory of each generation. What it cannot answer by itself it asks
 * the core through the hooks: jobs of workers, the configuration, supervision. */
#ifndef FRAMEBROKER_CONTROL_CONTROL_H
#define FRAMEBROKER_CONTROL_CONTROL_H
#include "loop/loop.h"
#include <framebroker.h>
#include <stddef.h>
#include <sys/types.h>

struct control;
struct config_broker;
struct config_output;
struct json_t;

/* A record for the next core is kept under a key: what it is of, and its number. Those from CONTROL_KIND_CORE on are
 * the core's own. */
#define CONTROL_KEY(kind, id) ((uint64_t)(kind) << 32 | (id))
#define CONTROL_KIND(key) ((unsigned)((key) >> 32))
#define CONTROL_KIND_CORE 16

struct control_record { /* as the core before this one kept it */
	uint64_t key;
	char *blob;
	size_t size;
	int *fds; /* what is not taken stays the caller's to close */
	size_t fd_count;
};

struct control_hooks { /* called on the loop's thread; each may call back into control */
	void *core;
	/* A worker's text for its job; *ret_text: free(). -ENOENT with error text. */
	int (*job)(void *core, unsigned worker, char **ret_text);
	/* A worker's report; json is one object, NUL-terminated, not yet parsed. */
	void (*report)(void *core, unsigned worker, enum fb_state state, const char *json);
	/* A worker's connection ended (it died, or finished). */
	void (*worker_gone)(void *core, unsigned worker);
	/* Readers or waiters of this stream: none before, or none now. */
	void (*demand)(void *core, const char *stream, bool wanted);
	/* A writer of this stream is ready: a pass begins or goes on. */
	void (*written)(void *core, const char *stream);
	/* ADD, REMOVE, RESTART, RELOAD, UPGRADE. verb: enum wire_type. 0, or a negative errno with error text. */
	int (*admin)(void *core, int verb, const char *kind, const char *name, const char *keys);
	/* Keeps a record for the next core, with copies of the descriptors; of no bytes: drops it. 0, or a negative
	 * errno with error text. NULL: nothing is kept. */
	int (*keep)(void *core, uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count);
	/* Adds "sources" and whatever else the core knows to the status. */
	void (*status)(void *core, struct json_t *root);
};

int control_create(struct loop *loop, const struct config_broker *config, const struct control_hooks *hooks,
		   struct control **ret_control);
void control_destroy(struct control *control);

/* Serves the listening socket; takes it over. */
int control_listen(struct control *control, int listening_fd, const char *path);

/* Takes over the core's end of a worker's socket pair. worker: the core's number for it; streams: what it may write. */
int control_adopt_worker(struct control *control, int fd, unsigned worker, pid_t pid);
bool control_has_worker(const struct control *control, unsigned worker);             /* its connection lives */
void control_worker_stop(struct control *control, unsigned worker);                  /* sends STOP */
void control_worker_job(struct control *control, unsigned worker, const char *text); /* its job now reads so */

/* Goes on where another core stopped: its clients, streams and writers are here as if nothing had happened, and each
 * client is told. Before anything is added. -EPROTO with error text: the records make no sense, and what is here now is
 * to be used for nothing. */
int control_restore(struct control *control, struct control_record *records, size_t count);

/* Those streams of the other core go that were not added again, and that no client created. */
void control_drop_unclaimed(struct control *control);

/* Keeps what has changed: once in each turn of the loop. */
void control_keep(struct control *control);

/* Streams come and go with their sources and with the streams section. source: the name of the source that writes it,
 * and the number of its worker, or NULL: anybody allowed may write. live: lossless auto means deny, writers drop. The
 * output is copied. 1: another core had it, and it goes on, with the output's keys from now on. */
int control_stream_add(struct control *control, const char *name, const char *source, unsigned worker,
		       const struct config_output *output, bool live);
/* False: another core had a stream of that name which cannot go on so. */
bool control_stream_fits(const struct control *control, const char *name, const char *like, int max_writers);
/* A stream without source takes the layout of that one when a writer opens it (its key `like`). */
void control_stream_like(struct control *control, const char *name, const char *like);
/* Up to max_writers programs write it at once, in order. Before the first of them comes. */
void control_stream_pool(struct control *control, const char *name, int max_writers, int64_t reorder_timeout_ns);
void control_stream_remove(struct control *control, const char *name); /* readers get the end */

/* The stream has other keys from now on, of the same media and max_readers: its writer's next generation has them, and
 * its readers go on in that one. A program that writes it begins it with its next frame. */
void control_stream_change(struct control *control, const char *name, const struct config_output *output);
void control_stream_live(struct control *control, const char *name, bool live);

/* The state of the stream for its readers. FB_ENDED: readers drain, then get the end; readers that open later wait. */
void control_stream_state(struct control *control, const char *name, enum fb_state state);
bool control_stream_wanted(const struct control *control, const char *name); /* readers or waiters? */
bool control_stream_exists(const struct control *control, const char *name);
bool control_stream_written(const struct control *control, const char *name); /* is there a writer that is ready? */

/* Whether both are made from one source, as its outputs or, by `like`, from those: their pts_ns tell the same time. */
bool control_streams_related(const struct control *control, const char *a, const char *b);

/* For the admin hook: whether the client that asks may read that stream, or administer that source, stream or sink;
 * always where none asks. -EACCES with error text. */
int control_may_read(const struct control *control, const char *stream);
int control_may_administer(const struct control *control, const char *name);

/* Tells every subscriber that may know of it; detail is stolen (NULL: {}). */
void control_event(struct control *control, const char *event, const char *kind, const char *name,
		   struct json_t *detail);

#endif
