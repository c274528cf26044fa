/* errors.h: everything that is wrong with a configuration, collected at once, a line each. */
#ifndef FRAMEBROKER_CONFIG_ERRORS_H
#define FRAMEBROKER_CONFIG_ERRORS_H
#include <stddef.h>

/* Begin with {0}. A line reads "FILE:LINE: key.path: what is wrong; what is allowed" and never shows a secret. */
struct config_errors {
	char **lines;
	size_t count; /* of lines, at most LIMIT_CONFIG_ERRORS */
	size_t total; /* of errors */
};

/* Adds a line; file NULL leaves out "FILE:LINE: ", line 0 leaves out ":LINE". */
void config_errors_add(struct config_errors *errors, const char *file, size_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* 0 where total_before errors were there before and none has come since; else err, negative, with the list's lines for
 * error_text(), as many as have room. */
int config_errors_result(const struct config_errors *errors, size_t total_before, int err);

/* Frees the lines and empties the list. NULL is fine. */
void config_errors_clear(struct config_errors *errors);

#endif
