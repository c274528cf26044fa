/* config.c: a whole configuration, from its files to its structs. */
#include "config/config.h"
#include "config/alloc.h"
#include "config/document.h"
#include "config/read.h"
#include "config/schema.h"
#include "config/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads what the document holds and clears it. */
static int finish(struct document *document, size_t errors_before, int err, bool expand, struct config **ret_config,
		  struct config_errors *errors)
{
	struct config *config = alloc_zeroed(sizeof *config);
	struct reader reader = {.errors = errors, .defaults = &config->defaults, .expand = expand};
	schema_init(&schema_config, config, NULL);
	reader_read(&reader, &schema_config, document->root, NULL, config, 0);
	reader_clear(&reader);
	config->include = document->include;
	document->include = (struct config_list){0};
	document_clear(document);
	int result = config_errors_result(errors, errors_before, err < 0 ? err : -EINVAL);
	if (result < 0)
		config_free(config);
	else
		*ret_config = config;
	return result;
}

int config_load_file(const char *path, struct config **ret_config, struct config_errors *errors)
{
	struct document document;
	size_t before = errors->total;
	int err = document_load_file(&document, path, errors);
	return finish(&document, before, err, true, ret_config, errors);
}

int config_load_text(const char *text, size_t size, const char *name, struct config **ret_config,
		     struct config_errors *errors)
{
	struct document document;
	size_t before = errors->total;
	document_load_text(&document, text, size, name, errors);
	return finish(&document, before, 0, true, ret_config, errors);
}

/* Two lines: what a text leaves out is at its built-in default, so `defaults` stands apart from the entries. */
char *config_to_text(const struct config *config)
{
	struct config builtin = {0}, entries = *config, defaults;
	schema_init(&schema_config, &builtin, NULL);
	entries.include = builtin.include;
	entries.defaults = builtin.defaults;
	defaults = builtin;
	defaults.defaults = config->defaults;
	char *texts[2] = {text_write(&schema_config, &entries, false), text_write(&schema_config, &defaults, false)};
	char *text;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	fprintf(out, "%s\n%s", texts[0], texts[1]);
	fclose(out);
	free(texts[0]);
	free(texts[1]);
	schema_clear(&schema_config, &builtin);
	return text;
}

static int read_line(const char *line, size_t size, struct config **ret_config, struct config_errors *errors)
{
	struct document document;
	size_t before = errors->total;
	document_load_text(&document, line, size, "the configuration in force", errors);
	return finish(&document, before, 0, false, ret_config, errors);
}

int config_from_text(const char *text, struct config **ret_config, struct config_errors *errors)
{
	struct config *config, *apart;
	const char *second = strchrnul(text, '\n');
	int err = read_line(text, (size_t)(second - text), &config, errors);
	if (err)
		return err;
	err = read_line(second, strlen(second), &apart, errors);
	if (err) {
		config_free(config);
		return err;
	}
	struct config_defaults defaults = config->defaults;
	config->defaults = apart->defaults;
	apart->defaults = defaults;
	config_free(apart);
	*ret_config = config;
	return 0;
}

void config_free(struct config *config)
{
	if (config)
		schema_clear(&schema_config, config);
	free(config);
}
