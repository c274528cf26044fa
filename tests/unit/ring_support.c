/* ring_support.c: see the header. */
#include "ring_support.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct ring_fixture fixture;
struct ring_writer *writer;

void ring_begin(const struct ring_layout *layout)
{
	ring_fixture_create(&fixture, layout);
	writer = ring_fixture_writer(&fixture);
}

int ring_end(void **state)
{
	(void)state;
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	return 0;
}

struct ring_reader *reader_open(unsigned number, enum fb_mode mode, unsigned max_held)
{
	ring_fixture_place(&fixture, number, mode, max_held);
	return ring_fixture_reader(&fixture, number, 0);
}

void publish(unsigned count)
{
	while (count-- > 0)
		assert_true(ring_fixture_publish(writer) > 0);
}

struct ring_frame take(struct ring_reader *reader)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	return frame;
}
