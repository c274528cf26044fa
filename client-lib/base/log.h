/* log.h: log lines with a topic, handed to a callback. A library never prints: without a callback they go nowhere. */
#ifndef FRAMEBROKER_BASE_LOG_H
#define FRAMEBROKER_BASE_LOG_H
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* topic: the part of the program ("core", "source gate"). text has no newline. Any thread may call it. */
typedef void log_sink_fn(enum log_level level, const char *topic, const char *text);

void log_set_sink(log_sink_fn *sink, enum log_level level);

/* A ready sink: one line a call on standard error, as text or as one JSON object. Never blocks on a full pipe:
 * lines that do not fit are counted and the count is told with the next one that does. */
void log_to_stderr(enum log_level level, bool json);

void log_write(enum log_level level, const char *topic, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_error(topic, ...) log_write(LOG_ERROR, topic, __VA_ARGS__)
#define log_warning(topic, ...) log_write(LOG_WARNING, topic, __VA_ARGS__)
#define log_info(topic, ...) log_write(LOG_INFO, topic, __VA_ARGS__)
#define log_debug(topic, ...) log_write(LOG_DEBUG, topic, __VA_ARGS__)

#endif
