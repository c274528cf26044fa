/* group.c: a stream's groups come with their first member and go after their last. */
#include "registry/group.h"
#include "base/error.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the present pass: a group of the one before is still draining it. */
static struct group *find_by_name(const struct stream *stream, const char *name, uid_t uid)
{
	for (struct group *group = stream->groups; group; group = group->next)
		if (strcmp(group->name, name) == 0 && group->uid == uid && group->lead->pass == stream->pass)
			return group;
	return NULL;
}

struct group *group_find(const struct stream *stream, uint32_t id)
{
	for (struct group *group = stream->groups; group; group = group->next)
		if (group->id == id)
			return group;
	return NULL;
}

static int create(struct stream *stream, const char *name, const struct place_request *request, uint32_t id,
		  struct group **ret_group)
{
	struct group *group = calloc(1, sizeof *group);
	if (!group)
		return error_set(ENOMEM, "no memory for group %s of stream %s", name, stream->name);
	int r = place_lead(stream, request, &group->lead);
	if (r < 0) {
		free(group);
		return r;
	}
	snprintf(group->name, sizeof group->name, "%s", name);
	group->id = id;
	group->uid = request->uid;
	group->mode = request->mode;
	group->stream = stream;
	group->lead->group = group;
	group->next = stream->groups;
	stream->groups = group;
	*ret_group = group;
	return 0;
}

int group_open(struct stream *stream, const char *name, const struct place_request *request, uint32_t id,
	       struct group **ret_group)
{
	struct group *group = find_by_name(stream, name, request->uid);
	if (!group)
		return create(stream, name, request, id, ret_group);
	if (group->mode != request->mode)
		return error_set(EINVAL, "group %s of stream %s reads in another mode: all its members have the same",
				 name, stream->name);
	*ret_group = group;
	return 0;
}

void group_join(struct group *group, struct place *place)
{
	place->group = group;
	group->members++;
	group->expires_ns = 0;
}

void group_destroy(struct group *group)
{
	if (!group)
		return;
	struct group **at = &group->stream->groups;
	while (*at != group)
		at = &(*at)->next;
	*at = group->next;
	place_destroy(group->lead);
	free(group);
}
