/* control_fixture.c: the server's process, and its clients' steps. */
#include "support/control_fixture.h"
#include "api/worker.h"
#include "base/fd.h"
#include "support/control_serve.h"
#include "unit/control_support.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the server ---- */

/* In this process, or as the program $CONTROL_SERVER, so that valgrind looks at the clients only. */
static void serve(const struct control_fixture *fixture, int worker, int ready)
{
	const char *program = getenv("CONTROL_SERVER");
	char numbers[2][16];
	if (!program)
		control_serve(fixture->folder, worker, ready);
	snprintf(numbers[0], sizeof numbers[0], "%d", worker);
	snprintf(numbers[1], sizeof numbers[1], "%d", ready);
	fcntl(worker, F_SETFD, 0);
	execl(program, program, fixture->folder, numbers[0], numbers[1], (char *)NULL);
	_exit(1);
}

void control_fixture_start(struct control_fixture *fixture)
{
	int ready[2], worker[2];
	char byte;
	fd_close(&fixture->worker);
	unlink(fixture->path);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, worker), 0);
	fixture->pid = fork();
	if (fixture->pid == 0) {
		close(ready[0]);
		close(worker[0]);
		serve(fixture, worker[1], ready[1]);
	}
	close(ready[1]);
	close(worker[1]);
	fixture->worker = worker[0];
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

void control_fixture_kill(struct control_fixture *fixture)
{
	kill(fixture->pid, SIGKILL);
	waitpid(fixture->pid, NULL, 0);
	fixture->pid = 0;
}

static bool end_server(struct control_fixture *fixture)
{
	int status = 0;
#ifdef __SANITIZE_THREAD__ /* a server that was forked among threads may hear no signals there */
	kill(fixture->pid, SIGKILL);
	waitpid(fixture->pid, NULL, 0);
	return true;
#endif
	kill(fixture->pid, SIGTERM);
	waitpid(fixture->pid, &status, 0);
	if (status != 0)
		print_error("the server ended with status %#x\n", (unsigned)status);
	return status == 0;
}

int count_ring_maps(void)
{
	char line[512];
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof line, maps))
		count += strstr(line, "memfd:") != NULL;
	fclose(maps);
	return count;
}

int control_fixture_setup(void **state)
{
	struct control_fixture *fixture = calloc(1, sizeof *fixture);
	fixture->fds_before = count_fds();
	fixture->maps_before = count_ring_maps();
	fixture->worker = -1;
	strcpy(fixture->folder, "/tmp/framebroker-test-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	snprintf(fixture->path, sizeof fixture->path, "%s/socket", fixture->folder);
	control_fixture_start(fixture);
	*state = fixture;
	return 0;
}

int control_fixture_teardown(void **state)
{
	struct control_fixture *fixture = *state;
	bool ended = !fixture->pid || end_server(fixture);
	fd_close(&fixture->worker);
	unlink(fixture->path);
	rmdir(fixture->folder);
	int fds = count_fds() - fixture->fds_before, maps = count_ring_maps() - fixture->maps_before;
	free(fixture);
	if (fds || maps)
		print_error("%d descriptors and %d mappings were left\n", fds, maps);
	return fds || maps || !ended ? -1 : 0;
}

/* ---- clients ---- */

static void must(int err)
{
	if (err < 0)
		fail_msg("%s: %s", strerrorname_np(-err), fb_error_text());
}

fb_broker *control_fixture_connect(const struct control_fixture *fixture)
{
	fb_broker *broker = NULL;
	must(fb_connect(fixture->path, PATIENCE, &broker));
	return broker;
}

fb_broker *control_fixture_worker(struct control_fixture *fixture)
{
	char address[16];
	fb_broker *broker = NULL;
	snprintf(address, sizeof address, "fd:%d", fd_take(&fixture->worker));
	must(fb_connect(address, PATIENCE, &broker));
	return broker;
}

fb_writer *writer_of_shown(fb_broker *broker)
{
	fb_writer *writer = NULL;
	must(fb_writer_open(broker, "shown", NULL, &writer));
	return writer;
}

fb_writer *writer_of_cam(fb_broker *worker, uint32_t width)
{
	struct fb_worker_layout layout = {.claims = 2, .linesize = {(int32_t)(width + 63) / 64 * 64}};
	layout.info = (struct fb_stream_info){.media = FB_VIDEO,
					      .width = width,
					      .height = 16,
					      .format = "gray",
					      .frame_rate = {25, 1},
					      .planes = 1,
					      .plane = {{16, width, 1, 1}},
					      .slot_bytes = 16 * (uint64_t)layout.linesize[0]};
	fb_writer *writer = NULL;
	must(fb_worker_writer_open(worker, "cam", &layout, &writer));
	return writer;
}

fb_reader *reader_of(fb_broker *broker, const char *stream, enum fb_mode mode, uint32_t max_held)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = mode;
	options.max_held = max_held;
	fb_reader *reader = NULL;
	must(fb_reader_open(broker, stream, &options, &reader));
	return reader;
}

uint64_t write_value(fb_writer *writer, uint8_t value)
{
	struct fb_slot slot;
	uint64_t seq = 0;
	must(fb_writer_claim(writer, NULL, PATIENCE, &slot));
	memset(slot.data[0], value, 16 * (size_t)slot.linesize[0]);
	slot.pts_ns = value * 1000;
	must(fb_slot_publish(&slot, &seq));
	return seq;
}

bool frame_is(const struct fb_frame *frame, uint8_t value)
{
	for (uint32_t y = 0; y < frame->info->height; y++)
		for (uint32_t x = 0; x < frame->info->width; x++)
			if (frame->data[0][y * (size_t)frame->linesize[0] + x] != value)
				return false;
	return frame->pts_ns == value * 1000;
}

struct fb_frame read_frame(fb_reader *reader, uint8_t value)
{
	struct fb_frame frame;
	must(fb_reader_read(reader, PATIENCE, &frame));
	if (!frame_is(&frame, value))
		fail_msg("frame %d instead of %d", frame.data[0][0], value);
	return frame;
}

void read_value(fb_reader *reader, uint8_t value)
{
	struct fb_frame frame = read_frame(reader, value);
	fb_frame_release(&frame);
}

void assert_error(int err, int expected, const char *part)
{
	if (err != expected || !strstr(fb_error_text(), part))
		fail_msg("%d (%s) instead of %d (%s)", err, fb_error_text(), expected, part);
}
