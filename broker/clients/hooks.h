/* hooks.h: what the socket server asks the core, and gives it to keep. */
#ifndef FRAMEBROKER_CLIENTS_HOOKS_H
#define FRAMEBROKER_CLIENTS_HOOKS_H
#include <framebroker.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

/* A record for the next core is kept under a key: what it is of, and its number. Those from CONTROL_KIND_CORE on are
 * the core's own. */
#define CONTROL_KEY(kind, id) ((uint64_t)(kind) << 32 | (id))
#define CONTROL_KIND(key) ((unsigned)((key) >> 32))

enum control_kind {
	CONTROL_KIND_SERVER = 1,
	CONTROL_KIND_STREAM,
	CONTROL_KIND_MEMORY,
	CONTROL_KIND_CLIENT,
	CONTROL_KIND_CORE = 16
};

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

#endif
