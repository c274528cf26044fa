/* core_tail_test.c: bytes come in any pieces, whole clean lines go out, and the last ones are kept. */
#include "core/tail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char seen[4096];

static void note(void *context, const char *line)
{
	(void)context;
	strcat(seen, line);
	strcat(seen, "|");
}

static int forget(void **state)
{
	(void)state;
	seen[0] = '\0';
	return 0;
}

static void feed(struct tail *tail, const char *text)
{
	tail_feed(tail, text, strlen(text), note, NULL);
}

static void lines_are_put_together(void **state)
{
	(void)state;
	struct tail tail = {0};
	feed(&tail, "one\ntw");
	assert_string_equal(seen, "one|");
	feed(&tail, "o\n\n\nthree");
	assert_string_equal(seen, "one|two|");
	tail_end(&tail, note, NULL);
	assert_string_equal(seen, "one|two|three|");
	tail_end(&tail, note, NULL);
	assert_string_equal(seen, "one|two|three|");
}

static void last_lines_are_kept(void **state)
{
	(void)state;
	struct tail tail = {0};
	assert_null(tail_line(&tail, 0));
	for (int i = 0; i < TAIL_LINES + 5; i++) {
		char line[16];
		snprintf(line, sizeof line, "%d\n", i);
		feed(&tail, line);
	}
	assert_string_equal(tail_line(&tail, 0), "5");
	assert_string_equal(tail_line(&tail, TAIL_LINES - 1), "24");
	assert_null(tail_line(&tail, TAIL_LINES));
}

static void long_lines_are_cut(void **state)
{
	(void)state;
	struct tail tail = {0};
	char line[TAIL_LINE * 3];
	memset(line, 'x', sizeof line);
	tail_feed(&tail, line, sizeof line, note, NULL);
	feed(&tail, "\nnext\n");
	assert_int_equal(strlen(tail_line(&tail, 0)), TAIL_LINE);
	assert_string_equal(tail_line(&tail, 1), "next");
}

static void lines_are_clean_text(void **state)
{
	(void)state;
	struct tail tail = {0};
	tail_feed(&tail, "a\0b\n", 4, note, NULL);
	feed(&tail, "\033[31mred\t\x7f\n");
	feed(&tail, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\n");          /* stays */
	feed(&tail, "\xff \xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82\n"); /* no UTF-8 */
	assert_string_equal(tail_line(&tail, 0), "ab");
	assert_string_equal(tail_line(&tail, 1), " [31mred  ");
	assert_string_equal(tail_line(&tail, 2), "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_string_equal(tail_line(&tail, 3), "? ? ?? ??? ???? ??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_are_put_together, forget),
		cmocka_unit_test_setup(last_lines_are_kept, forget),
		cmocka_unit_test_setup(long_lines_are_cut, forget),
		cmocka_unit_test_setup(lines_are_clean_text, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
