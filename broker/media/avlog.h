/* avlog.h: FFmpeg's own log lines in ours, without user and password. */
#ifndef FRAMEBROKER_MEDIA_AVLOG_H
#define FRAMEBROKER_MEDIA_AVLOG_H
#include <stdbool.h>
#include <stddef.h>

#define AVLOG_LINE 400

/* Takes FFmpeg's log over. topic must live as long as the process. */
void avlog_start(const char *topic);

/* The last line that FFmpeg logged as an error since avlog_forget(); "" where there was none. Any thread. */
void avlog_last_error(char *ret_line, size_t size);
void avlog_forget(void);

/* While on, lines are only kept for avlog_last_error(): what fails is expected to, or told in another sentence. */
void avlog_quiet(bool on);

/* Puts "***" in place of every word of media/secrets.h, and of the secrets in URLs. Cuts what does not fit. */
void avlog_redact(const char *text, char *ret_text, size_t size);

#endif
