/* stream_state.c: tells readers the state, in memory and by message. */
#include "streams/stream_state.h"
#include "clients/send.h"
#include "memory/words.h"
#include "registry/place.h"

enum fb_state streams_state_for(const struct stream *stream, const struct place *place)
{
	if (place_ended(place))
		return FB_ENDED;
	return stream->state == FB_ENDED ? FB_IDLE : stream->state;
}

/* Tells those who asked for a generation when there was none. */
void streams_tell_pending(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		struct place *place = stream->places[i];
		struct client *client =
			place && place->pending && !place->closed ? client_find(control, place->client) : NULL;
		if (!client)
			continue;
		struct wire_message message = {.type = WIRE_STREAM,
					       .place = place->id,
					       .state = streams_state_for(stream, place),
					       .generation = stream->current ? stream->current->number : 0};
		client_send(client, &message, NULL, 0);
	}
}

/* Generations of a pass that has ended stay as they are. */
void streams_show_state(struct stream *stream, enum fb_state state)
{
	struct generation *generations[] = {stream->previous, stream->current, stream->coming};
	stream->state = state;
	streams_changed(stream);
	for (unsigned i = 0; i < 3; i++)
		if (streams_memory(generations[i]) && generations[i]->pass == stream->pass)
			words_set_state(generations[i]->memory, state);
}

void streams_set_state(struct stream *stream, enum fb_state state)
{
	streams_show_state(stream, state);
	streams_tell_pending(stream);
}
