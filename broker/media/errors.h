/* errors.h: FFmpeg's error codes as one sentence for people, and how to mend it. */
#ifndef FRAMEBROKER_MEDIA_ERRORS_H
#define FRAMEBROKER_MEDIA_ERRORS_H
#include <stdbool.h>
#include <stdint.h>

struct media_error {
	char text[1280]; /* has room for a list of encoders */
	char mend[320];  /* "" where there is nothing to advise */
	bool absent;     /* nothing listens at the address, or no machine has it */
};

/* What was being done when FFmpeg failed. */
struct error_place {
	const char *url;    /* redacted */
	int64_t timeout_ns; /* open_timeout, or read_timeout where it is opened */
	bool timed_out;     /* it was our limit that ended it */
	bool has_user;      /* user and password were given */
	bool probing;       /* connected, its tracks were being looked for */
	bool opened;        /* packets were being read */
	const char *detail; /* FFmpeg's last own line on an error; "" where there was none */
};

/* Whether the code says that nothing listens at the address, or that no machine has it. */
bool error_is_absence(int averror);

/* averror: a negative AVERROR. */
void error_explain(struct media_error *ret_error, int averror, const struct error_place *place);

/* Puts a sentence together, printable and valid UTF-8; mend may be "". Returns -EINVAL. */
int error_say(struct media_error *ret_error, const char *mend, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
