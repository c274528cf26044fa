/* url.c: user and password go into any URL, and neither is to be seen in what logs and status show of it. */
#include "config/url.h"
#include "fuzz/input.h"

#define SECRET "Geh31m"

static void check_redacted(const char *url)
{
	char shown[CONFIG_URL_SIZE], cut[32];
	config_url_redacted(url, shown, sizeof shown);
	FUZZ_CHECK(!strstr(shown, SECRET));
	config_url_redacted(url, cut, sizeof cut);
	FUZZ_CHECK(strlen(cut) < sizeof cut);
}

/* Three texts, each after its length: url, user and password. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *user = input_text(&input, input_u8(&input) % 32), *rest = input_text(&input, input_u8(&input) % 32);
	char *url = input_text(&input, LIMIT_URL);
	char whole[CONFIG_URL_SIZE], shown[CONFIG_URL_SIZE], password[64];
	snprintf(password, sizeof password, SECRET "%s", rest);
	config_url_redacted(url, shown, sizeof shown);
	if (!strstr(url, SECRET) && config_url_with_credentials(url, user, password, whole, sizeof whole) == 0) {
		FUZZ_CHECK(strstr(whole, SECRET));
		check_redacted(whole);
	}
	free(user);
	free(rest);
	free(url);
	return 0;
}
