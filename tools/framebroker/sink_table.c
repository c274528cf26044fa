/* sink_table.c: the sinks of a status, one a line. */
#include "sink_table.h"
#include "field.h"
#include "human.h"
#include "table.h"

void sink_table_print(const json_t *sinks)
{
	static const struct table_column columns[] = {
		{"SINK", TABLE_LEFT},      {"STATE", TABLE_STATE},   {"FPS", TABLE_RIGHT}, {"RATE", TABLE_RIGHT},
		{"REPEATED", TABLE_RIGHT}, {"DROPPED", TABLE_RIGHT}, {"URL", TABLE_LEFT},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	char rate[HUMAN_SIZE];
	size_t index;
	json_t *sink;
	json_array_foreach (sinks, index, sink) {
		const json_t *statistics = json_object_get(sink, "statistics");
		table_cell(table, "%s", field_text(sink, "name"));
		table_cell(table, "%s", field_text(sink, "state"));
		if (json_is_object(statistics)) {
			table_cell(table, "%.1f", field_real(statistics, "fps"));
			table_cell(table, "%s", human_bit_rate(field_real(statistics, "bit_rate"), rate));
			table_cell(table, "%lld", (long long)field_integer(statistics, "repeated"));
			table_cell(table, "%lld", (long long)field_integer(statistics, "dropped"));
		} else {
			for (int i = 0; i < 4; i++)
				table_cell(table, "-");
		}
		table_cell(table, "%s", field_text(sink, "url"));
	}
	table_print(table, "");
}
