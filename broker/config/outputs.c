/* outputs.c: outputs of a source that come, change and go at run time. */
#include "base/limits.h"
#include "base/name.h"
#include "config/alloc.h"
#include "config/config.h"
#include "config/read.h"
#include "config/schema.h"
#include "config/source.h"
#include "config/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config_output *append_output(struct config_source *source)
{
	void *outputs = source->outputs;
	struct config_output *added = alloc_append(&outputs, &source->output_count, sizeof *added);
	source->outputs = outputs;
	return added;
}

static void read_output(struct reader *reader, const char *name, struct node *root, const struct node *source,
			struct config_source *target)
{
	const struct path path = {NULL, "source", 0};
	if (name_fault(name))
		reader_fault(reader, root, NULL, "the name %s", name_fault(name));
	if (!source || source->kind != NODE_SCALAR || name_fault(source->text)) {
		reader_fault(reader, source ? source : root, &path,
			     "%s; allowed: the name of the source that the output belongs to",
			     source ? "is no name" : "is missing");
		return;
	}
	target->name = alloc_text(source->text);
	struct config_output *output = append_output(target);
	schema_init(&schema_output, output, reader->defaults);
	output->name = alloc_text(name);
	reader_read(reader, &schema_output, root, NULL, output, 0);
}

int config_output_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_source **ret_source, struct config_errors *errors)
{
	char label[128];
	size_t before = errors->total;
	snprintf(label, sizeof label, "output %.64s", name);
	struct node *root = node_parse(text, strlen(text), label, errors);
	if (!root)
		return config_errors_result(errors, before, -EINVAL);
	struct reader reader = {.errors = errors, .defaults = defaults};
	struct node *source = node_take(root, "source");
	struct config_source *target = alloc_zeroed(sizeof *target);
	schema_init(&schema_source, target, NULL);
	read_output(&reader, name, root, source, target);
	reader_clear(&reader);
	node_free(source);
	node_free(root);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		config_source_free(target);
	else
		*ret_source = target;
	return result;
}

char *config_output_to_text(const struct config_output *output)
{
	return text_write(&schema_output, output, false);
}

int config_output_from_keys(const char *name, const char *text, struct config_output **ret_output,
			    struct config_errors *errors)
{
	size_t before = errors->total;
	struct node *root = node_parse(text, strlen(text), name, errors);
	if (!root)
		return config_errors_result(errors, before, -EINVAL);
	struct reader reader = {.errors = errors};
	struct config_output *output = alloc_zeroed(sizeof *output);
	schema_init(&schema_output, output, NULL);
	output->name = alloc_text(name);
	reader_read(&reader, &schema_output, root, NULL, output, 0);
	reader_clear(&reader);
	node_free(root);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		config_output_free(output);
	else
		*ret_output = output;
	return result;
}

const struct config_output *config_source_packets(const struct config_source *source)
{
	for (size_t i = 0; i < source->output_count; i++)
		if (source->outputs[i].media == CONFIG_PACKET)
			return &source->outputs[i];
	return NULL;
}

static void init_packets(struct config_output *output, const char *name, const struct config_defaults *defaults)
{
	schema_init(&schema_output, output, defaults);
	output->name = alloc_text(name);
	output->media = CONFIG_PACKET;
	output->depth = config_auto_depth(CONFIG_PACKET);
}

struct config_output *config_source_add_packets(struct config_source *source, const struct config_defaults *defaults)
{
	char name[LIMIT_NAME + sizeof "/packets"];
	struct config_output *output = append_output(source);
	snprintf(name, sizeof name, "%.*s/packets", LIMIT_NAME, source->name);
	init_packets(output, name, defaults);
	return output;
}

struct config_output *config_output_of_packets(const char *name)
{
	struct config_output *output = alloc_zeroed(sizeof *output);
	init_packets(output, name, NULL);
	return output;
}

void config_output_free(struct config_output *output)
{
	if (output)
		schema_clear(&schema_output, output);
	free(output);
}

void config_source_add_output(struct config_source *source, const struct config_output *output)
{
	schema_copy(&schema_output, append_output(source), output);
}

bool config_source_remove_output(struct config_source *source, const char *name)
{
	for (size_t i = 0; i < source->output_count; i++) {
		if (strcmp(source->outputs[i].name, name))
			continue;
		schema_clear(&schema_output, &source->outputs[i]);
		source->output_count--;
		memmove(&source->outputs[i], &source->outputs[i + 1],
			(source->output_count - i) * sizeof *source->outputs);
		return true;
	}
	return false;
}

bool config_output_equal(const struct config_output *a, const struct config_output *b)
{
	char *text_a = config_output_to_text(a), *text_b = config_output_to_text(b);
	bool equal = !strcmp(text_a, text_b);
	free(text_a);
	free(text_b);
	return equal;
}
