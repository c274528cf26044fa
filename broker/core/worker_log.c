/* worker_log.c: what a worker prints. */
#include "core/worker_log.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LINES_PER_SECOND 50
#define READ_SIZE 4096
#define DRAIN_READS 32 /* more than a pipe holds */

void worker_log_init(struct worker_log *log, struct loop *loop, const char *kind, const char *name)
{
	*log = (struct worker_log){.loop = loop, .fd = -1};
	snprintf(log->topic, sizeof log->topic, "%s %s", kind, name);
}

/* Workers write with our own log.c: "level: topic: text". */
static enum log_level take_level(const char **line)
{
	static const char *const names[] = {"error: ", "warning: ", "info: ", "debug: "};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t size = strlen(names[i]);
		if (!strncmp(*line, names[i], size)) {
			*line += size;
			return (enum log_level)i;
		}
	}
	return LOG_INFO;
}

static void pass_on(void *context, const char *line)
{
	struct worker_log *log = context;
	int64_t now = clock_monotonic_ns();
	if (now - log->second_ns >= NS_PER_SECOND) {
		if (log->skipped)
			log_warning(log->topic, "%u lines more", log->skipped);
		log->second_ns = now;
		log->in_second = log->skipped = 0;
	}
	if (log->in_second++ >= LINES_PER_SECOND) {
		log->skipped++;
		return;
	}
	enum log_level level = take_level(&line);
	size_t topic = strlen(log->topic);
	if (!strncmp(line, log->topic, topic) && !strncmp(line + topic, ": ", 2))
		line += topic + 2;
	log_write(level, log->topic, "%s", line);
}

/* Returns whether there may be more. */
static bool read_some(struct worker_log *log)
{
	char bytes[READ_SIZE];
	ssize_t size = read(log->fd, bytes, sizeof bytes);
	if (size > 0)
		tail_feed(&log->tail, bytes, (size_t)size, pass_on, log);
	return size > 0 || (size < 0 && errno == EAGAIN);
}

static void on_readable(void *context, int fd, uint32_t events)
{
	(void)events;
	struct worker_log *log = context;
	if (!read_some(log)) /* it closed its standard error; its end is another matter */
		loop_unwatch(log->loop, fd);
}

int worker_log_adopt(struct worker_log *log, int fd)
{
	FD_AUTO reading = fd;
	int err = loop_watch(log->loop, reading, EPOLLIN, on_readable, log);
	if (!err)
		log->fd = fd_take(&reading);
	return err;
}

int worker_log_open(struct worker_log *log, int *ret_write_fd)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(errno, "a pipe for the log of %s", log->topic);
	FD_AUTO reading = ends[0], writing = ends[1];
	if (fcntl(reading, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(errno, "a pipe for the log of %s", log->topic);
	int err = worker_log_adopt(log, fd_take(&reading));
	if (!err)
		*ret_write_fd = fd_take(&writing);
	return err;
}

void worker_log_close(struct worker_log *log)
{
	if (log->fd < 0)
		return;
	loop_unwatch(log->loop, log->fd);
	for (int i = 0; i < DRAIN_READS && read_some(log); i++)
		;
	tail_end(&log->tail, pass_on, log);
	fd_close(&log->fd);
}

struct json_t *worker_log_json(const struct worker_log *log)
{
	json_t *array = json_array();
	const char *line;
	for (size_t i = 0; (line = tail_line(&log->tail, i)); i++)
		json_array_append_new(array, json_string(line));
	return array;
}

static void ignore(void *context, const char *line)
{
	(void)context, (void)line; /* that core has put it into our log */
}

void worker_log_unpack(struct worker_log *log, const struct json_t *lines)
{
	const json_t *line;
	size_t i;
	json_array_foreach (lines, i, line) {
		tail_feed(&log->tail, json_string_value(line), json_string_length(line), ignore, NULL);
		tail_end(&log->tail, ignore, NULL);
	}
}
