/* A core, or who says so, tells that it took over when it should not: the client does not trust it, nor drown. */
#include "support/control_fixture.h"
#include "support/played_core.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static int do_wait(struct played *core)
{
	struct fb_stream_info info;
	return fb_wait(core->broker, "some", PATIENCE, &info);
}

static void test_resumed_before_welcome(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin(&core);
	call_begin(&call, &core, call_connect);
	for (int i = 0; i < 3; i++) {
		played_accept(&core);
		struct wire_packet hello;
		played_take_type(&core, WIRE_HELLO, &hello);
		played_resume(&core);
		assert_int_equal(recv(core.fd, &(char){0}, 1, 0), 0); /* it hangs up */
	}
	played_accept(&core);
	struct wire_packet hello;
	played_take(&core, &hello);
	played_answer(&core, &hello.message);
	call_assert(&call, 0, "");
	played_assert_quiet(&core);
	played_end(&core);
}

static void test_resumed_with_odd_fields(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	int fds[LIMIT_MESSAGE_FDS];
	played_begin_connected(&core);
	call_begin(&call, &core, do_wait);
	struct wire_packet wait;
	played_take(&core, &wait);
	struct wire_message odd = {.type = WIRE_RESUMED,
				   .flags = UINT32_MAX,
				   .place = PLAYED_PLACE,
				   .error = ESTALE,
				   .text = "text",
				   .text_size = 4};
	strcpy(odd.name, "none");
	for (int i = 0; i < LIMIT_MESSAGE_FDS; i++)
		fds[i] = core.listening;
	played_send(&core, &odd, fds, LIMIT_MESSAGE_FDS);
	played_take_again(&core, &wait);
	played_answer(&core, &wait.message);
	call_assert(&call, 0, "");

	call_begin(&call, &core, do_wait); /* as an answer it is none */
	played_take(&core, &wait);
	odd.serial = wait.message.serial;
	played_send(&core, &odd, fds, 1);
	call_assert(&call, -EPROTO, "answered with resumed");
	played_assert_quiet(&core);
	played_end(&core);
}

/* It says nothing else, and reads nothing: the client does not drown, and is all there when somebody listens. */
static void test_resumed_all_the_time(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin_connected(&core);
	call_begin(&call, &core, do_wait);
	struct wire_packet wait;
	played_take(&core, &wait);
	for (int i = 0; i < 3000; i++)
		played_resume(&core);
	int again = 0;
	while (again == 0 || poll(&(struct pollfd){.fd = core.fd, .events = POLLIN}, 1, 200) == 1) {
		played_take_again(&core, &wait);
		again++;
	}
	assert_in_range(again, 1, 3000);
	played_answer(&core, &wait.message);
	call_assert(&call, 0, "");
	played_assert_quiet(&core);
	played_end(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resumed_before_welcome),
		cmocka_unit_test(test_resumed_with_odd_fields),
		cmocka_unit_test(test_resumed_all_the_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
