/* tell.c: what the core is told: at once, or, in order, when it has read what is under way. Where hundreds of workers
 * start or die at once, that is more than a socket holds. */
#include "base/log.h"
#include "keeper/state.h"
#include <errno.h>
#include <stdlib.h>

#define UNTOLD_MAX 4096 /* a core that has left so much unread has been stuck for long: a new one serves better */

struct untold {
	struct untold *next;
	struct keeper_message message;
};

static void give_core_up(const struct keeper *keeper)
{
	log_error("keeper", "the core takes no messages: it is killed");
	kill_core(keeper);
}

static void tell_later(struct keeper *keeper, const struct keeper_message *message)
{
	struct outbox *outbox = &keeper->outbox;
	struct untold *untold = outbox->count < UNTOLD_MAX ? malloc(sizeof *untold) : NULL;
	if (!untold) {
		give_core_up(keeper);
		return;
	}
	*untold = (struct untold){.message = *message};
	if (outbox->last)
		outbox->last->next = untold;
	else
		outbox->first = untold;
	outbox->last = untold;
	outbox->count++;
}

static void drop_first(struct outbox *outbox)
{
	struct untold *first = outbox->first;
	outbox->first = first->next;
	if (!outbox->first)
		outbox->last = NULL;
	outbox->count--;
	free(first);
}

void tell_core(struct keeper *keeper, const struct keeper_message *message)
{
	if (keeper->core_socket < 0)
		return;
	if (keeper->outbox.first || keeper_send(keeper->core_socket, message, NULL, 0) == -EAGAIN)
		tell_later(keeper, message);
}

/* Such come one by one, each when the core asks. */
void tell_core_blob(struct keeper *keeper, const struct keeper_message *message, const void *blob, size_t blob_size,
		    const int *fds, size_t fd_count)
{
	if (keeper->core_socket >= 0 &&
	    keeper_send_blob(keeper->core_socket, message, blob, blob_size, fds, fd_count) == -EAGAIN)
		give_core_up(keeper);
}

void tell_core_rest(struct keeper *keeper)
{
	struct outbox *outbox = &keeper->outbox;
	while (outbox->first && keeper_send(keeper->core_socket, &outbox->first->message, NULL, 0) != -EAGAIN)
		drop_first(outbox);
}

void tell_core_nothing(struct keeper *keeper)
{
	while (keeper->outbox.first)
		drop_first(&keeper->outbox);
}
