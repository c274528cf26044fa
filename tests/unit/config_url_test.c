/* config_url_test.c: credentials into URLs, and out of what people see. */
#include "config/url.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void credentials_go_in(void **state)
{
	(void)state;
	static const struct {
		const char *url, *user, *password, *expected;
	} cases[] = {
		{"rtsp://h:554/x", "admin", "p@ss#1/?:%", "rtsp://admin:p%40ss%231%2F%3F%3A%25@h:554/x"},
		{"rtsp://h", "a b", "", "rtsp://a%20b@h"},
		{"ftp://h/", "", "pw", "ftp://:pw@h/"},
		{"http://[::1]:80/a@b?c=d@e", "\xc3\xbc", "-._~", "http://%C3%BC:-._~@[::1]:80/a@b?c=d@e"},
		{"/path/@x", "", "", "/path/@x"},
		{"testsrc2=size=64x64", "", "", "testsrc2=size=64x64"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char url[CONFIG_URL_SIZE];
		assert_int_equal(
			config_url_with_credentials(cases[i].url, cases[i].user, cases[i].password, url, sizeof url),
			0);
		assert_string_equal(url, cases[i].expected);
	}
}

static void credentials_have_no_place(void **state)
{
	(void)state;
	char url[64];
	static const char *const urls[] = {"movie.mp4", "/dev/video0", "file:///a.mp4",
					   "rtsp://",   "rtsp://u@h/", "://h/"};
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		assert_int_equal(config_url_with_credentials(urls[i], "u", "p", url, sizeof url), -EINVAL);
}

static void too_long(void **state)
{
	(void)state;
	char url[16];
	assert_int_equal(config_url_with_credentials("rtsp://h/1234567", "", "", url, sizeof url), -ENAMETOOLONG);
	assert_int_equal(config_url_with_credentials("rtsp://h/123456", "", "", url, sizeof url), 0);
	assert_int_equal(config_url_with_credentials("rtsp://h/12", "u", "p", url, sizeof url), 0);
	assert_int_equal(config_url_with_credentials("rtsp://h/123", "u", "p", url, sizeof url), -ENAMETOOLONG);
	config_url_redacted("rtsp://h/1234567", url, sizeof url);
	assert_string_equal(url, "rtsp://h/123456");
}

static void credentials_are_hidden(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"rtsp://h:554/x", "rtsp://h:554/x"},
		{"rtsp://u:p@h:554/x", "rtsp://***@h:554/x"},
		{"rtsp://u@h/x", "rtsp://***@h/x"},
		{"rtsp://u:p@ss#w@h/x", "rtsp://***@h/x"},
		{"rtsp://u:p#w?@h/x", "rtsp://***@h/x"},
		{"rtsp://u:p/w@h/x", "rtsp://***@h/x"},
		{"http://h/@user/v?a=b", "http://h/@user/v?a=b"},
		{"http://h:80/@user", "http://h:80/@user"},
		{"http://[::1]/@user", "http://[::1]/@user"},
		{"http://h/x?user=u&password=p@s#1&a=b", "http://h/x?user=u&password=***&a=b"},
		{"http://h/x?TOKEN=abc", "http://h/x?TOKEN=***"},
		{"http://h/x?a=1;pwd=;b=2", "http://h/x?a=1;pwd=***;b=2"},
		{"http://h/x?tokens=abc", "http://h/x?tokens=abc"},
		{"http://h/password=a", "http://h/password=a"},
		{"srt://h:9000?passphrase=0123456789&mode=caller", "srt://h:9000?passphrase=***&mode=caller"},
		{"rtmp://h/app playpath=x pubPasswd=geheim", "rtmp://h/app playpath=x pubPasswd=***"},
		{"movie.mp4?key=1", "movie.mp4?key=***"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char url[256];
		config_url_redacted(cases[i][0], url, sizeof url);
		assert_string_equal(url, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_go_in),
		cmocka_unit_test(credentials_have_no_place),
		cmocka_unit_test(too_long),
		cmocka_unit_test(credentials_are_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
