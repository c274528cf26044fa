/* load.c: the configuration file, read at the beginning and on reload. */
#include "core/load.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/alloc.h"
#include "core/check.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a */
static uint64_t hash(const char *text)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return sum;
}

static int read_file(const char *path, struct config **ret_config, struct config_errors *errors)
{
	return path ? config_load_file(path, ret_config, errors) : config_load_text("", 0, "", ret_config, errors);
}

/* For free(); NULL: there is none. */
static char *text_in(int fd)
{
	struct stat found;
	if (fd < 0 || fstat(fd, &found) < 0 || found.st_size == 0 || found.st_size > 2 * LIMIT_CONFIG_BYTES)
		return NULL;
	char *text = alloc_zeroed((size_t)found.st_size + 1);
	if (pread(fd, text, (size_t)found.st_size, 0) == found.st_size)
		return text;
	free(text);
	return NULL;
}

/* A newer program may not understand what an older one had in force: then there is none, too. */
static int read_last(int fd, struct config **ret_config)
{
	char *text = text_in(fd);
	struct config_errors errors = {0};
	int err = text ? config_from_text(text, ret_config, &errors) : -ENOENT;
	config_errors_clear(&errors);
	free(text);
	return err;
}

static void take_errors(struct core *core, struct config_errors *errors)
{
	config_errors_clear(&core->file_errors);
	core->file_errors = *errors;
	*errors = (struct config_errors){0};
}

int load_begin(struct core *core)
{
	FD_AUTO last = core->options->last_config;
	struct config_errors errors = {0};
	int err = read_file(core->options->config, &core->config, &errors);
	if (err && read_last(last, &core->config) == 0) {
		take_errors(core, &errors);
		err = 0;
	}
	if (!err) {
		core->runtime_file = alloc_text(core->config->broker.runtime_file);
		core->broker_text = config_broker_to_text(&core->config->broker);
		snprintf(core->broker_hash, sizeof core->broker_hash, "%016" PRIx64, hash(core->broker_text));
		if (core->runtime_file[0])
			err = runtime_load(core->runtime_file, &core->runtime, &errors);
	}
	check_print_errors(&errors);
	config_errors_clear(&errors);
	return err;
}

int load_again(struct core *core)
{
	struct config *config;
	struct config_errors errors = {0};
	int err = read_file(core->options->config, &config, &errors);
	take_errors(core, &errors);
	load_tell(core);
	if (err)
		return err;
	config_free(core->config);
	core->config = config;
	load_keep(core);
	return 0;
}

void load_tell(const struct core *core)
{
	const struct config_errors *errors = &core->file_errors;
	for (size_t i = 0; i < errors->count; i++)
		log_error("core", "%s", errors->lines[i]);
	if (errors->count > 0)
		log_error("core", "the file has errors: what was in force goes on; mend it, then reload");
}

void load_keep(struct core *core)
{
	if (!core->options->config)
		return;
	char *text = config_to_text(core->config);
	if (keeper_link_config(core->keeper, text) < 0)
		log_warning("core", "a core that takes over now would need a file without errors: %s", error_text());
	free(text);
}
