/* check.c: rules between keys. */
#include "config/check.h"
#include "base/name.h"
#include "config/alloc.h"
#include "config/output.h"
#include "config/schema.h"
#include "config/source.h"
#include "config/stream.h"
#include "config/url.h"
#include "config/value.h"
#include <string.h>

void check_fault(struct reader *reader, const struct node *node, const struct path *path, const char *key,
		 const char *text)
{
	const struct path key_path = {path, key, 0};
	const struct node *child = node_child(node, key);
	reader_fault(reader, child ? child : node, &key_path, "%s", text);
}

/* Output keys of that flag make no sense here: written they are an error, inherited they go back to the built-in
 * default. */
static void forbid_keys(struct reader *reader, const struct node *node, const struct path *path,
			struct config_output *output, enum schema_flag flag, const char *why)
{
	for (size_t i = 0; i < schema_output.row_count; i++) {
		const struct schema_row *row = &schema_output.rows[i];
		if (!(row->flags & flag))
			continue;
		if (node_child(node, row->name))
			check_fault(reader, node, path, row->name, why);
		value_clear(row, (char *)output + row->offset);
		value_init(row, (char *)output + row->offset);
	}
}

/* Settles what hangs on the media: keys of other media, and the depth. */
static void settle_media(struct reader *reader, const struct node *node, const struct path *path,
			 struct config_output *output)
{
	if (output->media == CONFIG_VIDEO)
		forbid_keys(reader, node, path, output, SCHEMA_OF_AUDIO, "only media: audio has this key");
	else
		forbid_keys(reader, node, path, output, SCHEMA_OF_VIDEO, "only media: video has this key");
	if (output->depth == CONFIG_DEPTH_AUTO)
		output->depth = config_auto_depth(output->media);
}

void check_output(struct reader *reader, const struct node *node, const struct path *path, void *entry)
{
	struct config_output *output = entry;
	reader_add_stream(reader, output->name, node, path);
	settle_media(reader, node, path, output);
}

void check_connection(struct reader *reader, const struct node *node, const struct path *path,
		      const struct check_connection *connection)
{
	char url[CONFIG_URL_SIZE];
	if (connection->reconnect_delay_max_ns < connection->reconnect_delay_ns)
		check_fault(reader, node, path, "reconnect_delay_max",
			    "is less than reconnect_delay; allowed: the same or more");
	if (*connection->url &&
	    config_url_with_credentials(connection->url, connection->user, connection->password, url, sizeof url))
		check_fault(reader, node, path, *connection->user ? "user" : "password",
			    "cannot be put into the url; allowed: with a url of the form scheme://host without a user "
			    "in it");
}

static void add_default_output(struct reader *reader, const struct node *node, const struct path *path,
			       struct config_source *source)
{
	struct config_output *output =
		alloc_append((void **)&source->outputs, &source->output_count, sizeof *source->outputs);
	schema_init(&schema_output, output, reader->defaults);
	output->name = alloc_text(source->name);
	check_output(reader, node, path, output);
}

/* What preroll keeps are the packets of an output, which may be declared. */
static void add_preroll(struct reader *reader, const struct node *node, const struct path *path,
			struct config_source *source)
{
	struct config_output *output = config_source_add_packets(source, reader->defaults);
	if (name_fault(output->name))
		check_fault(reader, node, path, "preroll",
			    "needs a stream NAME/packets: the source's name is too long");
	check_output(reader, node, path, output);
}

void check_source(struct reader *reader, const struct node *node, const struct path *path, void *entry)
{
	struct config_source *source = entry;
	check_connection(reader, node, path,
			 &(struct check_connection){source->url, source->user, source->password,
						    source->reconnect_delay_ns, source->reconnect_delay_max_ns});
	if (*source->hwaccel_device && (!*source->hwaccel || !strcmp(source->hwaccel, "auto")))
		check_fault(reader, node, path, "hwaccel_device",
			    "is for a named hwaccel; allowed: with hwaccel: cuda, vaapi …");
	if (source->sandbox == CONFIG_SANDBOX_STRICT && *source->hwaccel)
		check_fault(reader, node, path, "sandbox", "strict is for decoding without hwaccel");
	const struct node *outputs = node_child(node, "outputs");
	if (!outputs || !outputs->count)
		add_default_output(reader, node, path, source);
	if (source->preroll_ns > 0 && !config_source_packets(source))
		add_preroll(reader, node, path, source);
}

static void check_like(struct reader *reader, const struct node *node, const struct path *path,
		       struct config_stream *stream)
{
	if (name_fault(stream->like))
		check_fault(reader, node, path, "like", "is not a stream's name");
	else if (!strcmp(stream->like, stream->output.name))
		check_fault(reader, node, path, "like", "is the stream itself; allowed: another one");
	forbid_keys(reader, node, path, &stream->output, SCHEMA_OF_LAYOUT, "is copied from the stream that like names");
}

static void check_layout(struct reader *reader, const struct node *node, const struct path *path,
			 struct config_output *output)
{
	static const char missing[] = "is missing; a stream without like needs it";
	settle_media(reader, node, path, output);
	if (output->media == CONFIG_PACKET)
		check_fault(reader, node, path, "media", "packet is only for a source's outputs");
	if (output->media == CONFIG_VIDEO) {
		if (!*output->pixel_format)
			check_fault(reader, node, path, "pixel_format", missing);
		if (output->width == CONFIG_NATIVE)
			check_fault(reader, node, path, "width", missing);
		if (output->height == CONFIG_NATIVE)
			check_fault(reader, node, path, "height", missing);
	} else if (output->media == CONFIG_AUDIO) {
		if (output->sample_rate == CONFIG_NATIVE)
			check_fault(reader, node, path, "sample_rate", missing);
		if (output->channels == CONFIG_NATIVE)
			check_fault(reader, node, path, "channels", missing);
	}
}

void check_stream(struct reader *reader, const struct node *node, const struct path *path, void *entry)
{
	struct config_stream *stream = entry;
	reader_add_stream(reader, stream->output.name, node, path);
	forbid_keys(reader, node, path, &stream->output, SCHEMA_OF_SOURCE, "only a source's outputs have this key");
	if (*stream->like)
		check_like(reader, node, path, stream);
	else
		check_layout(reader, node, path, &stream->output);
}
