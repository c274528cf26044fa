/* retention.h: the old files of a sink deleted: keys keep and keep_size. */
#ifndef FRAMEBROKER_SINK_RETENTION_H
#define FRAMEBROKER_SINK_RETENTION_H
#include <stdint.h>

/* Deletes files that pattern (see file_name.h) has named: those last written more than keep_ns ago, and the oldest
 * until all of them together have keep_bytes at most; 0: no such limit. Never deletes current, which is being written.
 * Folders of the pattern's dates that are empty then go too. Logs what it does under topic. */
void retention_apply(const char *pattern, const char *current, int64_t keep_ns, uint64_t keep_bytes, const char *topic);

#endif
