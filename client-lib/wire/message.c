/* message.c: control messages as bytes: one table of fields, one bounds-checked way in and one out. */
#include "wire/message.h"
#include "base/error.h"
#include "base/name.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIRE_MAGIC 0x6b726266u /* "fbrk" */

struct header {
	uint32_t magic, type, serial, size;
};

struct field_head {
	uint16_t tag, length;
};

enum shape { U32, U64, NAME, KIND, BYTES };

#define FIELD(tag_, shape_, member)                                                                                    \
	{                                                                                                              \
		tag_, shape_, offsetof(struct wire_message, member), 0                                                 \
	}
#define BYTES_FIELD(tag_, member)                                                                                      \
	{                                                                                                              \
		tag_, BYTES, offsetof(struct wire_message, member), offsetof(struct wire_message, member##_size)       \
	}

/* Tags are for ever: a new field gets a new one. A field that is zero or empty is not sent. */
static const struct field {
	uint16_t tag;
	enum shape shape;
	size_t offset, size_offset;
} fields[] = {
	FIELD(1, U32, error),      FIELD(2, U32, protocol),     FIELD(3, U32, abi),       FIELD(4, U32, place),
	FIELD(5, U32, generation), FIELD(6, U32, mode),         FIELD(7, U32, max_held),  FIELD(8, U32, state),
	FIELD(9, U32, count),      FIELD(10, U32, flags),       FIELD(11, U64, position), FIELD(12, NAME, name),
	FIELD(13, KIND, kind),     BYTES_FIELD(14, text),       BYTES_FIELD(15, layout),  FIELD(16, U32, group),
	FIELD(17, U32, lead),      FIELD(18, NAME, group_name),
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)

enum need { NEED_NAME = 1 << 12, NEED_KIND = 1 << 13, NEED_LAYOUT = 1 << 15 };

/* What each type is called, and the fields without which it makes no sense (1 << tag). */
static const struct type {
	const char *name;
	unsigned needs;
} types[WIRE_TYPE_END] = {
	[WIRE_ERROR] = {"error", 1 << 1},
	[WIRE_DONE] = {"done", 0},
	[WIRE_HELLO] = {"hello", 1 << 2 | 1 << 3},
	[WIRE_READER_OPEN] = {"reader-open", NEED_NAME},
	[WIRE_READER_ATTACH] = {"reader-attach", 1 << 4},
	[WIRE_READER_CLOSE] = {"reader-close", 1 << 4},
	[WIRE_WRITER_OPEN] = {"writer-open", NEED_NAME},
	[WIRE_WRITER_READY] = {"writer-ready", 1 << 4},
	[WIRE_WRITER_CLOSE] = {"writer-close", 1 << 4},
	[WIRE_WAIT] = {"wait", NEED_NAME},
	[WIRE_CANCEL] = {"cancel", 0},
	[WIRE_STATUS] = {"status", 0},
	[WIRE_EVENTS] = {"events", 0},
	[WIRE_ADD] = {"add", NEED_NAME | NEED_KIND},
	[WIRE_REMOVE] = {"remove", NEED_NAME | NEED_KIND},
	[WIRE_RESTART] = {"restart", NEED_NAME | NEED_KIND},
	[WIRE_RELOAD] = {"reload", 0},
	[WIRE_KICK] = {"kick", 0},
	[WIRE_JOB] = {"job", 0},
	[WIRE_REPORT] = {"report", 0},
	[WIRE_WELCOME] = {"welcome", 1 << 2},
	[WIRE_PLACE] = {"place", 1 << 4},
	[WIRE_GENERATION] = {"generation", 1 << 4 | NEED_LAYOUT},
	[WIRE_PENDING] = {"pending", 1 << 4},
	[WIRE_LAYOUT] = {"layout", NEED_LAYOUT},
	[WIRE_TEXT] = {"text", 0},
	[WIRE_STREAM] = {"stream", 1 << 4},
	[WIRE_EVENT] = {"event", 0},
	[WIRE_STOP] = {"stop", 0},
	[WIRE_RESUMED] = {"resumed", 0},
	[WIRE_UPGRADE] = {"upgrade", 0},
};

const char *wire_type_name(enum wire_type type)
{
	return (unsigned)type < WIRE_TYPE_END && types[type].name ? types[type].name : "unknown";
}

/* ---- out ---- */

struct writer {
	uint8_t *buffer;
	size_t size, at;
	bool full;
};

static void put(struct writer *out, const void *bytes, size_t count)
{
	if (out->full || count > out->size - out->at) {
		out->full = true;
		return;
	}
	memcpy(out->buffer + out->at, bytes, count);
	out->at += count;
}

static void put_field(struct writer *out, uint16_t tag, const void *bytes, size_t count)
{
	if (count > UINT16_MAX) {
		out->full = true;
		return;
	}
	put(out, &(struct field_head){tag, (uint16_t)count}, sizeof(struct field_head));
	put(out, bytes, count);
}

static bool is_zero(const void *bytes, size_t count)
{
	for (const uint8_t *b = bytes; count; count--, b++)
		if (*b)
			return false;
	return true;
}

static void encode_field(struct writer *out, const struct field *field, const struct wire_message *message)
{
	const char *value = (const char *)message + field->offset;
	switch (field->shape) {
	case U32:
	case U64: {
		size_t width = field->shape == U32 ? 4 : 8;
		if (!is_zero(value, width) || types[message->type].needs & 1u << field->tag)
			put_field(out, field->tag, value, width);
		break;
	}
	case NAME:
	case KIND:
		if (*value)
			put_field(out, field->tag, value, strlen(value));
		break;
	case BYTES: {
		const void *bytes;
		size_t count;
		memcpy(&bytes, value, sizeof bytes);
		memcpy(&count, (const char *)message + field->size_offset, sizeof count);
		if (count)
			put_field(out, field->tag, bytes, count);
		break;
	}
	}
}

int wire_encode(const struct wire_message *message, uint8_t *buffer, size_t size)
{
	struct writer out = {.buffer = buffer, .size = size < LIMIT_MESSAGE ? size : LIMIT_MESSAGE};
	struct header header = {WIRE_MAGIC, (uint32_t)message->type, message->serial, 0};
	put(&out, &header, sizeof header);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		encode_field(&out, &fields[i], message);
	if (out.full)
		return error_set(EMSGSIZE, "a %s message is longer than %d bytes", wire_type_name(message->type),
				 LIMIT_MESSAGE);
	header.size = (uint32_t)out.at;
	memcpy(buffer, &header, sizeof header);
	return (int)out.at;
}

/* ---- in ---- */

static int garbage(const char *what)
{
	return error_set(EPROTO, "not a message of this protocol: %s", what);
}

static int decode_field(const struct field *field, const uint8_t *bytes, size_t count, struct wire_message *message)
{
	char *value = (char *)message + field->offset;
	switch (field->shape) {
	case U32:
	case U64:
		if (count != (field->shape == U32 ? 4 : 8))
			return garbage("a number of the wrong width");
		memcpy(value, bytes, count);
		return 0;
	case NAME:
	case KIND: {
		size_t room = field->shape == NAME ? LIMIT_NAME : WIRE_KIND - 1;
		if (count == 0 || count > room || memchr(bytes, 0, count))
			return garbage("a name that is empty, too long or not text");
		memcpy(value, bytes, count);
		return 0;
	}
	case BYTES:
		memcpy(value, &bytes, sizeof bytes);
		memcpy((char *)message + field->size_offset, &count, sizeof count);
		return 0;
	}
	return garbage("a field of no shape");
}

static const struct field *find_field(uint16_t tag)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (fields[i].tag == tag)
			return &fields[i];
	return NULL;
}

static int decode_fields(const uint8_t *buffer, size_t size, struct wire_message *message, unsigned *ret_seen)
{
	unsigned seen = 0;
	for (size_t at = 0; at < size;) {
		struct field_head head;
		if (size - at < sizeof head)
			return garbage("it ends within a field");
		memcpy(&head, buffer + at, sizeof head);
		at += sizeof head;
		if (head.length > size - at)
			return garbage("a field is longer than the message");
		const struct field *field = find_field(head.tag);
		if (field) {
			if (seen & 1u << field->tag)
				return garbage("a field stands twice");
			seen |= 1u << field->tag;
			int err = decode_field(field, buffer + at, head.length, message);
			if (err < 0)
				return err;
		}
		at += head.length;
	}
	*ret_seen = seen;
	return 0;
}

int wire_decode(const uint8_t *buffer, size_t size, struct wire_message *ret_message)
{
	struct header header;
	if (size < sizeof header || size > LIMIT_MESSAGE)
		return garbage("its size");
	memcpy(&header, buffer, sizeof header);
	if (header.magic != WIRE_MAGIC)
		return garbage("its first bytes");
	if (header.size != size)
		return garbage("its length");
	if (header.type >= WIRE_TYPE_END || !types[header.type].name)
		return garbage("its type");

	struct wire_message message = {.type = (enum wire_type)header.type, .serial = header.serial};
	unsigned seen = 0, needs = types[header.type].needs;
	int err = decode_fields(buffer + sizeof header, size - sizeof header, &message, &seen);
	if (err < 0)
		return err;
	if ((seen & needs) != needs)
		return garbage("a field is missing");
	if (message.layout_size > WIRE_LAYOUT_MAX || (needs & NEED_LAYOUT && message.layout_size == 0))
		return garbage("its layout");
	if (needs & NEED_NAME && name_fault(message.name))
		return error_set(EPROTO, "the name %s", name_fault(message.name));
	*ret_message = message;
	return 0;
}
