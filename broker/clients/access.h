/* access.h: who may do what: the rules of broker.access, with their users and groups as numbers. */
#ifndef FRAMEBROKER_CLIENTS_ACCESS_H
#define FRAMEBROKER_CLIENTS_ACCESS_H
#include "config/broker.h"
#include <stdbool.h>
#include <sys/types.h>

struct access_rule;

struct access_rules {
	struct access_rule *rules;
	size_t count;
	uid_t overflow_uid; /* stands for all users that this user namespace has no number for: never matches */
	gid_t overflow_gid;
};

struct access_identity {
	uid_t uid;
	const gid_t *groups;
	size_t group_count;
};

#define ACCESS_EVERYTHING "*" /* as name: the broker as a whole */

/* A rule matches a client that is its user or in its group, by name or number; where only one of them is given, only
 * that one counts; where neither is, the broker's own. A name that does not exist matches nobody, which is logged.
 * -ENOMEM. */
int access_init(struct access_rules *rules, const struct config_broker *config);
void access_clear(struct access_rules *rules);

/* Whether any rule lets this client in. */
bool access_may_connect(const struct access_rules *rules, const struct access_identity *identity);

/* Whether the first rule that matches client and name allows what (enum config_allow). */
bool access_allows(const struct access_rules *rules, const struct access_identity *identity, const char *name,
		   enum config_allow what);

/* Whether some rule allows it for some stream. */
bool access_allows_some(const struct access_rules *rules, const struct access_identity *identity,
			enum config_allow what);

#endif
