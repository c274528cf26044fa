/* groups.h: groups of readers in the memory of generations, and what becomes of a dead member's frames. */
#ifndef FRAMEBROKER_STREAMS_GROUPS_H
#define FRAMEBROKER_STREAMS_GROUPS_H
#include "registry/group.h"

/* Finds or makes the stream's group of that name, with its place in the generations that run or come. */
int groups_open(struct stream *stream, const char *name, const struct place_request *request, struct group **ret_group);

/* A member's place loses its owner: the frames that it was not done with are offered to the others, or given up. True:
 * the place has to stay until they have them. */
bool groups_bereave(struct place *place);

/* Frees places whose frames were taken again, or that nobody came for, and groups that nobody came back to. True: there
 * is something left to look at. The stream may have no places any more afterwards. */
bool groups_tick(struct stream *stream, int64_t now_ns);

#endif
