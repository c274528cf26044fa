/* terminal.c: colours and width of stdout. */
#include "terminal.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t terminal_width(void)
{
	struct winsize size;
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return SIZE_MAX;
	return size.ws_col < 80 ? 80 : size.ws_col;
}

static bool takes_colours(void)
{
	const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0 && !(no_colour && *no_colour);
}

const char *terminal_colour(const char *word)
{
	static const char *const colours[][2] = {
		{"live", "\033[32m"},    {"ok", "\033[32m"},   {"lost", "\033[31m"},       {"fail", "\033[31m"},
		{"stalled", "\033[33m"}, {"warn", "\033[33m"}, {"connecting", "\033[33m"},
	};
	if (!takes_colours())
		return "";
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(word, colours[i][0]) == 0)
			return colours[i][1];
	return "";
}

const char *terminal_plain(void)
{
	return takes_colours() ? "\033[0m" : "";
}
