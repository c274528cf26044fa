/* group.h: readers that share a stream's frames: each frame goes to one of them. A group has a place of its own, which
 * is nobody's reader: its page has the group's words. It is of one user, as all its members write that page. */
#ifndef FRAMEBROKER_REGISTRY_GROUP_H
#define FRAMEBROKER_REGISTRY_GROUP_H
#include "registry/place.h"

/* Finds the user's group of that name, or makes it with a place of that mode, which request has. -EUSERS: no place is
 * left; -EINVAL: the group has another mode; -ENOMEM; all with error text. */
int group_open(struct stream *stream, const char *name, const struct place_request *request, uint32_t id,
	       struct group **ret_group);

/* The place becomes a member's. */
void group_join(struct group *group, struct place *place);

/* With its place. It has no members. NULL is fine. */
void group_destroy(struct group *group);

/* NULL: there is none with that id. */
struct group *group_find(const struct stream *stream, uint32_t id);

#endif
