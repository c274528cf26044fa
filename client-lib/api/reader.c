/* reader.c: what is known of a reader, which other threads ask for, too. */
#include "api/reader.h"

void reader_notice(struct subscriber *self, const struct wire_message *message)
{
	struct fb_reader *reader = (struct fb_reader *)(void *)((char *)self - offsetof(struct fb_reader, subscriber));
	bool ours = message->type == WIRE_STREAM && message->place == reader->subscribed_place;
	if (ours)
		atomic_store(&reader->told_state, message->state);
	if (ours || message->type == WIRE_RESUMED)
		reader->news = true;
}

void reader_news_place(struct fb_reader *reader, uint32_t place)
{
	pthread_mutex_lock(&reader->broker->lock);
	reader->subscribed_place = place;
	reader->news = false;
	pthread_mutex_unlock(&reader->broker->lock);
}

void reader_drop_attachment(struct fb_reader *reader)
{
	struct attachment *attachment = reader->attachment;
	if (!attachment)
		return;
	if (ring_reader_position(attachment->ring) > reader->next)
		reader->next = ring_reader_position(attachment->ring);
	pthread_mutex_lock(&reader->attach_lock);
	reader->missed_before += ring_reader_missed(attachment->ring);
	reader->attachment = NULL;
	pthread_mutex_unlock(&reader->attach_lock);
	attachment_leave(attachment);
}

void reader_drop_place(struct fb_reader *reader)
{
	if (reader->attachment)
		gap_lost(&reader->gap, reader->attachment->ring);
	reader_drop_attachment(reader);
	pthread_mutex_lock(&reader->attach_lock);
	struct place *place = reader->place;
	reader->place = NULL;
	pthread_mutex_unlock(&reader->attach_lock);
	if (place)
		reader_news_place(reader, 0);
	atomic_store(&reader->told_state, FB_LOST); /* until a broker tells otherwise */
	place_close(place);
}

/* The lock of place and attachment, for those who only ask. In a forked child a thread of its parent may have it. */
static pthread_mutex_t *lock(const struct fb_reader *reader)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&reader->attach_lock;
	if (reader->forks != fork_count())
		pthread_mutex_init(lock, NULL);
	pthread_mutex_lock(lock);
	return lock;
}

enum fb_state fb_reader_state(const fb_reader *reader)
{
	if (reader->ended)
		return FB_ENDED;
	enum fb_state state = (enum fb_state)atomic_load(&reader->told_state);
	pthread_mutex_t *locked = lock(reader);
	if (reader->attachment && reader->place->session == reader->broker->session)
		state = ring_map_state(ring_reader_map(reader->attachment->ring));
	pthread_mutex_unlock(locked);
	return state;
}

const struct fb_stream_info *fb_reader_info(const fb_reader *reader)
{
	return &reader->info;
}

uint64_t fb_reader_missed(const fb_reader *reader)
{
	pthread_mutex_t *locked = lock(reader);
	uint64_t missed = reader->missed_before;
	if (reader->attachment)
		missed += ring_reader_missed(reader->attachment->ring);
	pthread_mutex_unlock(locked);
	return missed;
}
