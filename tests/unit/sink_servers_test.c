/* sink_servers_test.c: servers that refuse, ask for a password, or accept and never read. They live in a thread. */
#include "base/clock.h"
#include "output_support.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libavutil/avstring.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Accepts one connection at a time. With a reply, answers each request that ends with an empty line; without one it
 * reads nothing. */
struct server {
	int listener, port;
	const char *reply; /* what comes behind "RTSP/1.0 " or "HTTP/1.1 "; NULL: none; "": it hangs up */
	atomic_bool stop;
	pthread_t thread;
};

static void answer(struct server *server, int client)
{
	char request[4096], text[512];
	struct pollfd waiting = {client, POLLIN, 0};
	size_t size = 0;
	while (!atomic_load(&server->stop)) {
		if (!server->reply || poll(&waiting, 1, 20) <= 0) {
			poll(NULL, 0, 20);
			continue;
		}
		ssize_t got = read(client, request + size, sizeof request - 1 - size);
		if (got <= 0)
			return;
		if (!server->reply[0])
			return;
		size += (size_t)got;
		request[size] = '\0';
		if (!strstr(request, "\r\n\r\n"))
			continue;
		const char *cseq = av_stristr(request, "CSeq: ");
		int number = cseq ? atoi(cseq + 6) : 0;
		bool options = strncmp(request, "OPTIONS", 7) == 0;
		snprintf(text, sizeof text, "%s %s\r\nCSeq: %d\r\nContent-Length: 0\r\n\r\n",
			 strstr(request, "RTSP/1.0") ? "RTSP/1.0" : "HTTP/1.1", options ? "200 OK" : server->reply,
			 number);
		size = 0;
		if (write(client, text, strlen(text)) < 0)
			return;
	}
}

static void *serve(void *opaque)
{
	struct server *server = opaque;
	struct pollfd waiting = {server->listener, POLLIN, 0};
	while (!atomic_load(&server->stop)) {
		if (poll(&waiting, 1, 20) <= 0)
			continue;
		int client = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		answer(server, client);
		close(client);
	}
	return NULL;
}

static void server_begin(struct server *server, const char *reply)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int small = 4096;
	*server = (struct server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .reply = reply};
	setsockopt(server->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_end(struct server *server)
{
	atomic_store(&server->stop, true);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

static const char *url_of(const char *scheme, const struct server *server, const char *path)
{
	static char url[128];
	snprintf(url, sizeof url, "%s://127.0.0.1:%d%s", scheme, server->port, path);
	return url;
}

/* What opening, or else a minute of packets, ended with. */
static struct media_error failure_at(const struct config_sink *config)
{
	struct media_error error = {0}, closing = {0};
	struct output *output = output_of(config);
	struct clip clip;
	clip_open(&clip, "libx264", NULL, output_wants_global_header(output));
	if (output_open(output, clip.tracks, clip.count, &error) == 0)
		assert_true(clip_write(&clip, output, 60 * RATE, &error) < 0);
	output_close(output, false, &closing);
	assert_string_equal(closing.text, "");
	clip_close(&clip);
	output_destroy(output);
	return error;
}

static struct media_error failure_with_reply(const char *scheme, const char *path, const char *reply, bool with_user)
{
	struct server server;
	server_begin(&server, reply);
	struct config_sink sink = sink_to(url_of(scheme, &server, path));
	if (with_user) {
		sink.user = "me";
		sink.password = "very/secret";
	}
	struct media_error error = failure_at(&sink);
	server_end(&server);
	return error;
}

static void nobody_listens(void **state)
{
	(void)state;
	static const char *const schemes[] = {"rtsp", "rtmp", "tcp"};
	struct server server;
	server_begin(&server, NULL);
	server_end(&server);
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		struct config_sink sink = sink_to(url_of(schemes[i], &server, "/live/x"));
		struct media_error error = failure_at(&sink);
		assert_non_null(strstr(error.text, "/live/x: connection refused"));
		assert_non_null(strstr(error.mend, "server runs"));
	}
}

static void a_server_that_never_answers(void **state)
{
	(void)state;
	static const char *const schemes[] = {"rtsp", "rtmp"};
	struct server server;
	server_begin(&server, NULL);
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		struct config_sink sink = sink_to(url_of(schemes[i], &server, "/live/x"));
		int64_t begun_ns = clock_monotonic_ns();
		struct media_error error = failure_at(&sink);
		assert_non_null(strstr(error.text, "/live/x: timed out: no answer within 1 s"));
		assert_non_null(strstr(error.mend, "open_timeout"));
		assert_true(clock_monotonic_ns() - begun_ns >= NS_PER_SECOND);
	}
	server_end(&server);
}

static void a_server_that_never_reads(void **state)
{
	(void)state;
	struct server server;
	server_begin(&server, NULL);
	struct config_sink sink = sink_to(url_of("tcp", &server, "?send_buffer_size=4096"));
	struct media_error error = failure_at(&sink);
	assert_non_null(strstr(error.text, ": timed out: it took nothing for 1 s"));
	server_end(&server);
}

static void *stop_soon(void *opaque)
{
	(void)opaque;
	poll(NULL, 0, 100);
	atomic_store(&test_stopping, true);
	return NULL;
}

/* The time limit is longer than the test's own. */
static void stop_while_pushing_to(const char *scheme, const char *path)
{
	struct server server;
	server_begin(&server, NULL);
	struct config_sink sink = sink_to(url_of(scheme, &server, path));
	sink.open_timeout_ns = sink.write_timeout_ns = 600 * NS_PER_SECOND;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	failure_at(&sink);
	assert_int_equal(pthread_join(thread, NULL), 0);
	server_end(&server);
}

static void stopping_interrupts_opening(void **state)
{
	(void)state;
	stop_while_pushing_to("rtsp", "/x");
}

static void stopping_interrupts_writing(void **state)
{
	(void)state;
	stop_while_pushing_to("tcp", "?send_buffer_size=4096");
}

static void codes_have_a_sentence_and_a_mend(void **state)
{
	(void)state;
	static const struct {
		const char *scheme, *path, *reply, *text, *mend;
		bool with_user;
	} cases[] = {
		{"rtsp", "/x", "401 Unauthorized", "the server asks for user and password (401)", "set user", false},
		{"rtsp", "/x", "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"",
		 "the server refused user and password (401)", "check user", true},
		{"rtsp", "/x", "403 Forbidden", "the server forbids to publish there (403)", "this user", false},
		{"rtsp", "/x", "404 Not Found", "no place of that name to publish at (404)", "path", false},
		{"rtsp", "/x", "405 Method Not Allowed", "not let streams be published there (405)", "path", false},
		{"rtsp", "/x", "415 Unsupported Media Type", "does not take this codec, or these tracks together (415)",
		 "codec", false},
		{"rtsp", "/x", "500 Internal", "internal error (5xx)", "log", false},
		{"http", "/x.ts", "404 Not Found", "no place of that name to publish at (404)", "path", false},
		{"http", "/x.ts", "401 Unauthorized", "the server asks for user and password (401)", "set user", false},
		{"http", "/x.ts", "403 Forbidden", "the server forbids to publish there (403)", "this user", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct media_error error =
			failure_with_reply(cases[i].scheme, cases[i].path, cases[i].reply, cases[i].with_user);
		if (!strstr(error.text, cases[i].text) || !strstr(error.mend, cases[i].mend))
			fail_msg("%s %s: %s; %s", cases[i].scheme, cases[i].reply, error.text, error.mend);
		assert_null(strstr(error.text, "secret"));
	}
}

static void a_server_that_hangs_up(void **state)
{
	(void)state;
	struct media_error error = failure_with_reply("rtmp", "/live/x", "", false);
	assert_non_null(strstr(error.text, "/live/x: Cannot read RTMP handshake response"));
	assert_non_null(strstr(error.mend, "path in the url"));
}

static void an_unknown_host_is_said(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("rtsp://no-such-host.invalid/x");
	sink.open_timeout_ns = 10 * NS_PER_SECOND;
	struct media_error error = failure_at(&sink);
	assert_non_null(strstr(error.text, "no-such-host.invalid"));
	assert_non_null(strstr(error.text, "resolve"));
	assert_non_null(strstr(error.mend, "address"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(a_server_that_never_answers),
		cmocka_unit_test(a_server_that_never_reads),
		cmocka_unit_test(stopping_interrupts_opening),
		cmocka_unit_test(stopping_interrupts_writing),
		cmocka_unit_test(codes_have_a_sentence_and_a_mend),
		cmocka_unit_test(a_server_that_hangs_up),
		cmocka_unit_test(an_unknown_host_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
