/* tail.c: bytes cut into lines, of which the last few are kept. */
#include "core/tail.h"
#include <stdint.h>
#include <string.h>

/* The bytes of the UTF-8 character at text; 0: it is none. */
static size_t character_size(const char *text)
{
	const uint8_t *byte = (const uint8_t *)text;
	size_t size = byte[0] < 0x80 ? 1 : byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (size == 1)
		return 1;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	uint8_t second_min = byte[0] == 0xe0 ? 0xa0 : byte[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t second_max = byte[0] == 0xed   ? 0x9f
			     : byte[0] == 0xf4 ? 0x8f
					       : 0xbf; /* no surrogates, no more than 10ffff */
	return byte[1] >= second_min && byte[1] <= second_max ? size : 0;
}

static void clean(char *line)
{
	while (*line) {
		size_t size = character_size(line);
		if (size == 0)
			*line = '?';
		else if ((uint8_t)*line < ' ' || *line == 0x7f)
			*line = ' ';
		line += size ? size : 1;
	}
}

void tail_end(struct tail *tail, tail_fn *call, void *context)
{
	if (!tail->partial_size)
		return;
	tail->partial[tail->partial_size] = '\0';
	tail->partial_size = 0;
	clean(tail->partial);
	char *line = tail->lines[tail->count++ % TAIL_LINES];
	memcpy(line, tail->partial, sizeof tail->partial);
	call(context, line);
}

void tail_feed(struct tail *tail, const char *bytes, size_t size, tail_fn *call, void *context)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n')
			tail_end(tail, call, context);
		else if (tail->partial_size < TAIL_LINE && bytes[i] != '\0')
			tail->partial[tail->partial_size++] = bytes[i];
	}
}

const char *tail_line(const struct tail *tail, size_t index)
{
	size_t kept = tail->count < TAIL_LINES ? tail->count : TAIL_LINES;
	return index < kept ? tail->lines[(tail->count - kept + index) % TAIL_LINES] : NULL;
}
