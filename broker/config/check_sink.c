/* check_sink.c: rules between the keys of a sink. */
#include "base/name.h"
#include "config/check.h"
#include "config/schema.h"
#include "config/schema_rows.h"
#include "config/sink.h"
#include <string.h>
#include <strings.h>

static void check_name(struct reader *reader, const struct node *node, const struct path *path, const char *section,
		       const char *key, const char *name)
{
	const struct node *child = node_child(node, section);
	const struct path child_path = {path, section, 0};
	if (*name && name_fault(name))
		check_fault(reader, child ? child : node, &child_path, key, "is not a stream's name");
}

/* What is copied is not encoded. */
static void check_copy(struct reader *reader, const struct node *node, const struct path *path, const char *section,
		       const struct schema_table *table, const char *codec)
{
	const struct node *child = node_child(node, section);
	const struct path child_path = {path, section, 0};
	for (size_t i = 0; child && !strcmp(codec, "copy") && i < table->row_count; i++)
		if (table->rows[i].flags & SCHEMA_OF_ENCODER && node_child(child, table->rows[i].name))
			check_fault(reader, child, &child_path, table->rows[i].name,
				    "is for an encoder; codec: copy sends the packets as they are");
}

static void check_url(struct reader *reader, const struct node *node, const struct path *path, const char *url)
{
	if (!strncasecmp(url, "hls:", 4))
		check_fault(reader, node, path, "url",
			    "hls:NAME is not in this version; HLS as files works: a path that ends in .m3u8");
	else if (!strncasecmp(url, "redis:", 6))
		check_fault(reader, node, path, "url", "redis: is not in this version");
}

void check_sink(struct reader *reader, const struct node *node, const struct path *path, void *entry)
{
	const struct config_sink *sink = entry;
	check_connection(reader, node, path,
			 &(struct check_connection){sink->url, sink->user, sink->password, sink->reconnect_delay_ns,
						    sink->reconnect_delay_max_ns});
	check_url(reader, node, path, sink->url);
	if (!node_child(node, "video") && !node_child(node, "audio"))
		reader_fault(reader, node, path,
			     "has neither video nor audio; it needs one at least, as video: {stream: NAME}");
	check_name(reader, node, path, "video", "stream", sink->video.stream);
	check_name(reader, node, path, "video", "fallback", sink->video.fallback);
	check_name(reader, node, path, "audio", "stream", sink->audio.stream);
	check_copy(reader, node, path, "video", &schema_sink_video, sink->video.codec);
	check_copy(reader, node, path, "audio", &schema_sink_audio, sink->audio.codec);
	if (*sink->video.fallback && !strcmp(sink->video.fallback, sink->video.stream)) {
		const struct path video_path = {path, "video", 0};
		check_fault(reader, node_child(node, "video"), &video_path, "fallback",
			    "is the stream itself; allowed: another one");
	}
}
