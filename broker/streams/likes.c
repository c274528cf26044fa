/* likes.c: streams that are like another one. */
#include "streams/likes.h"
#include "base/error.h"
#include "memory/words.h"
#include "streams/opening.h"
#include "streams/streams.h"
#include <errno.h>
#include <string.h>

static struct stream *find_like(const struct stream *stream)
{
	const struct stream_owner *owner = stream_owner(stream);
	return *owner->like ? registry_find(&owner->control->registry, owner->like) : NULL;
}

int likes_layout(struct stream *stream, struct ring_layout *ret_layout)
{
	const char *name = stream_owner(stream)->like;
	const struct stream *like = find_like(stream);
	if (!like)
		return error_set(ENOENT, "there is no stream %s that %s could be like", name, stream->name);
	const struct memory *memory = streams_memory(like->current);
	if (!memory)
		return error_set(EAGAIN, "stream %s has no layout yet that %s could copy", name, stream->name);
	if (memory->layout.info.media == FB_PACKET)
		return error_set(EINVAL, "stream %s: programs cannot write packets, which %s has", stream->name, name);
	*ret_layout = memory->layout;
	return streams_complete(stream, ret_layout, 1);
}

/* Its writer looks at this word when it claims a slot. */
static void compare(const struct stream *stream, const struct stream *like)
{
	struct memory *memory = streams_memory(stream->current);
	const struct memory *other = like ? streams_memory(like->current) : NULL;
	if (memory && other && !ring_layout_alike(&memory->layout.info, &other->layout.info))
		words_set_outdated(memory);
}

void likes_shown(const struct stream *stream)
{
	compare(stream, find_like(stream));
	for (struct stream *other = stream_owner(stream)->control->registry.streams; other; other = other->next) {
		if (strcmp(stream_owner(other)->like, stream->name) != 0)
			continue;
		compare(other, stream);
		opening_retry(other);
	}
}
