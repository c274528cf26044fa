/* doctor_broker.c: what a running broker's status gives away: versions, memory, sources and sinks that fail, streams
 * that drop.
 */
#include "doctor.h"
#include "field.h"
#include "finding.h"
#include "human.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void examine_version(json_t *findings, const json_t *status)
{
	const char *version = field_text(status, "version");
	bool same = strcmp(version, FRAMEBROKER_VERSION) == 0;
	finding_add(findings, "version", same ? "ok" : "warn",
		    same ? "" : "install both from one package, restart the broker",
		    same ? "broker and command are %s" : "the broker is %s, this command is " FRAMEBROKER_VERSION,
		    version);
}

static void examine_configuration(json_t *findings, const json_t *status)
{
	const char *error = field_text(status, "config_error");
	if (*error)
		finding_add(findings, "configuration", "fail", "mend the file, then framebroker reload",
			    "%s; the one before it goes on", error);
}

static void examine_memory(json_t *findings, const json_t *status)
{
	const json_t *memory = json_object_get(status, "memory");
	int64_t used = field_integer(memory, "used_bytes"), limit = field_integer(memory, "limit_bytes");
	bool tight = limit > 0 && used > limit / 10 * 9;
	char used_text[HUMAN_SIZE], limit_text[HUMAN_SIZE];
	finding_add(findings, "stream memory", tight ? "warn" : "ok",
		    tight ? "raise broker: memory_limit:, or use less depth and spare" : "", "%s of %s used (%s)",
		    human_bytes(used, used_text), human_bytes(limit, limit_text), field_text(memory, "mode"));
}

/* A source or sink. */
static void examine_worker(json_t *findings, const char *kind, const json_t *entry)
{
	const char *name = field_text(entry, "name"), *state = field_text(entry, "state");
	const json_t *error = json_object_get(entry, "error");
	const char *mend = field_text(error, "mend");
	char *check, *show;
	if (asprintf(&check, "%s %s", kind, name) < 0 || asprintf(&show, "`framebroker show %s` tells more", name) < 0)
		abort();
	if (json_is_object(error))
		finding_add(findings, check, strcmp(state, "live") == 0 ? "warn" : "fail", *mend ? mend : show,
			    "%s: %s", state, field_text(error, "text"));
	else
		finding_add(findings, check, "ok", "", "%s", state);
	if (json_integer_value(json_object_get(entry, "restarts")) > 0)
		finding_add(findings, check, "warn", show, "its worker died and was started again");
	free(check);
	free(show);
}

/* The reader that holds most slots; NULL where nobody holds any. */
static const json_t *greediest_reader(const json_t *stream)
{
	const json_t *greediest = NULL;
	size_t most = 0, index;
	json_t *reader;
	json_array_foreach (json_object_get(stream, "readers"), index, reader) {
		size_t held = json_array_size(json_object_get(reader, "held"));
		if (held > most) {
			most = held;
			greediest = reader;
		}
	}
	return greediest;
}

/* What a lossless reader costs itself, where it was too slow, or the writer. */
static void examine_reader(json_t *findings, const char *check, const json_t *stream, const json_t *reader)
{
	const char *command = field_text(reader, "command");
	long long client = (long long)field_integer(reader, "client"), pid = (long long)field_integer(reader, "pid"),
		  behind = (long long)(field_integer(stream, "head") + 1 - field_integer(reader, "cursor"));
	if (strcmp(field_text(reader, "mode"), "lossless") != 0)
		return;
	if (json_is_true(json_object_get(reader, "passed_over")))
		finding_add(
			findings, check, "warn", "make it faster, or raise lossless_timeout:, depth: or spare:",
			"client %lld (%s, pid %lld) is lossless, but took nothing for so long that it was passed over: "
			"it misses frames",
			client, command, pid);
	else if (json_is_integer(json_object_get(reader, "cursor")) && behind >= field_integer(stream, "depth"))
		finding_add(findings, check, "warn", "make it faster, or let it read ordered or latest",
			    "waits for client %lld (%s, pid %lld), which is lossless and %lld frames behind", client,
			    command, pid, behind);
}

static void examine_stream(json_t *findings, const json_t *stream)
{
	const char *name = field_text(stream, "name");
	long long dropped = (long long)field_integer(stream, "dropped"),
		  held = (long long)field_integer(stream, "held_slots");
	const json_t *reader = greediest_reader(stream);
	json_t *entry;
	size_t index;
	char *check, *holder = NULL;
	if (asprintf(&check, "stream %s", name) < 0 ||
	    (reader &&
	     asprintf(&holder, "; %s (pid %lld) holds %zu", field_text(reader, "command"),
		      (long long)field_integer(reader, "pid"), json_array_size(json_object_get(reader, "held"))) < 0))
		abort();
	json_array_foreach (json_object_get(stream, "readers"), index, entry)
		examine_reader(findings, check, stream, entry);
	if (dropped)
		finding_add(findings, check, "warn", "raise spare: for this output, or keep copies instead of frames",
			    "%lld frames found no free slot; %lld of %lld are held now%s", dropped, held,
			    (long long)field_integer(stream, "slots"), holder ? holder : "");
	else
		finding_add(findings, check, "ok", "", "%s, nothing dropped", field_text(stream, "state"));
	free(check);
	free(holder);
}

void doctor_broker(json_t *findings, const json_t *status)
{
	size_t index;
	json_t *entry;
	examine_version(findings, status);
	examine_configuration(findings, status);
	examine_memory(findings, status);
	json_array_foreach (json_object_get(status, "sources"), index, entry)
		examine_worker(findings, "source", entry);
	json_array_foreach (json_object_get(status, "streams"), index, entry)
		examine_stream(findings, entry);
	json_array_foreach (json_object_get(status, "sinks"), index, entry)
		examine_worker(findings, "sink", entry);
}
