/* broker.h: the keys of `broker:`, `rtsp:` and `http:`, what the broker itself is told. */
#ifndef FRAMEBROKER_CONFIG_BROKER_H
#define FRAMEBROKER_CONFIG_BROKER_H
#include "config/types.h"
#include <stdbool.h>
#include <stdint.h>

enum config_memory { CONFIG_MEMORY_AUTO, CONFIG_MEMORY_POSIX, CONFIG_MEMORY_MEMFD, CONFIG_MEMORY_SEALED };
enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_log_format { CONFIG_LOG_TEXT, CONFIG_LOG_JSON };
enum config_allow { CONFIG_ALLOW_READ = 1, CONFIG_ALLOW_WRITE = 2, CONFIG_ALLOW_ADMIN = 4 };

struct config_access {
	char *user, *group;         /* "" = the broker's own */
	struct config_list streams; /* names or globs */
	unsigned allow;             /* enum config_allow, or-ed */
};

/* What each user but root and the broker's own may take, all its programs together. */
struct config_limits {
	int clients;           /* CONFIG_AUTO */
	int readers;           /* of one stream; CONFIG_AUTO */
	int held;              /* frames of one stream that its readers may ask to hold; CONFIG_AUTO */
	int streams;           /* that its programs create */
	uint64_t memory_bytes; /* of those streams; CONFIG_AUTO_SIZE */
	int messages;          /* a second */
};

struct config_broker {
	char *socket;         /* a path; "" = auto */
	unsigned socket_mode; /* permission bits */
	char *socket_group;   /* "" = the broker's own group */
	enum config_memory memory;
	uint64_t memory_limit_bytes; /* CONFIG_AUTO_SIZE */
	int max_clients;
	struct config_limits limits;
	int64_t orphan_timeout_ns;
	char *runtime_file; /* "" = none */
	enum config_log_level log_level;
	enum config_log_format log_format;
	struct config_access *access; /* the first match decides; nobody else may connect */
	size_t access_count;
};

struct config_rtsp {
	char *listen; /* "" = none */
	char *user, *password;
};

struct config_http {
	char *listen; /* "" = none */
	char *token;
	bool admin;
	char *tls_certificate, *tls_key;
	struct config_list allow_origins;
};

/* As config_source_to_text() in config/source.h, for comparing what is in force with what a reload brings. */
char *config_broker_to_text(const struct config_broker *broker);

#endif
