/* resume.c: a new core goes on with the connection of one that has died: what has no answer is sent again. */
#include "api/locked.h"
#include "base/error.h"
#include <errno.h>

static bool is_answered(const struct request *request)
{
	return request->reply && !link_more_follows(request);
}

/* What changes something may have been done: not to be done twice. */
static bool may_be_repeated(enum wire_type type)
{
	switch (type) {
	case WIRE_ADD:
	case WIRE_REMOVE:
	case WIRE_RESTART:
	case WIRE_RELOAD:
	case WIRE_KICK:
		return false;
	default:
		return true;
	}
}

int link_resume(struct fb_broker *broker)
{
	for (struct request *request = broker->requests; request; request = request->next) {
		if (request->session != broker->session || is_answered(request) || request->unsent)
			continue;
		if (request->type == WIRE_HELLO)
			return error_set(EPROTO, "the broker at %s resumed what had not begun", broker->address);
		request->refused = !may_be_repeated(request->type);
		request->again = request->unsent = !request->refused;
		broker->unsent |= request->unsent;
	}
	return 0;
}
