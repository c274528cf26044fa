/* config.c: a whole configuration, from its files to its structs. */
#include "config/config.h"
#include "config/alloc.h"
#include "config/document.h"
#include "config/read.h"
#include "config/schema.h"
#include <errno.h>
#include <stdlib.h>

/* Reads what the document holds and clears it. */
static int finish(struct document *document, size_t errors_before, int err, struct config **ret_config,
		  struct config_errors *errors)
{
	struct config *config = alloc_zeroed(sizeof *config);
	struct reader reader = {.errors = errors, .defaults = &config->defaults, .expand = true};
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
	return finish(&document, before, err, ret_config, errors);
}

int config_load_text(const char *text, size_t size, const char *name, struct config **ret_config,
		     struct config_errors *errors)
{
	struct document document;
	size_t before = errors->total;
	document_load_text(&document, text, size, name, errors);
	return finish(&document, before, 0, ret_config, errors);
}

void config_free(struct config *config)
{
	if (config)
		schema_clear(&schema_config, config);
	free(config);
}
