/* log.c: log lines to a callback, and the one callback that our programs use: standard error. */
#include "base/log.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static log_sink_fn *_Atomic current_sink;
static _Atomic int current_level = LOG_INFO;
static _Atomic unsigned dropped;
static int own_pipe = -1;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_set_sink(log_sink_fn *sink, enum log_level level)
{
	atomic_store(&current_level, (int)level);
	atomic_store(&current_sink, sink);
}

void log_write(enum log_level level, const char *topic, const char *format, ...)
{
	log_sink_fn *put = atomic_load(&current_sink);
	if (!put || (int)level > atomic_load(&current_level))
		return;
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	put(level, topic, text);
}

/* Whoever stopped reading our log must not stop us: a line is written only where it fits. A pipe is shared with other
 * processes, which may fill it between poll() and write(): so it is opened once more, without blocking, for us alone.
 */
static void open_pipe(void)
{
	struct stat file;
	if (own_pipe < 0 && fstat(STDERR_FILENO, &file) == 0 && S_ISFIFO(file.st_mode))
		own_pipe = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

static ssize_t write_if_it_fits(const char *line, size_t size)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (own_pipe >= 0)
		return write(own_pipe, line, size);
	ssize_t sent = send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	return poll(&out, 1, 0) == 1 && out.revents & POLLOUT ? write(STDERR_FILENO, line, size) : -1;
}

/* lost: how many lines this one says were lost before it. */
static void write_line(const char *line, size_t size, unsigned lost)
{
	if (write_if_it_fits(line, size) < 0)
		atomic_fetch_add(&dropped, lost + 1);
}

static size_t append_json_string(char *line, size_t at, size_t size, const char *text)
{
	for (; *text && at + 3 < size; text++) {
		if (*text == '"' || *text == '\\')
			line[at++] = '\\';
		line[at++] = *text;
	}
	return at;
}

static void stderr_json(enum log_level level, const char *topic, const char *text)
{
	char line[2400];
	unsigned lost = atomic_exchange(&dropped, 0);
	size_t at = (size_t)snprintf(line, sizeof line, "{\"utc_ns\":%lld,\"level\":\"%s\",\"topic\":\"",
				     (long long)clock_utc_ns(), level_names[level]);
	at = append_json_string(line, at, 400, topic);
	at += (size_t)snprintf(line + at, sizeof line - at, "\",\"text\":\"");
	at = append_json_string(line, at, sizeof line - 32, text);
	at += lost ? (size_t)snprintf(line + at, sizeof line - at, "\",\"lost\":%u}\n", lost)
		   : (size_t)snprintf(line + at, sizeof line - at, "\"}\n");
	write_line(line, at, lost);
}

static void stderr_text(enum log_level level, const char *topic, const char *text)
{
	char line[1400];
	unsigned lost = atomic_exchange(&dropped, 0);
	int size = lost ? snprintf(line, sizeof line, "(%u log line%s lost)\n%s: %s: %s\n", lost, lost == 1 ? "" : "s",
				   level_names[level], topic, text)
			: snprintf(line, sizeof line, "%s: %s: %s\n", level_names[level], topic, text);
	write_line(line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1, lost);
}

void log_to_stderr(enum log_level level, bool json)
{
	open_pipe();
	log_set_sink(json ? stderr_json : stderr_text, level);
}
