/* error.c: this thread's last failure as a sentence. */
#include "base/error.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char text[ERROR_TEXT_SIZE];

int error_set(int err, const char *format, ...)
{
	char sentence[ERROR_TEXT_SIZE]; /* the arguments may point into text itself */
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	memcpy(text, sentence, sizeof text);
	return -abs(err);
}

/* What strerror does not tell. */
static const char *mend(int err)
{
	return err == EMFILE ? " (this process's: raise ulimit -n, as a service LimitNOFILE)" : "";
}

int error_set_errno(int err, const char *format, ...)
{
	char sentence[ERROR_TEXT_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	snprintf(text, sizeof text, "%.900s: %s%s", sentence, strerrordesc_np(abs(err)), mend(abs(err)));
	return -abs(err);
}

const char *error_text(void)
{
	return text;
}

void error_clear(void)
{
	text[0] = '\0';
}
