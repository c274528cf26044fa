/* fork.c: a forked child lets go of its parent's connections: it must neither keep them alive nor speak on them. */
#include "api/link.h"
#include "base/fd.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct fb_broker *brokers;
static pthread_once_t registered = PTHREAD_ONCE_INIT;
static _Atomic uint32_t forks;

uint32_t fork_count(void)
{
	return atomic_load_explicit(&forks, memory_order_relaxed);
}

/* The others are, or were, their callers' to free. */
static void keep_orphans(struct fb_broker *broker)
{
	for (struct request **at = &broker->requests; *at;)
		if ((*at)->orphan)
			at = &(*at)->next;
		else
			*at = (*at)->next;
}

/* All brokers are locked while the process forks, so the child finds them in order; but it is the only thread there:
 * what others waited for is nobody's. */
static void in_child(void)
{
	atomic_fetch_add(&forks, 1);
	pthread_mutex_init(&list_lock, NULL);
	for (struct fb_broker *broker = brokers; broker; broker = broker->next) {
		pthread_mutex_init(&broker->lock, NULL);
		pthread_cond_init(&broker->changed, NULL);
		if (broker->polled != broker->socket) /* lost, and not closed yet */
			fd_close(&broker->polled);
		fd_close(&broker->socket);
		broker->session++;
		broker->polled = -1;
		broker->next_try_ns = 0;
		broker->unsent = false;
		keep_orphans(broker);
	}
}

static void before_fork(void)
{
	pthread_mutex_lock(&list_lock);
	for (struct fb_broker *broker = brokers; broker; broker = broker->next)
		pthread_mutex_lock(&broker->lock);
}

static void in_parent(void)
{
	for (struct fb_broker *broker = brokers; broker; broker = broker->next)
		pthread_mutex_unlock(&broker->lock);
	pthread_mutex_unlock(&list_lock);
}

static void register_handlers(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}

void fork_list_add(struct fb_broker *broker)
{
	pthread_once(&registered, register_handlers);
	pthread_mutex_lock(&list_lock);
	broker->next = brokers;
	brokers = broker;
	pthread_mutex_unlock(&list_lock);
}

void fork_list_remove(struct fb_broker *broker)
{
	pthread_mutex_lock(&list_lock);
	for (struct fb_broker **at = &brokers; *at; at = &(*at)->next)
		if (*at == broker) {
			*at = broker->next;
			break;
		}
	pthread_mutex_unlock(&list_lock);
}
