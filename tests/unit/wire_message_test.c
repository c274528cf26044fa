/* The codec: what goes in comes out, and nothing that is cut, bent or made up is taken for a message. */
#include "base/error.h"
#include "wire/message.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t some_layout[100] = {1, 2, 3};

static struct wire_message sample(void)
{
	struct wire_message message = {.type = WIRE_GENERATION,
				       .serial = 7,
				       .place = 3,
				       .generation = 2,
				       .count = 5,
				       .position = UINT64_C(1) << 40,
				       .name = "gate/small",
				       .kind = "source",
				       .text = "hello",
				       .text_size = 5,
				       .layout = some_layout,
				       .layout_size = sizeof some_layout};
	return message;
}

static void test_round_trip(void **state)
{
	(void)state;
	struct wire_message in = sample(), out;
	uint8_t buffer[LIMIT_MESSAGE];
	int size = wire_encode(&in, buffer, sizeof buffer);
	assert_true(size > 0);
	assert_int_equal(wire_decode(buffer, (size_t)size, &out), 0);
	assert_int_equal(out.type, WIRE_GENERATION);
	assert_int_equal(out.serial, 7);
	assert_int_equal(out.place, 3);
	assert_int_equal(out.generation, 2);
	assert_int_equal(out.count, 5);
	assert_true(out.position == UINT64_C(1) << 40);
	assert_string_equal(out.name, "gate/small");
	assert_string_equal(out.kind, "source");
	assert_int_equal(out.text_size, 5);
	assert_memory_equal(out.text, "hello", 5);
	assert_int_equal(out.layout_size, sizeof some_layout);
	assert_memory_equal(out.layout, some_layout, sizeof some_layout);
}

static void test_needed_zero_is_sent(void **state)
{
	(void)state;
	struct wire_message in = {.type = WIRE_READER_CLOSE, .place = 0}, out;
	uint8_t buffer[LIMIT_MESSAGE];
	int size = wire_encode(&in, buffer, sizeof buffer);
	assert_int_equal(wire_decode(buffer, (size_t)size, &out), 0);
	assert_int_equal(out.place, 0);
}

static void test_every_cut_is_refused(void **state)
{
	(void)state;
	struct wire_message in = sample(), out;
	uint8_t buffer[LIMIT_MESSAGE];
	int size = wire_encode(&in, buffer, sizeof buffer);
	for (int cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc((size_t)cut + 1); /* so that a sanitizer sees a read beyond */
		memcpy(exact, buffer, (size_t)cut);
		assert_int_equal(wire_decode(exact, (size_t)cut, &out), -EPROTO);
		free(exact);
	}
}

static void test_every_flipped_bit_is_survived(void **state)
{
	(void)state;
	struct wire_message in = sample(), out;
	uint8_t buffer[LIMIT_MESSAGE];
	int size = wire_encode(&in, buffer, sizeof buffer);
	for (int bit = 0; bit < size * 8; bit++) {
		uint8_t *bent = malloc((size_t)size);
		memcpy(bent, buffer, (size_t)size);
		bent[bit / 8] ^= (uint8_t)(1 << bit % 8);
		int err = wire_decode(bent, (size_t)size, &out);
		assert_true(err == 0 || err == -EPROTO);
		if (err == 0 && out.text)
			assert_true((const uint8_t *)out.text >= bent &&
				    (const uint8_t *)out.text + out.text_size <= bent + size);
		free(bent);
	}
}

static void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof value);
}

/* A message of one field, written by hand. */
static size_t by_hand(uint8_t *buffer, enum wire_type type, const uint8_t *fields, size_t size)
{
	uint32_t head[4] = {0x6b726266u, type, 1, (uint32_t)(16 + size)};
	memcpy(buffer, head, sizeof head);
	if (size > 0)
		memcpy(buffer + 16, fields, size);
	return 16 + size;
}

static void test_missing_and_repeated_fields(void **state)
{
	(void)state;
	struct wire_message out;
	uint8_t buffer[64], fields[16] = {0};
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_READER_OPEN, fields, 0), &out), -EPROTO);
	assert_non_null(strstr(error_text(), "missing"));
	for (int i = 0; i < 2; i++) {
		put16(fields + 8 * i, 4);
		put16(fields + 8 * i + 2, 4);
	}
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_READER_CLOSE, fields, 8), &out), 0);
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_READER_CLOSE, fields, 16), &out), -EPROTO);
	assert_non_null(strstr(error_text(), "twice"));
}

static void test_empty_layout_is_none(void **state)
{
	(void)state;
	struct wire_message out;
	uint8_t buffer[64], fields[4] = {0};
	put16(fields, 15);
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_DONE, fields, 4), &out), 0);
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_LAYOUT, fields, 4), &out), -EPROTO);
}

static void test_unknown_field_is_skipped(void **state)
{
	(void)state;
	struct wire_message out;
	uint8_t buffer[64], fields[14] = {0};
	put16(fields, 999);
	put16(fields + 2, 2);
	put16(fields + 6, 9);
	put16(fields + 8, 4);
	fields[10] = 42;
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_KICK, fields, 14), &out), 0);
	assert_int_equal(out.count, 42);
}

static void test_bad_names(void **state)
{
	(void)state;
	static const char *const names[] = {"../x", "a//b", "a b", "/a", "a/", "."};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct wire_message in = {.type = WIRE_READER_OPEN}, out;
		strcpy(in.name, names[i]);
		uint8_t buffer[LIMIT_MESSAGE];
		int size = wire_encode(&in, buffer, sizeof buffer);
		assert_int_equal(wire_decode(buffer, (size_t)size, &out), -EPROTO);
	}
}

static void test_too_long(void **state)
{
	(void)state;
	static char text[LIMIT_MESSAGE];
	struct wire_message in = {.type = WIRE_TEXT, .text = text, .text_size = sizeof text};
	uint8_t buffer[LIMIT_MESSAGE];
	assert_int_equal(wire_encode(&in, buffer, sizeof buffer), -EMSGSIZE);
}

static void test_resumed_and_again(void **state)
{
	(void)state;
	struct wire_message in = {.type = WIRE_RESUMED}, out;
	uint8_t buffer[64];
	assert_int_equal(wire_decode(buffer, (size_t)wire_encode(&in, buffer, sizeof buffer), &out), 0);
	assert_int_equal(out.type, WIRE_RESUMED);
	in = (struct wire_message){
		.type = WIRE_WRITER_CLOSE, .serial = 9, .place = 1, .flags = WIRE_END_OF_STREAM | WIRE_AGAIN};
	assert_int_equal(wire_decode(buffer, (size_t)wire_encode(&in, buffer, sizeof buffer), &out), 0);
	assert_int_equal(out.serial, 9);
	assert_int_equal(out.flags, WIRE_END_OF_STREAM | WIRE_AGAIN);
}

static void test_unknown_type(void **state)
{
	(void)state;
	struct wire_message out;
	uint8_t buffer[64];
	assert_int_equal(wire_decode(buffer, by_hand(buffer, (enum wire_type)0, NULL, 0), &out), -EPROTO);
	assert_int_equal(wire_decode(buffer, by_hand(buffer, WIRE_TYPE_END, NULL, 0), &out), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_needed_zero_is_sent),
		cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_every_flipped_bit_is_survived),
		cmocka_unit_test(test_missing_and_repeated_fields),
		cmocka_unit_test(test_empty_layout_is_none),
		cmocka_unit_test(test_unknown_field_is_skipped),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_resumed_and_again),
		cmocka_unit_test(test_unknown_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
