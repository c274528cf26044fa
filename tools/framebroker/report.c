/* report.c: one line on stderr, and the exit status. */
#include "report.h"
#include "plain.h"
#include <errno.h>
#include <framebroker.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void complain(const char *format, ...)
{
	char text[2048];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	plain_text(text);
	fprintf(stderr, "framebroker: %s\n", text);
}

enum exit_status report_failure(int err)
{
	const char *text = fb_error_text();
	if (!text || !*text)
		text = strerror(-err);
	for (size_t length; *text;
	     text += length + (text[length] == '\n')) { /* a wrong configuration has several lines */
		length = strcspn(text, "\n");
		complain("%.*s", (int)length, text);
	}
	switch (err) {
	case -ENOENT:
		return EXIT_NO_NAME;
	case -ETIMEDOUT:
		return EXIT_TIMED_OUT;
	default:
		return EXIT_FAILED;
	}
}

enum exit_status report_written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("cannot write to stdout: %s", strerror(errno));
	return EXIT_FAILED;
}
