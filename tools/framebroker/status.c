/* status.c: `framebroker status`: the broker, its sources, streams, sinks and clients. */
#include "commands.h"
#include "entry_error.h"
#include "field.h"
#include "human.h"
#include "json_print.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include "sink_table.h"
#include "stream_table.h"
#include "table.h"
#include <stdio.h>

static void print_broker(const json_t *status)
{
	const json_t *memory = json_object_get(status, "memory");
	char age[HUMAN_SIZE], used[HUMAN_SIZE], limit[HUMAN_SIZE];
	printf("framebroker %s, pid %lld, up %s, %s\n", field_text(status, "version"),
	       (long long)field_integer(status, "pid"), human_age(field_integer(status, "started_utc_ns"), age),
	       field_text(status, "socket"));
	printf("memory: %s of %s (%s)\n", human_bytes(field_integer(memory, "used_bytes"), used),
	       human_bytes(field_integer(memory, "limit_bytes"), limit), field_text(memory, "mode"));
	if (*field_text(status, "config_error"))
		printf("configuration: %s; the one before it goes on: mend the file, then framebroker reload\n",
		       field_text(status, "config_error"));
}

static void print_sources(const json_t *sources)
{
	static const struct table_column columns[] = {
		{"SOURCE", TABLE_LEFT},    {"STATE", TABLE_STATE}, {"PID", TABLE_RIGHT},
		{"RESTARTS", TABLE_RIGHT}, {"FPS", TABLE_RIGHT},   {"URL", TABLE_LEFT},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	size_t index;
	json_t *source;
	json_array_foreach (sources, index, source) {
		long long pid = (long long)field_integer(source, "pid");
		table_cell(table, "%s", field_text(source, "name"));
		table_cell(table, "%s", field_text(source, "state"));
		if (pid)
			table_cell(table, "%lld", pid);
		else
			table_cell(table, "-");
		table_cell(table, "%lld", (long long)field_integer(source, "restarts"));
		table_cell(table, "%.1f", field_real(json_object_get(source, "statistics"), "fps"));
		table_cell(table, "%s", field_text(source, "url"));
	}
	table_print(table, "");
	entry_errors_print(sources, "source");
}

static void print_clients(const json_t *clients)
{
	static const struct table_column columns[] = {
		{"CLIENT", TABLE_RIGHT},  {"PID", TABLE_RIGHT},     {"UID", TABLE_RIGHT},    {"SINCE", TABLE_RIGHT},
		{"READERS", TABLE_RIGHT}, {"WRITERS", TABLE_RIGHT}, {"COMMAND", TABLE_LEFT},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	char age[HUMAN_SIZE];
	size_t index;
	json_t *client;
	json_array_foreach (clients, index, client) {
		table_cell(table, "%lld", (long long)field_integer(client, "id"));
		table_cell(table, "%lld", (long long)field_integer(client, "pid"));
		table_cell(table, "%lld", (long long)field_integer(client, "uid"));
		table_cell(table, "%s", human_age(field_integer(client, "since_utc_ns"), age));
		table_cell(table, "%lld", (long long)field_integer(client, "readers"));
		table_cell(table, "%lld", (long long)field_integer(client, "writers"));
		table_cell(table, "%s", field_text(client, "command"));
	}
	table_print(table, "");
}

static void print_for_people(const json_t *status)
{
	const json_t *sources = json_object_get(status, "sources"), *streams = json_object_get(status, "streams"),
		     *sinks = json_object_get(status, "sinks");
	print_broker(status);
	if (json_array_size(sources)) {
		putchar('\n');
		print_sources(sources);
	}
	if (json_array_size(streams)) {
		putchar('\n');
		stream_table_print(streams);
	}
	if (json_array_size(sinks)) {
		putchar('\n');
		sink_table_print(sinks);
		entry_errors_print(sinks, "sink");
	}
	putchar('\n');
	print_clients(json_object_get(status, "clients"));
}

enum exit_status command_status(const struct options *options)
{
	json_t *status;
	enum exit_status result = session_read_status(options, &status);
	if (result != EXIT_DONE)
		return result;
	if (options->json)
		return json_print(status);
	plain_json(status);
	print_for_people(status);
	json_decref(status);
	return report_written();
}
