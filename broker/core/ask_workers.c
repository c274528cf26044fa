/* ask_workers.c: the keys hold secrets, so they go through a memfd, not the command line. */
#include "core/ask_workers.h"
#include "base/error.h"
#include "base/fd.h"
#include "keeper/spawn.h"
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *source_text(const struct config *config, size_t i)
{
	return config->sources[i].enabled ? config_source_to_text(&config->sources[i]) : NULL;
}

static char *sink_text(const struct config *config, size_t i)
{
	return config->sinks[i].enabled ? config_sink_to_text(&config->sinks[i]) : NULL;
}

/* text_of: of one entry, NULL where it is not enabled. */
static int write_entries(const struct config *config, size_t count, char *(*text_of)(const struct config *, size_t),
			 int fd)
{
	int r = 0;
	for (size_t i = 0; i < count && r == 0; i++) {
		char *text = text_of(config, i);
		if (text && dprintf(fd, "%s\n", text) < 0)
			r = error_set_errno(errno, "cannot write the configuration down");
		free(text);
	}
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = error_set_errno(errno, "cannot read the configuration again");
	return r;
}

/* Runs "program --check" with that input; its exit status, or a negative errno with error text. */
static int ask(const char *program, int input)
{
	char path[SPAWN_PATH];
	int r = spawn_find(program, path), status;
	if (r < 0)
		return r;
	pid_t pid;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	r = posix_spawn(&pid, path, &actions, NULL, (char *[]){(char *)program, "--check", NULL}, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return error_set_errno(r, "%s", path);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return error_set(ECHILD, "%s ended badly", path);
	return WEXITSTATUS(status);
}

static bool ask_about(const char *program, const struct config *config, size_t count,
		      char *(*text_of)(const struct config *, size_t))
{
	FD_AUTO fd = memfd_create("framebroker check", MFD_CLOEXEC);
	int r = fd < 0 ? error_set_errno(errno, "no memfd") : write_entries(config, count, text_of, fd);
	if (r == 0 && count > 0)
		r = ask(program, fd);
	if (r < 0)
		fprintf(stderr, "formats, codecs and pixel formats were not checked: %s\n", error_text());
	return r <= 0;
}

bool ask_workers(const struct config *config)
{
	bool sources = ask_about("framebroker-source", config, config->source_count, source_text);
	bool sinks = ask_about("framebroker-sink", config, config->sink_count, sink_text);
	return sources && sinks;
}
