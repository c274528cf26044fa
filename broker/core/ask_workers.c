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

static int write_sources(const struct config *config, int fd)
{
	int r = 0;
	for (size_t i = 0; i < config->source_count && r == 0; i++) {
		if (!config->sources[i].enabled)
			continue;
		char *text = config_source_to_text(&config->sources[i]);
		r = dprintf(fd, "%s\n", text) < 0 ? error_set_errno(errno, "cannot write the sources down") : 0;
		free(text);
	}
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = error_set_errno(errno, "cannot read the sources again");
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

bool ask_source_worker(const struct config *config)
{
	FD_AUTO fd = memfd_create("framebroker sources", MFD_CLOEXEC);
	int r = fd < 0 ? error_set_errno(errno, "no memfd") : write_sources(config, fd);
	if (r == 0)
		r = ask("framebroker-source", fd);
	if (r < 0)
		fprintf(stderr, "formats, codecs and pixel formats were not checked: %s\n", error_text());
	return r <= 0;
}
