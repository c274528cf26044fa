/* source_live_test.c: the worker on a camera that the test plays: a TCP server that sends MPEG-TS, hangs up, or is
 * silent. */
#include "source_double.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES 300

struct camera {
	int listener, port;
	pthread_t thread;
	bool silent; /* accepts and says nothing */
	bool stays;  /* says nothing more after the clip, instead of hanging up */
	bool drips;  /* sends the clip again and again, in small pieces */
	size_t skip; /* bytes of the clip that nobody gets */
	atomic_int callers;
};

static struct broker_double *broker;
static char *clip;
static size_t clip_size;

static bool send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

static void play(const struct camera *camera, int fd)
{
	const size_t piece = camera->drips ? 188 * 20 : clip_size;
	do {
		for (size_t at = camera->skip; at < clip_size; at += piece) {
			size_t left = clip_size - at;
			if (!send_all(fd, clip + at, left < piece ? left : piece))
				return;
			struct timespec pause = {.tv_nsec = camera->drips ? 20000000 : 0};
			nanosleep(&pause, NULL);
		}
	} while (camera->drips);
}

static void *camera_thread(void *opaque)
{
	struct camera *camera = opaque;
	int quiet[16], count = 0, fd;
	while ((fd = accept(camera->listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&camera->callers, 1);
		if (!camera->silent)
			play(camera, fd);
		if ((camera->silent || camera->stays) && count < 16)
			quiet[count++] = fd;
		else
			close(fd);
	}
	while (count > 0)
		close(quiet[--count]);
	return NULL;
}

static void camera_start(struct camera *camera)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	camera->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(camera->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(camera->listener, 16), 0);
	assert_int_equal(getsockname(camera->listener, (struct sockaddr *)&address, &size), 0);
	camera->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&camera->thread, NULL, camera_thread, camera), 0);
}

static void camera_stop(struct camera *camera)
{
	shutdown(camera->listener, SHUT_RDWR);
	pthread_join(camera->thread, NULL);
	close(camera->listener);
}

/* Runs a worker on the camera until it has published so many frames. */
static void watch_camera(struct camera *camera, const char *keys, unsigned frames)
{
	char text[512];
	broker->stop_after = frames;
	snprintf(text, sizeof text, "{url: \"tcp://127.0.0.1:%d\", reconnect_delay: 10ms%s}", camera->port, keys);
	assert_int_equal(double_run(text, 0), 0);
	assert_int_equal(broker->rewritten, 0);
	assert_int_equal(broker->overdrawn, 0);
	assert_int_equal(broker->left, 0);
	assert_int_equal(broker->ended, 0); /* a lost camera is a state, not an end */
}

static void a_lost_camera_comes_back(void **state)
{
	(void)state;
	struct camera camera = {0};
	const struct double_frame *frames[FRAMES];
	broker = double_begin();
	camera_start(&camera);
	watch_camera(&camera, "", 130);
	camera_stop(&camera);
	assert_true(camera.callers >= 3);
	assert_true(double_had_state(FB_LIVE));
	assert_true(double_had_state(FB_LOST));
	assert_int_equal(broker->generations, 1); /* the same layout: the same generation */
	unsigned count = double_frames("clip", frames, FRAMES), breaks = 0;
	assert_true(count >= 130);
	for (unsigned i = 0; i < count; i++) {
		bool first_of_call = i % 50 == 0;
		assert_true(i == 0 || frames[i]->pts_ns > frames[i - 1]->pts_ns);
		assert_int_equal(!!(frames[i]->flags & FB_DISCONTINUITY), i > 0 && first_of_call);
		assert_true(!first_of_call || (frames[i]->flags & FB_KEY_FRAME));
		assert_true(frames[i]->capture_ns > 0 && frames[i]->utc_ns > 0);
		breaks += first_of_call;
	}
	assert_int_equal(breaks, 3);
	assert_non_null(strstr(broker->error, "ended the stream"));
	assert_non_null(strstr(broker->report, "\"live\":true"));
}

static void nothing_comes_before_the_first_key_frame(void **state)
{
	(void)state;
	struct camera camera = {.skip = 188 * 40};
	const struct double_frame *frames[FRAMES];
	broker = double_begin();
	camera_start(&camera);
	watch_camera(&camera, "", 20);
	camera_stop(&camera);
	double_frames("clip", frames, FRAMES);
	assert_true(frames[0]->flags & FB_KEY_FRAME);
	assert_true(frames[0]->pts_ns > 0); /* 0 is the first packet's time, key frame or not */
}

static void a_camera_never_waits(void **state)
{
	(void)state;
	struct camera camera = {0};
	broker = double_begin();
	broker->full = true;
	broker->stop_when_dropped = 30;
	camera_start(&camera);
	watch_camera(&camera, "", 0);
	camera_stop(&camera);
	assert_true(broker->dropped >= 30);
	assert_int_equal(broker->frames, 0);
}

static void a_silent_camera_times_out(void **state)
{
	(void)state;
	struct camera camera = {.silent = true};
	broker = double_begin();
	broker->stop_on_error = true;
	camera_start(&camera);
	watch_camera(&camera, ", open_timeout: 200ms", 0);
	camera_stop(&camera);
	assert_non_null(strstr(broker->error, "timed out: no answer within 0.2 s"));
	assert_non_null(strstr(broker->report, "open_timeout"));
	assert_true(double_had_state(FB_LOST));
}

static void a_camera_that_pauses_is_stalled_then_lost(void **state)
{
	(void)state;
	struct camera camera = {.stays = true};
	broker = double_begin();
	broker->stop_on_error = true;
	camera_start(&camera);
	watch_camera(&camera, ", read_timeout: 4s, format_options: {analyzeduration: 100000}", 0);
	camera_stop(&camera);
	assert_true(double_had_state(FB_LIVE));
	assert_true(double_had_state(FB_STALLED));
	assert_true(double_had_state(FB_LOST));
	assert_non_null(strstr(broker->error, "nothing came for 4 s"));
}

static void a_camera_without_key_frames_says_so(void **state)
{
	(void)state;
	size_t whole = clip_size;
	clip_size = clip_size / 2 / 188 * 188; /* its second half has the other key frame */
	struct camera camera = {.skip = clip_size / 2 / 188 * 188, .drips = true};
	broker = double_begin();
	broker->stop_on_error = true;
	camera_start(&camera);
	watch_camera(&camera, ", read_timeout: 500ms, format_options: {analyzeduration: 100000}", 0);
	camera_stop(&camera);
	clip_size = whole;
	assert_non_null(strstr(broker->error, "no key frame"));
	assert_int_equal(broker->frames, 0);
}

static void a_camera_that_says_too_little_says_so(void **state)
{
	(void)state;
	size_t whole = clip_size;
	clip_size = 188 * 24; /* tables and a piece of a picture */
	struct camera camera = {.stays = true};
	broker = double_begin();
	broker->stop_on_error = true;
	camera_start(&camera);
	watch_camera(&camera, ", open_timeout: 300ms", 0);
	camera_stop(&camera);
	clip_size = whole;
	assert_non_null(strstr(broker->error, "too little came within 0.3 s"));
}

static void a_refused_connection_says_so(void **state)
{
	(void)state;
	struct camera camera = {0};
	broker = double_begin();
	broker->stop_on_error = true;
	camera_start(&camera);
	camera_stop(&camera);
	watch_camera(&camera, "", 0);
	assert_non_null(strstr(broker->error, "connection refused"));
}

static void a_restarted_worker_goes_on_in_time(void **state)
{
	(void)state;
	struct camera camera = {0};
	struct timespec now;
	char text[128];
	broker = double_begin();
	broker->stop_after = 5;
	camera_start(&camera);
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t epoch_ns = (now.tv_sec - 100) * INT64_C(1000000000);
	snprintf(text, sizeof text, "{url: \"tcp://127.0.0.1:%d\"}", camera.port);
	assert_int_equal(double_run(text, epoch_ns), 0);
	camera_stop(&camera);
	assert_in_range(broker->frame[0].pts_ns, INT64_C(100000000000), INT64_C(130000000000));
	assert_true(broker->frame[0].flags & FB_DISCONTINUITY);
}

static int make_clip(void **state)
{
	(void)state;
	char path[] = "/tmp/source_live_test.XXXXXX", command[512];
	int fd = mkstemp(path);
	snprintf(command, sizeof command,
		 "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=320x240:r=25:d=2 -c:v libx264 -bf 0 -g 25 -f "
		 "mpegts %s",
		 path);
	if (fd < 0 || system(command) != 0)
		return -1;
	clip_size = (size_t)lseek(fd, 0, SEEK_END);
	clip = malloc(clip_size);
	bool good = clip && pread(fd, clip, clip_size, 0) == (ssize_t)clip_size;
	close(fd);
	unlink(path);
	return good ? 0 : -1;
}

static int drop_clip(void **state)
{
	(void)state;
	free(clip);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_camera_comes_back),
		cmocka_unit_test(nothing_comes_before_the_first_key_frame),
		cmocka_unit_test(a_camera_never_waits),
		cmocka_unit_test(a_silent_camera_times_out),
		cmocka_unit_test(a_camera_that_pauses_is_stalled_then_lost),
		cmocka_unit_test(a_camera_without_key_frames_says_so),
		cmocka_unit_test(a_camera_that_says_too_little_says_so),
		cmocka_unit_test(a_refused_connection_says_so),
		cmocka_unit_test(a_restarted_worker_goes_on_in_time),
	};
	return cmocka_run_group_tests(tests, make_clip, drop_clip);
}
