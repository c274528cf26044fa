/* sink.c: a thread for each track, one that reports, and this one, which sends. */
#include "sink/sink.h"
#include "base/clock.h"
#include "base/error.h"
#include "media/avlog.h"
#include "sink/audio_track.h"
#include "sink/copy_reader.h"
#include "sink/file_name.h"
#include "sink/kept.h"
#include "sink/output_muxer.h"
#include "sink/sender.h"
#include "worker/sandbox.h"
#include <errno.h>
#include <string.h>

#define ROOM_NS (60 * NS_PER_SECOND) /* of packets that wait, beyond what the keys ask for */
#define FLASH_SAMPLE_RATE 44100
#define UNPACED_FRAMES 10000 /* frame_ahead from here on means as fast as it goes */

struct sink {
	struct host host;
	struct watch watch;
	struct output *output;
	struct video_track *video; /* of each, one at most: encoded or copied */
	struct audio_track *audio;
	struct kept *kept;
	struct copy_track *copies[QUEUE_TRACKS];
	struct copy_reader *readers[QUEUE_TRACKS];
};

/* What players of FLV expect. */
static int usual_sample_rate(const struct config_sink *config)
{
	struct media_error error;
	const AVOutputFormat *muxer;
	if (output_muxer_find(config->url, config->format, &muxer, &error) < 0 || strcmp(muxer->name, "flv") != 0)
		return 0;
	return FLASH_SAMPLE_RATE;
}

static int create_queue(struct sink *sink)
{
	const struct config_sink *config = sink->host.config;
	struct queue_options options = {
		.has = {[QUEUE_VIDEO] = config->video.stream[0], [QUEUE_AUDIO] = config->audio.stream[0]},
		.unpaced = sink->host.unpaced,
		.max_delay_ns = config->max_delay_ns,
		.longest_ns = config->max_delay_ns + config->open_timeout_ns + ROOM_NS,
		.see = sink->kept ? kept_see : NULL,
		.context = sink->kept};
	return queue_create(&options, &sink->host.queue);
}

static int create_video(struct sink *sink, const struct job *job, struct media_error *ret_error)
{
	if (!job->config->video.stream[0])
		return 0;
	if (job->video.stream[0])
		return copy_track_create(&sink->host, QUEUE_VIDEO, &job->video, sink->output,
					 &sink->copies[QUEUE_VIDEO], ret_error);
	return video_track_create(&sink->host, &sink->video, ret_error);
}

static int create_audio(struct sink *sink, const struct job *job, struct media_error *ret_error)
{
	if (!job->config->audio.stream[0])
		return 0;
	if (job->audio.stream[0])
		return copy_track_create(&sink->host, QUEUE_AUDIO, &job->audio, sink->output,
					 &sink->copies[QUEUE_AUDIO], ret_error);
	return audio_track_create(&sink->host, job->config->audio.codec, &sink->audio, ret_error);
}

/* One reader is enough for both tracks of a stream. */
static int read_copies(struct sink *sink, const struct job *job, struct media_error *ret_error)
{
	struct copy_track *video = sink->copies[QUEUE_VIDEO], *audio = sink->copies[QUEUE_AUDIO];
	bool one = video && audio && strcmp(job->video.stream, job->audio.stream) == 0;
	int r = 0;
	if (video)
		r = copy_reader_create(&sink->host, job->video.stream, video, one ? audio : NULL,
				       &sink->readers[QUEUE_VIDEO], ret_error);
	if (r == 0 && audio && !one)
		r = copy_reader_create(&sink->host, job->audio.stream, NULL, audio, &sink->readers[QUEUE_AUDIO],
				       ret_error);
	return r;
}

static int open_all(struct sink *sink, const struct job *job, struct media_error *ret_error)
{
	int r = output_create(sink->host.config, &sink->watch, &sink->output, ret_error);
	if (r < 0)
		return r;
	sink->host.global_header = output_wants_global_header(sink->output);
	sink->host.sample_rate = usual_sample_rate(sink->host.config);
	r = create_video(sink, job, ret_error);
	if (r == 0)
		r = create_audio(sink, job, ret_error);
	return r < 0 ? r : read_copies(sink, job, ret_error);
}

/* Keys that are wrong stay so: nothing to do but to say it. */
static void wait_for_stop(struct sink *sink, const struct media_error *error)
{
	report_state(sink->host.report, FB_LOST, error);
	while (watch_sleep_until(&sink->watch, clock_monotonic_ns() + NS_PER_SECOND))
		;
}

static void run(struct sink *sink, const struct job *job)
{
	struct media_error error = {0};
	if (open_all(sink, job, &error) < 0) {
		wait_for_stop(sink, &error);
	} else {
		struct sender sender = {
			.host = &sink->host, .output = sink->output, .watch = &sink->watch, .video = sink->video};
		sender_run(&sender);
	}
	video_track_destroy(sink->video);
	audio_track_destroy(sink->audio);
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		copy_reader_destroy(sink->readers[i]);
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		copy_track_destroy(sink->copies[i]);
	output_destroy(sink->output);
}

/* sandbox: strict. The folder is made first: below it, all is allowed. */
static int confine(const struct config_sink *config, struct media_error *ret_error)
{
	struct reach reach;
	if (config->sandbox == CONFIG_SANDBOX_OFF)
		return 0;
	int r = reach_output(config->url, &config->format_options, &reach, ret_error);
	for (unsigned i = 0; r == 0 && i < reach.count; i++)
		if (reach.paths[i].write)
			r = file_name_make_folders(reach.paths[i].path, ret_error);
	return r < 0 ? r : sandbox_enter(&reach, ret_error);
}

/* The next worker may be luckier. */
static int give_up(struct sink *sink, const struct media_error *error)
{
	report_state(sink->host.report, FB_LOST, error);
	watch_sleep_until(&sink->watch, clock_monotonic_ns() + sink->host.config->reconnect_delay_max_ns);
	return watch_stopping(&sink->watch) ? 0 : error_set(EINVAL, "%s", error->text);
}

int sink_run(fb_broker *broker, struct job *job, const char *topic)
{
	struct sink sink = {.host = {.broker = broker, .config = job->config, .same_clock = job->same_clock}};
	sink.host.unpaced = job->config->video.stream[0] && job->config->video.frame_ahead >= UNPACED_FRAMES;
	pthread_mutex_init(&sink.host.lock, NULL);
	timeline_init(&sink.host.timeline, job->config->max_delay_ns);
	watch_init(&sink.watch, broker);
	avlog_start(topic);
	struct media_error error;
	int confined = confine(job->config, &error); /* before there is another thread */
	int r = job->packets[0] ? kept_create(broker, job->packets, job->config, &sink.kept) : 0;
	if (r == 0)
		r = create_queue(&sink);
	if (r == 0)
		r = report_create(broker, &sink.watch, topic, &sink.host.report);
	if (r == 0) {
		if (confined < 0)
			r = give_up(&sink, &error);
		else
			run(&sink, job);
		report_destroy(sink.host.report);
	}
	queue_destroy(sink.host.queue);
	kept_destroy(sink.kept);
	pthread_mutex_destroy(&sink.host.lock);
	job_finish(job);
	return r;
}
