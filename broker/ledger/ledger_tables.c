/* ledger_tables.c: which members of what are kept for the next core. */
#include "ledger/ledger_tables.h"
#include "clients/client.h"
#include "registry/group.h"
#include "streams/streams.h"

#define BOOL(name, type, member) RECORD_FIELD(name, RECORD_BOOL, type, member)
#define NUMBER(name, type, member) RECORD_FIELD(name, RECORD_NUMBER, type, member)
#define TEXT(name, type, member) RECORD_FIELD(name, RECORD_TEXT, type, member)

static const struct record_field control_fields[] = {
	NUMBER("version", struct ledger_control, version),
	NUMBER("last_id", struct ledger_control, last_id),
	NUMBER("last_client", struct ledger_control, last_client),
	NUMBER("started_utc_ns", struct ledger_control, started_utc_ns),
	NUMBER("memory_limit", struct ledger_control, memory_limit),
};
const struct record_table ledger_control_table = RECORD_TABLE(control_fields);

static const struct record_field client_fields[] = {
	NUMBER("id", struct client, id),
	NUMBER("pid", struct client, pid),
	NUMBER("since_utc_ns", struct client, since_utc_ns),
	NUMBER("worker", struct client, worker),
	BOOL("is_worker", struct client, is_worker),
	BOOL("greeted", struct client, greeted),
	BOOL("wants_events", struct client, wants_events),
	TEXT("command", struct client, command),
};
const struct record_table ledger_client_table = RECORD_TABLE(client_fields);

static const struct record_field stream_fields[] = {
	NUMBER("id", struct stream, id),
	TEXT("name", struct stream, name),
	TEXT("source", struct stream, source),
	NUMBER("worker", struct stream, worker),
	BOOL("live", struct stream, live),
	BOOL("created", struct stream, created),
	NUMBER("creator", struct stream, creator),
	BOOL("removed", struct stream, removed),
	BOOL("wanted", struct stream, wanted),
	NUMBER("depth", struct stream, terms.depth),
	NUMBER("spare", struct stream, terms.spare),
	NUMBER("max_readers", struct stream, terms.max_readers),
	NUMBER("max_held", struct stream, terms.max_held),
	NUMBER("max_writers", struct stream, terms.max_writers),
	NUMBER("lossless", struct stream, terms.lossless),
	NUMBER("state", struct stream, state),
	NUMBER("pass", struct stream, pass),
	NUMBER("last_generation", struct stream, last_generation),
	NUMBER("before_pass", struct stream, before_pass),
	NUMBER("next_seq", struct stream, next_seq),
	NUMBER("pool_epoch", struct stream, pool_epoch),
};
const struct record_table ledger_stream_table = RECORD_TABLE(stream_fields);

static const struct record_field owner_fields[] = {
	TEXT("like", struct stream_owner, like),
	NUMBER("given_up", struct stream_owner, given_up),
	NUMBER("reorder_timeout_ns", struct stream_owner, pool.reorder_timeout_ns),
	NUMBER("late", struct stream_owner, pool.late),
	NUMBER("order", struct stream_owner, pool.order),
	NUMBER("turn", struct stream_owner, pool.turn),
	BOOL("ended", struct stream_owner, pool.ended),
};
const struct record_table ledger_owner_table = RECORD_TABLE(owner_fields);

static const struct record_field generation_fields[] = {
	NUMBER("number", struct generation, number),
	NUMBER("pass", struct generation, pass),
	NUMBER("first", struct generation, first),
	NUMBER("state", struct generation, state),
};
const struct record_table ledger_generation_table = RECORD_TABLE(generation_fields);

static const struct record_field place_fields[] = {
	NUMBER("id", struct place, id),
	NUMBER("client", struct place, client),
	NUMBER("uid", struct place, uid),
	NUMBER("index", struct place, index),
	NUMBER("epoch", struct place, epoch),
	NUMBER("mode", struct place, mode),
	NUMBER("max_held", struct place, max_held),
	NUMBER("pass", struct place, pass),
	NUMBER("joined", struct place, joined),
	NUMBER("attached", struct place, attached),
	NUMBER("done", struct place, done),
	NUMBER("serial", struct place, serial),
	BOOL("pending", struct place, pending),
	BOOL("closed", struct place, closed),
	NUMBER("kept_until_ns", struct place, kept_until_ns),
	BOOL("lead", struct place, lead),
	NUMBER("since_utc_ns", struct place, since_utc_ns),
};
const struct record_table ledger_place_table = RECORD_TABLE(place_fields);

static const struct record_field group_fields[] = {
	NUMBER("id", struct group, id),
	TEXT("name", struct group, name),
	NUMBER("uid", struct group, uid),
	NUMBER("mode", struct group, mode),
	NUMBER("expires_ns", struct group, expires_ns),
	NUMBER("given_up", struct group, given_up),
};
const struct record_table ledger_group_table = RECORD_TABLE(group_fields);

static const struct record_field writer_fields[] = {
	NUMBER("id", struct writer, id),
	NUMBER("client", struct writer, client),
	NUMBER("generation", struct writer, generation),
	NUMBER("number", struct writer, number),
	NUMBER("opened", struct writer, opened),
};
const struct record_table ledger_writer_table = RECORD_TABLE(writer_fields);
