/* stream_reader.c: opens a stream for reading, and says why it cannot be read. */
#include "stream_reader.h"
#include "names.h"
#include "report.h"
#include <errno.h>

enum exit_status stream_reader_open(fb_broker *broker, const char *stream, enum fb_mode mode, fb_reader **ret_reader)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = mode;
	int err = fb_reader_open(broker, stream, &options, ret_reader);
	if (err == -ENOENT)
		return names_unknown(broker, "stream", stream);
	return err < 0 ? report_failure(err) : EXIT_DONE;
}

enum exit_status stream_reader_failed(const fb_reader *reader, const char *stream, int64_t timeout_ns, int err)
{
	static const char *const states[] = {"idle", "connecting", "live", "stalled", "lost", "ended"};
	if (err != -ETIMEDOUT)
		return report_failure(err);
	enum fb_state state = fb_reader_state(reader);
	complain("stream %s: no frame for %.3g s, it is %s; `framebroker show %s` tells more", stream,
		 (double)timeout_ns / 1e9, state <= FB_ENDED ? states[state] : "in no known state", stream);
	return EXIT_TIMED_OUT;
}
