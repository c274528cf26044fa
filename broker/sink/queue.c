/* queue.c: a list a track. The delay grows to the lateness of what comes, so that packets leave evenly though they come
 * unevenly, and what belongs together leaves together. */
#include "sink/queue.h"
#include "base/clock.h"
#include "base/error.h"
#include "sink/delay.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define MOST_BYTES (INT64_C(256) << 20)
#define FULL_BYTES (INT64_C(32) << 20)
#define WORTH_NS NS_PER_MS /* so much earlier is worth to wake somebody up */

/* Kept as long as the queue: packets of it may be on their way, and changes are rare. */
struct kind {
	struct queue_track info;
	struct kind *before;
};

struct entry {
	struct entry *next;
	const struct queue_track *info;
	AVPacket *packet;
	int64_t dts_ns;
};

struct list {
	struct kind *kind; /* NULL: not begun */
	bool ended;
	struct entry *first, **last;
	int64_t newest_ns; /* of what was pushed last */
};

struct queue {
	struct queue_options options;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	struct list list[QUEUE_TRACKS];
	struct delay delay;
	int64_t start_ns, ready_ns, bytes;
	int64_t sleeps_until_ns; /* who takes packets; 0: is awake */
	bool hurry;
};

int queue_create(const struct queue_options *options, struct queue **ret_queue)
{
	struct queue *queue = calloc(1, sizeof *queue);
	if (!queue)
		return error_set(ENOMEM, "out of memory");
	queue->options = *options;
	bool both = options->has[QUEUE_VIDEO] && options->has[QUEUE_AUDIO];
	delay_init(&queue->delay, 0, both ? options->max_delay_ns : INT64_MAX, INT64_MAX);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->wake, NULL);
	for (unsigned i = 0; i < QUEUE_TRACKS; i++) {
		queue->list[i].last = &queue->list[i].first;
		queue->list[i].newest_ns = INT64_MIN;
		queue->list[i].ended = !options->has[i];
	}
	*ret_queue = queue;
	return 0;
}

static AVPacket *pop(struct queue *queue, struct list *list)
{
	struct entry *entry = list->first;
	AVPacket *packet = entry->packet;
	list->first = entry->next;
	if (!list->first)
		list->last = &list->first;
	queue->bytes -= packet->size;
	free(entry);
	return packet;
}

static void drop_first(struct queue *queue, struct list *list)
{
	AVPacket *packet = pop(queue, list);
	av_packet_free(&packet);
}

static void free_kinds(struct kind *kind)
{
	while (kind) {
		struct kind *before = kind->before;
		avcodec_parameters_free(&kind->info.parameters);
		free(kind);
		kind = before;
	}
}

void queue_destroy(struct queue *queue)
{
	if (!queue)
		return;
	for (unsigned i = 0; i < QUEUE_TRACKS; i++) {
		while (queue->list[i].first)
			drop_first(queue, &queue->list[i]);
		free_kinds(queue->list[i].kind);
	}
	pthread_cond_destroy(&queue->wake);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

int queue_begin(struct queue *queue, unsigned track, const struct queue_track *info)
{
	struct kind *kind = calloc(1, sizeof *kind);
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	if (!kind || !parameters || avcodec_parameters_copy(parameters, info->parameters) < 0) {
		avcodec_parameters_free(&parameters);
		free(kind);
		return error_set(ENOMEM, "out of memory");
	}
	kind->info = *info;
	kind->info.parameters = parameters;
	pthread_mutex_lock(&queue->lock);
	kind->before = queue->list[track].kind;
	queue->list[track].kind = kind;
	if (!queue->ready_ns)
		queue->ready_ns = clock_monotonic_ns();
	pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

static int64_t playing_time(const struct queue_track *info, int64_t stamp)
{
	return info->origin_ns + av_rescale_q(stamp, info->time_base, (AVRational){1, 1000000000});
}

/* The track whose packet is next; NULL: there is none. */
static const struct list *earliest(const struct queue *queue)
{
	const struct list *found = NULL;
	for (unsigned i = 0; i < QUEUE_TRACKS; i++) {
		const struct list *list = &queue->list[i];
		if (list->first && (!found || list->first->dts_ns < found->first->dts_ns))
			found = list;
	}
	return found;
}

static bool waits_for_picture(const struct queue *queue, const struct list *list)
{
	const struct list *video = &queue->list[QUEUE_VIDEO];
	return list == &queue->list[QUEUE_AUDIO] && video->kind && !video->ended &&
	       video->newest_ns < list->first->dts_ns;
}

/* Whether another track may still give what comes before this packet. */
static bool waits_for_others(const struct queue *queue, const struct list *list)
{
	for (unsigned i = 0; i < QUEUE_TRACKS; i++) {
		const struct list *other = &queue->list[i];
		if (other != list && other->kind && !other->ended && other->newest_ns < list->first->dts_ns)
			return true;
	}
	return false;
}

/* When the next packet goes out; INT64_MAX: there is none. */
static int64_t next_due_ns(const struct queue *queue)
{
	const struct list *list = earliest(queue);
	if (!list)
		return INT64_MAX;
	if (queue->hurry || (queue->options.unpaced && !waits_for_others(queue, list)))
		return 0;
	int64_t delay_ns = waits_for_picture(queue, list) ? queue->options.max_delay_ns : queue->delay.value_ns;
	return queue->start_ns + list->first->dts_ns + delay_ns;
}

/* The oldest goes where nobody takes anything: a connection that is being made for long. */
static void bound(struct queue *queue, struct list *list)
{
	while (list->first &&
	       (list->newest_ns - list->first->dts_ns > queue->options.longest_ns || queue->bytes > MOST_BYTES))
		drop_first(queue, list);
}

void queue_push(struct queue *queue, unsigned track, AVPacket *packet, int64_t start_ns)
{
	struct list *list = &queue->list[track];
	struct entry *entry = malloc(sizeof *entry);
	if (!entry) {
		av_packet_free(&packet);
		return;
	}
	const struct queue_track *info = &list->kind->info; /* changed by this thread only */
	*entry = (struct entry){NULL, info, packet, playing_time(info, packet->dts)};
	if (queue->options.see)
		queue->options.see(queue->options.context, track, info, packet, start_ns);
	int64_t now_ns = clock_monotonic_ns();
	pthread_mutex_lock(&queue->lock);
	queue->start_ns = start_ns;
	queue->bytes += packet->size;
	*list->last = entry;
	list->last = &entry->next;
	list->newest_ns = entry->dts_ns;
	delay_see(&queue->delay, now_ns - start_ns - entry->dts_ns, now_ns);
	bound(queue, list);
	if (next_due_ns(queue) + WORTH_NS < queue->sleeps_until_ns)
		pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
}

bool queue_is_full(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	bool full = queue->options.unpaced && queue->bytes > FULL_BYTES;
	pthread_mutex_unlock(&queue->lock);
	return full;
}

void queue_end(struct queue *queue, unsigned track)
{
	pthread_mutex_lock(&queue->lock);
	queue->list[track].ended = true;
	pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
}

bool queue_pictures_over(struct queue *queue, int64_t time_ns)
{
	const struct list *video = &queue->list[QUEUE_VIDEO];
	pthread_mutex_lock(&queue->lock);
	bool over = video->kind && video->ended && video->newest_ns < time_ns;
	pthread_mutex_unlock(&queue->lock);
	return over;
}

void queue_hurry(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->hurry = true;
	pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
}

/* Under the lock. */
static void wait_until(struct queue *queue, int64_t until_ns)
{
	struct timespec until = clock_timespec(until_ns);
	queue->sleeps_until_ns = until_ns;
	pthread_cond_clockwait(&queue->wake, &queue->lock, CLOCK_MONOTONIC, &until);
	queue->sleeps_until_ns = 0;
}

unsigned queue_ready(struct queue *queue, unsigned known, int64_t until_ns, int64_t *ret_waited_ns)
{
	unsigned ready;
	pthread_mutex_lock(&queue->lock);
	for (;;) {
		ready = 0;
		for (unsigned i = 0; i < QUEUE_TRACKS; i++)
			ready |= queue->list[i].kind ? 1u << i : 0;
		if (ready != known || clock_monotonic_ns() >= until_ns)
			break;
		wait_until(queue, until_ns);
	}
	*ret_waited_ns = queue->ready_ns ? clock_monotonic_ns() - queue->ready_ns : 0;
	pthread_mutex_unlock(&queue->lock);
	return ready;
}

const struct queue_track *queue_track(struct queue *queue, unsigned track)
{
	pthread_mutex_lock(&queue->lock);
	const struct queue_track *info = &queue->list[track].kind->info;
	pthread_mutex_unlock(&queue->lock);
	return info;
}

static bool is_over(const struct queue *queue)
{
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		if (queue->list[i].first || !queue->list[i].ended)
			return false;
	return true;
}

bool queue_is_over(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	bool over = is_over(queue);
	pthread_mutex_unlock(&queue->lock);
	return over;
}

/* 0, -ENODATA, or -EAGAIN: not before *ret_due_ns. */
static int take(struct queue *queue, struct queue_item *ret_item, int64_t *ret_due_ns)
{
	const struct list *first = earliest(queue);
	if (!first)
		return is_over(queue) ? -ENODATA : -EAGAIN;
	int64_t due_ns = next_due_ns(queue);
	if (clock_monotonic_ns() < due_ns) {
		*ret_due_ns = due_ns;
		return -EAGAIN;
	}
	struct list *list = &queue->list[first - queue->list];
	*ret_item = (struct queue_item){.track = (unsigned)(list - queue->list),
					.info = list->first->info,
					.dts_ns = list->first->dts_ns,
					.alone = waits_for_picture(queue, list)};
	ret_item->packet = pop(queue, list);
	return 0;
}

int queue_next(struct queue *queue, int64_t until_ns, struct queue_item *ret_item)
{
	int r;
	pthread_mutex_lock(&queue->lock);
	for (;;) {
		int64_t due_ns = INT64_MAX;
		r = take(queue, ret_item, &due_ns);
		if (r != -EAGAIN)
			break;
		if (clock_monotonic_ns() >= until_ns) {
			r = -ETIMEDOUT;
			break;
		}
		wait_until(queue, due_ns < until_ns ? due_ns : until_ns);
	}
	pthread_mutex_unlock(&queue->lock);
	return r;
}

bool queue_key_frame_follows(struct queue *queue, int64_t time_ns)
{
	pthread_mutex_lock(&queue->lock);
	const struct entry *first = queue->list[QUEUE_VIDEO].first;
	bool follows = first && (first->packet->flags & AV_PKT_FLAG_KEY) && first->dts_ns <= time_ns;
	pthread_mutex_unlock(&queue->lock);
	return follows;
}

void queue_put_off(struct queue *queue)
{
	int64_t now_ns = clock_monotonic_ns();
	pthread_mutex_lock(&queue->lock);
	const struct list *list = earliest(queue);
	if (list)
		delay_see(&queue->delay, now_ns - queue->start_ns - list->first->dts_ns, now_ns);
	pthread_mutex_unlock(&queue->lock);
}

int64_t queue_delay_ns(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	int64_t delay_ns = queue->delay.value_ns;
	pthread_mutex_unlock(&queue->lock);
	return delay_ns;
}
