/* socket_group.h: the group that gets the broker's socket. */
#ifndef FRAMEBROKER_CORE_SOCKET_GROUP_H
#define FRAMEBROKER_CORE_SOCKET_GROUP_H
#include "config/broker.h"
#include <sys/types.h>

/* (gid_t)-1: none is named, it stays the broker's own. -EINVAL with error text: there is no group of that name. */
int socket_group_find(const struct config_broker *config, gid_t *ret_gid);

#endif
