#include "base/clock.h"
#include "media/avlog.h"
#include "media/retry.h"
#include "media/secrets.h"
#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct error_place place(void)
{
	return (struct error_place){.url = "rtsp://camera/x", .timeout_ns = 10000000000, .detail = ""};
}

static void check(int averror, struct error_place where, const char *text, const char *mend)
{
	struct media_error error;
	error_explain(&error, averror, &where);
	assert_string_equal(error.text, text);
	assert_non_null(strstr(error.mend, mend));
}

static void only_where_nobody_listens_it_is_tried_often(void **state)
{
	(void)state;
	struct backoff backoff = {.first_ns = 500 * NS_PER_MS, .max_ns = 30 * NS_PER_SECOND};
	struct error_place where = place();
	struct media_error refused, forbidden;
	error_explain(&refused, AVERROR(ECONNREFUSED), &where);
	error_explain(&forbidden, AVERROR_HTTP_FORBIDDEN, &where);
	for (int i = 0; i < 12; i++)
		assert_in_range(retry_delay_ns(&backoff, &refused), 400 * NS_PER_MS, 1200 * NS_PER_MS);
	assert_in_range(retry_delay_ns(&backoff, &forbidden), 24 * NS_PER_SECOND, 36 * NS_PER_SECOND);
	backoff = (struct backoff){.first_ns = 5 * NS_PER_SECOND, .max_ns = 30 * NS_PER_SECOND};
	for (int i = 0; i < 12; i++)
		assert_in_range(retry_delay_ns(&backoff, &refused), 4 * NS_PER_SECOND, 6 * NS_PER_SECOND);
	error_say(&refused, "", "another one");
	assert_false(refused.absent);
}

static void common_errors_have_a_sentence_and_a_mend(void **state)
{
	(void)state;
	check(AVERROR(ECONNREFUSED), place(), "rtsp://camera/x: connection refused", "server runs");
	check(AVERROR_HTTP_NOT_FOUND, place(), "rtsp://camera/x: the server has no such stream or file (404)", "path");
	check(AVERROR(ENOENT), place(), "rtsp://camera/x: no such file or device", "path");
	check(AVERROR_DECODER_NOT_FOUND, place(), "rtsp://camera/x: FFmpeg has no decoder for it", "-decoders");
	check(AVERROR_EOF, place(), "rtsp://camera/x: there is nothing in it", "empty");
}

static void a_refused_password_is_not_a_missing_one(void **state)
{
	(void)state;
	struct error_place with = place();
	check(AVERROR_HTTP_UNAUTHORIZED, with, "rtsp://camera/x: the server asks for user and password (401)",
	      "set user");
	with.has_user = true;
	check(AVERROR_HTTP_UNAUTHORIZED, with, "rtsp://camera/x: the server refused user and password (401)",
	      "check user");
}

static void a_timeout_names_its_key(void **state)
{
	(void)state;
	struct error_place late = place();
	late.timed_out = true;
	check(AVERROR_EXIT, late, "rtsp://camera/x: timed out: no answer within 10 s", "open_timeout");
	late.opened = true;
	check(AVERROR_EXIT, late, "rtsp://camera/x: timed out: connected, but nothing came for 10 s", "read_timeout");
}

static void damage_tells_what_ffmpeg_saw(void **state)
{
	(void)state;
	struct error_place where = place();
	where.detail = "moov atom not found";
	check(AVERROR_INVALIDDATA, where,
	      "rtsp://camera/x: invalid data: damaged, incomplete or not media; FFmpeg says: moov atom not found",
	      "complete");
}

static void words_of_others_are_made_printable(void **state)
{
	(void)state;
	struct media_error error;
	error_say(&error, "", "%s", "a\xff\nb \xc3\xa4 \xe2\x82 \xc0\x80 \xed\xa0\x80 z");
	assert_string_equal(error.text, "a??b \xc3\xa4 ?? ?? ??? z");
}

static void secrets_never_show(void **state)
{
	(void)state;
	char text[AVLOG_LINE];
	secrets_add_login("us er", "p@ss#1");
	avlog_redact("Opening 'rtsp://us%20er:p%40ss%231@camera/x' for p@ss#1 and us er: p%40ss%231", text,
		     sizeof text);
	assert_null(strstr(text, "p@ss#1"));
	assert_null(strstr(text, "p%40ss%231"));
	assert_null(strstr(text, "us er"));
	assert_null(strstr(text, "us%20er"));
	assert_non_null(strstr(text, "@camera/x"));
	secrets_forget();
	secrets_add_url("rtsp://me:se%20cret@h/x?token=abcdef&a=b");
	secrets_hide("me:se%20cret, se cret, abcdef, a=b, bWU6c2UgY3JldA==, abcde", text, sizeof text);
	assert_string_equal(text, "***, ***, ***, a=b, ***, ***");
	struct config_pair pairs[] = {{"headers", "Authorization: Bearer xyz123\r\n"}, {"preset", "veryfast"}};
	secrets_add_options(&(struct config_dictionary){pairs, 2});
	secrets_hide("sent xyz123, veryfast", text, sizeof text);
	assert_string_equal(text, "sent ***, veryfast");
	secrets_forget();
	avlog_redact("http://u:secret@h/y?token=abc", text, sizeof text);
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "abc"));
	char longer[2000];
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	avlog_redact(longer, text, sizeof text);
	assert_true(strlen(text) < sizeof text);
}

static void ffmpegs_last_error_is_kept_without_its_address(void **state)
{
	(void)state;
	char text[AVLOG_LINE];
	avlog_start("test");
	avlog_forget();
	av_log(NULL, AV_LOG_INFO, "no error\n");
	av_log(NULL, AV_LOG_ERROR, "[x @ 0x1234] first ");
	av_log(NULL, AV_LOG_ERROR, "half\n");
	avlog_last_error(text, sizeof text);
	assert_string_equal(text, "first half");
	avlog_forget();
	avlog_last_error(text, sizeof text);
	assert_string_equal(text, "");
}

/* However many words a header has. */
static void many_secrets_never_show(void **state)
{
	(void)state;
	char cookies[2048] = "Cookie: ", text[64];
	for (unsigned i = 0; i < 100; i++)
		snprintf(cookies + strlen(cookies), sizeof cookies - strlen(cookies), "c%03u=v%03u; ", i, i);
	struct config_pair pairs[] = {{"headers", cookies}, {"password", "xyz123"}};
	secrets_add_options(&(struct config_dictionary){pairs, 2});
	secrets_hide("c001 v099 xyz123", text, sizeof text);
	assert_string_equal(text, "*** *** ***");
	secrets_forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_where_nobody_listens_it_is_tried_often),
		cmocka_unit_test(common_errors_have_a_sentence_and_a_mend),
		cmocka_unit_test(a_refused_password_is_not_a_missing_one),
		cmocka_unit_test(a_timeout_names_its_key),
		cmocka_unit_test(damage_tells_what_ffmpeg_saw),
		cmocka_unit_test(words_of_others_are_made_printable),
		cmocka_unit_test(secrets_never_show),
		cmocka_unit_test(many_secrets_never_show),
		cmocka_unit_test(ffmpegs_last_error_is_kept_without_its_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
