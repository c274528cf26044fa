/* seats.h: readers' places, and those of their groups, in the memory of generations. */
#ifndef FRAMEBROKER_STREAMS_SEATS_H
#define FRAMEBROKER_STREAMS_SEATS_H
#include "registry/group.h"

/* The place has its page in the generation, where it belongs to that and there is memory; the same for a group's own.
 */
int seats_take(struct place *place, struct generation *generation);
int seats_take_lead(struct group *group, struct generation *generation);

/* The places of all readers that a new generation has; nobody writes it yet. */
int seats_take_all(struct stream *stream, struct generation *generation);

/* Takes a place out of the generations' memory; frees it, and its group with the last member. */
void seats_leave(struct place *place);
void seats_free(struct place *place);

/* Frees a group that has no members and waits for none. NULL is fine. */
void seats_drop_empty(struct group *group, int64_t now_ns);

#endif
