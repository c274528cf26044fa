/* wire.c: bytes as a control message. What is taken for one is encoded and read again without change. */
#include "base/name.h"
#include "fuzz/input.h"
#include "wire/message.h"

#define HEADER 16

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
	return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static void check_round_trip(const struct wire_message *message)
{
	uint8_t buffer[LIMIT_MESSAGE];
	struct wire_message again;
	int size = wire_encode(message, buffer, sizeof buffer);
	FUZZ_CHECK(size > 0 && wire_decode(buffer, (size_t)size, &again) == 0);
	FUZZ_CHECK(same_bytes(message->text, message->text_size, again.text, again.text_size));
	FUZZ_CHECK(same_bytes(message->layout, message->layout_size, again.layout, again.layout_size));
	struct wire_message plain = *message;
	plain.text = again.text, plain.layout = again.layout;
	FUZZ_CHECK(memcmp(plain.name, again.name, sizeof plain.name) == 0);
	FUZZ_CHECK(plain.type == again.type && plain.serial == again.serial && plain.place == again.place &&
		   plain.position == again.position && plain.error == again.error && plain.count == again.count);
}

static void decode(const uint8_t *data, size_t size)
{
	struct wire_message message;
	if (wire_decode(data, size, &message) < 0)
		return;
	FUZZ_CHECK(!*message.name || strlen(message.name) <= LIMIT_NAME);
	FUZZ_CHECK(message.layout_size <= WIRE_LAYOUT_MAX);
	FUZZ_CHECK(wire_type_name(message.type));
	check_round_trip(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t mended[LIMIT_MESSAGE];
	uint32_t header[4];
	decode(data, size);
	if (size < HEADER || size > sizeof mended)
		return 0;
	memcpy(header, data, HEADER); /* once more as if magic and size were right */
	header[0] = 0x6b726266u;
	header[1] %= WIRE_TYPE_END;
	header[3] = (uint32_t)size;
	memcpy(mended, header, HEADER);
	memcpy(mended + HEADER, data + HEADER, size - HEADER);
	decode(mended, size);
	return 0;
}
