/* stream_reader.h: opens a stream for reading, and says in the command's words why it cannot be read. */
#ifndef FRAMEBROKER_CLI_STREAM_READER_H
#define FRAMEBROKER_CLI_STREAM_READER_H
#include "exit.h"
#include <framebroker.h>

/* On EXIT_DONE, *ret_reader is for fb_reader_close(). */
enum exit_status stream_reader_open(fb_broker *broker, const char *stream, enum fb_mode mode, fb_reader **ret_reader);

/* Reports that fb_reader_read() failed with err after timeout_ns. Returns the exit status. */
enum exit_status stream_reader_failed(const fb_reader *reader, const char *stream, int64_t timeout_ns, int err);

#endif
