/* socket_group.c: broker.socket_group as a number. */
#include "core/socket_group.h"
#include "base/error.h"
#include <errno.h>
#include <grp.h>

int socket_group_find(const struct config_broker *config, gid_t *ret_gid)
{
	const struct group *group = *config->socket_group ? getgrnam(config->socket_group) : NULL;
	if (*config->socket_group && !group)
		return error_set(EINVAL,
				 "broker.socket_group: there is no group %s: create it (groupadd), or name another",
				 config->socket_group);
	*ret_gid = group ? group->gr_gid : (gid_t)-1;
	return 0;
}
