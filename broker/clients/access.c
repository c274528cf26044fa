/* access.c: matches clients against the rules. */
#include "clients/access.h"
#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct access_rule {
	bool has_uid, has_gid;
	uid_t uid;
	gid_t gid;
	char **streams; /* globs */
	size_t stream_count;
	unsigned allow;
};

static unsigned read_overflow(const char *path)
{
	unsigned number = 65534;
	FILE *file = fopen(path, "re");
	if (!file)
		return number;
	if (fscanf(file, "%u", &number) != 1)
		number = 65534;
	fclose(file);
	return number;
}

/* A number stands for itself: in a container there is often no name for it. */
static bool read_id(const char *text, unsigned *ret_id)
{
	char *end = NULL;
	errno = 0;
	unsigned long id = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || id >= UINT32_MAX)
		return false;
	*ret_id = (unsigned)id;
	return true;
}

static void find_ids(struct access_rule *rule, const struct config_access *access)
{
	bool own = !*access->user && !*access->group;
	rule->has_uid = rule->has_gid = own;
	rule->uid = geteuid();
	rule->gid = getegid();
	if (*access->user) {
		struct passwd *user = getpwnam(access->user);
		rule->has_uid = user || read_id(access->user, &rule->uid);
		if (user)
			rule->uid = user->pw_uid;
		else if (!rule->has_uid)
			log_warning("control", "access: there is no user %s here", access->user);
	}
	if (*access->group) {
		struct group *group = getgrnam(access->group);
		rule->has_gid = group || read_id(access->group, &rule->gid);
		if (group)
			rule->gid = group->gr_gid;
		else if (!rule->has_gid)
			log_warning("control", "access: there is no group %s here", access->group);
	}
}

static int copy_globs(struct access_rule *rule, const struct config_list *globs)
{
	rule->streams = calloc(globs->count + 1, sizeof *rule->streams);
	if (!rule->streams)
		return error_set(ENOMEM, "no memory for access rules");
	for (size_t i = 0; i < globs->count; i++) {
		rule->streams[i] = strdup(globs->items[i]);
		if (!rule->streams[i])
			return error_set(ENOMEM, "no memory for access rules");
		rule->stream_count++;
	}
	return 0;
}

int access_init(struct access_rules *rules, const struct config_broker *config)
{
	*rules = (struct access_rules){.overflow_uid = read_overflow("/proc/sys/kernel/overflowuid"),
				       .overflow_gid = read_overflow("/proc/sys/kernel/overflowgid")};
	rules->rules = calloc(config->access_count + 1, sizeof *rules->rules);
	if (!rules->rules)
		return error_set(ENOMEM, "no memory for access rules");
	int r = 0;
	for (size_t i = 0; i < config->access_count && r == 0; i++) {
		struct access_rule *rule = &rules->rules[rules->count++];
		find_ids(rule, &config->access[i]);
		rule->allow = config->access[i].allow;
		r = copy_globs(rule, &config->access[i].streams);
	}
	if (r < 0)
		access_clear(rules);
	return r;
}

void access_clear(struct access_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		for (size_t k = 0; k < rules->rules[i].stream_count; k++)
			free(rules->rules[i].streams[k]);
		free(rules->rules[i].streams);
	}
	free(rules->rules);
	rules->rules = NULL;
	rules->count = 0;
}

static bool is_client(const struct access_rules *rules, const struct access_rule *rule,
		      const struct access_identity *identity)
{
	if (rule->has_uid && rule->uid == identity->uid && identity->uid != rules->overflow_uid)
		return true;
	for (size_t i = 0; i < identity->group_count && rule->has_gid; i++)
		if (identity->groups[i] == rule->gid && rule->gid != rules->overflow_gid)
			return true;
	return false;
}

/* Globs know no folders: * matches / too. No glob but * itself matches the broker as a whole. */
static bool is_stream(const struct access_rule *rule, const char *name)
{
	bool whole = strcmp(name, ACCESS_EVERYTHING) == 0;
	for (size_t i = 0; i < rule->stream_count; i++)
		if (whole ? strcmp(rule->streams[i], name) == 0 : fnmatch(rule->streams[i], name, 0) == 0)
			return true;
	return false;
}

bool access_may_connect(const struct access_rules *rules, const struct access_identity *identity)
{
	for (size_t i = 0; i < rules->count; i++)
		if (is_client(rules, &rules->rules[i], identity))
			return true;
	return false;
}

bool access_allows(const struct access_rules *rules, const struct access_identity *identity, const char *name,
		   enum config_allow what)
{
	for (size_t i = 0; i < rules->count; i++)
		if (is_client(rules, &rules->rules[i], identity) && is_stream(&rules->rules[i], name))
			return rules->rules[i].allow & what;
	return false;
}

bool access_allows_some(const struct access_rules *rules, const struct access_identity *identity,
			enum config_allow what)
{
	for (size_t i = 0; i < rules->count; i++)
		if (is_client(rules, &rules->rules[i], identity) && rules->rules[i].allow & what)
			return true;
	return false;
}
