/* stream_table.c: the streams of a status, one a line. */
#include "stream_table.h"
#include "field.h"
#include "human.h"
#include "table.h"

void stream_table_print(const json_t *streams)
{
	static const struct table_column columns[] = {
		{"STREAM", TABLE_LEFT},   {"STATE", TABLE_STATE}, {"LAYOUT", TABLE_LEFT},   {"FPS", TABLE_RIGHT},
		{"READERS", TABLE_RIGHT}, {"HELD", TABLE_RIGHT},  {"DROPPED", TABLE_RIGHT}, {"MEMORY", TABLE_RIGHT},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	char text[HUMAN_SIZE];
	size_t index;
	json_t *stream;
	json_array_foreach (streams, index, stream) {
		table_cell(table, "%s", field_text(stream, "name"));
		table_cell(table, "%s", field_text(stream, "state"));
		table_cell(table, "%s", human_layout(stream, text));
		table_cell(table, "%.1f", field_real(stream, "fps"));
		table_cell(table, "%zu", json_array_size(json_object_get(stream, "readers")));
		table_cell(table, "%lld/%lld", (long long)field_integer(stream, "held_slots"),
			   (long long)field_integer(stream, "slots"));
		table_cell(table, "%lld", (long long)field_integer(stream, "dropped"));
		table_cell(table, "%s", human_bytes(field_integer(stream, "memory_bytes"), text));
	}
	table_print(table, "");
}
