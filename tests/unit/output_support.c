/* output_support.c: see the header. */
#include "output_support.h"
#include "api/worker.h"
#include "base/clock.h"
#include "media/avlog.h"
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIDTH 64
#define HEIGHT 48
#define SAMPLE_RATE 8000

atomic_bool test_stopping;

bool fb_worker_stopping(fb_broker *broker)
{
	(void)broker;
	return atomic_load(&test_stopping);
}

struct config_sink sink_to(const char *url)
{
	return (struct config_sink){
		.name = "test",
		.url = (char *)url,
		.user = "",
		.password = "",
		.format = "",
		.open_timeout_ns = NS_PER_SECOND,
		.write_timeout_ns = NS_PER_SECOND,
	};
}

static struct watch watch;

struct output *output_of(const struct config_sink *config)
{
	struct output *output = NULL;
	struct media_error error = {0};
	avlog_start("test"); /* not onto the test's own output */
	watch_init(&watch, NULL);
	atomic_store(&test_stopping, false);
	int r = output_create(config, &watch, &output, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(r, 0);
	return output;
}

struct media_error refusal_of(const struct config_sink *config)
{
	struct output *output = NULL;
	struct media_error error = {0};
	avlog_start("test");
	watch_init(&watch, NULL);
	assert_true(output_create(config, &watch, &output, &error) < 0);
	assert_null(output);
	return error;
}

struct config_dictionary option(const char *key, const char *value)
{
	static struct config_pair pair;
	pair = (struct config_pair){(char *)key, (char *)value};
	return (struct config_dictionary){&pair, 1};
}

static void open_video(struct clip *clip, const char *name, bool global_header)
{
	AVCodecContext *video = clip->video = avcodec_alloc_context3(avcodec_find_encoder_by_name(name));
	assert_non_null(video);
	video->width = WIDTH;
	video->height = HEIGHT;
	video->pix_fmt = AV_PIX_FMT_YUV420P;
	video->time_base = (AVRational){1, RATE};
	video->framerate = (AVRational){RATE, 1};
	video->gop_size = GOP;
	video->max_b_frames = 0;
	video->flags |= global_header ? AV_CODEC_FLAG_GLOBAL_HEADER : 0;
	av_opt_set(video->priv_data, "preset", "ultrafast", 0);
	av_opt_set(video->priv_data, "tune", "zerolatency", 0);
	assert_int_equal(avcodec_open2(video, NULL, NULL), 0);
}

static void open_audio(struct clip *clip, const char *name, bool global_header)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	AVCodecContext *audio = clip->audio = avcodec_alloc_context3(codec);
	assert_non_null(audio);
	audio->sample_fmt = codec->sample_fmts[0];
	audio->sample_rate = SAMPLE_RATE;
	audio->time_base = (AVRational){1, SAMPLE_RATE};
	av_channel_layout_default(&audio->ch_layout, 1);
	audio->flags |= global_header ? AV_CODEC_FLAG_GLOBAL_HEADER : 0;
	assert_int_equal(avcodec_open2(audio, NULL, NULL), 0);
}

static void add_track(struct clip *clip, const AVCodecContext *codec)
{
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	assert_true(avcodec_parameters_from_context(parameters, codec) >= 0);
	clip->tracks[clip->count++] = (struct output_track){parameters, codec->time_base, codec->framerate};
}

void clip_open(struct clip *clip, const char *video_codec, const char *audio_codec, bool global_header)
{
	*clip = (struct clip){.waiting = av_packet_alloc()};
	if (video_codec) {
		open_video(clip, video_codec, global_header);
		add_track(clip, clip->video);
	}
	if (audio_codec) {
		open_audio(clip, audio_codec, global_header);
		add_track(clip, clip->audio);
	}
}

void clip_close(struct clip *clip)
{
	for (unsigned i = 0; i < clip->count; i++)
		avcodec_parameters_free((AVCodecParameters **)&clip->tracks[i].parameters);
	avcodec_free_context(&clip->video);
	avcodec_free_context(&clip->audio);
	av_packet_free(&clip->waiting);
}

static AVFrame *make_frame(struct clip *clip, bool video)
{
	AVFrame *frame = av_frame_alloc();
	if (video) {
		frame->format = clip->video->pix_fmt;
		frame->width = WIDTH;
		frame->height = HEIGHT;
		frame->pts = clip->frames++;
	} else {
		frame->format = clip->audio->sample_fmt;
		frame->nb_samples = clip->audio->frame_size ? clip->audio->frame_size : 160;
		av_channel_layout_copy(&frame->ch_layout, &clip->audio->ch_layout);
		frame->sample_rate = SAMPLE_RATE;
		frame->pts = (int64_t)clip->blocks++ * frame->nb_samples;
	}
	assert_int_equal(av_frame_get_buffer(frame, 0), 0);
	if (video) {
		static unsigned noise = 1; /* it fills buffers soon */
		for (int i = 0; i < frame->linesize[0] * HEIGHT; i++)
			frame->data[0][i] = (uint8_t)((noise = noise * 1103515245 + 12345) >> 16);
	} else {
		av_samples_set_silence(frame->data, 0, frame->nb_samples, 1, frame->format);
	}
	return frame;
}

static int send(struct clip *clip, struct output *output, bool video, struct media_error *ret_error)
{
	AVCodecContext *codec = video ? clip->video : clip->audio;
	AVFrame *frame = make_frame(clip, video);
	assert_int_equal(avcodec_send_frame(codec, frame), 0);
	av_frame_free(&frame);
	int r = 0;
	while (r == 0 && avcodec_receive_packet(codec, clip->waiting) == 0) {
		clip->waiting->stream_index = video || !clip->video ? 0 : 1;
		if (clip->waiting->duration == 0)
			clip->waiting->duration = video ? 1 : 160;
		r = output_write(output, clip->waiting, ret_error);
	}
	return r;
}

static double sound_time(const struct clip *clip)
{
	return (double)clip->blocks * (clip->audio->frame_size ? clip->audio->frame_size : 160) / SAMPLE_RATE;
}

int clip_write(struct clip *clip, struct output *output, int frames, struct media_error *ret_error)
{
	int r = 0;
	for (int end = clip->frames + frames; r == 0 && clip->frames < end;) {
		if (clip->video)
			r = send(clip, output, true, ret_error);
		else
			clip->frames++;
		while (r == 0 && clip->audio && sound_time(clip) < (double)clip->frames / RATE)
			r = send(clip, output, false, ret_error);
	}
	return r;
}

static void count_packet(const AVFormatContext *format, const AVPacket *packet, struct content *content)
{
	int track = packet->stream_index;
	double time = (double)packet->pts * av_q2d(format->streams[track]->time_base);
	if (content->packets[track]++ == 0) {
		content->first[track] = time;
		content->begins_with_key |= track == 0 && (packet->flags & AV_PKT_FLAG_KEY);
	}
	content->keys += track == 0 && (packet->flags & AV_PKT_FLAG_KEY);
	content->last[track] = fmax(content->last[track], time);
}

bool content_read(const char *path, struct content *ret_content)
{
	AVFormatContext *format = NULL;
	*ret_content = (struct content){0};
	if (avformat_open_input(&format, path, NULL, NULL) < 0)
		return false;
	AVPacket *packet = av_packet_alloc();
	while (av_read_frame(format, packet) >= 0) {
		if (packet->stream_index < 2)
			count_packet(format, packet, ret_content);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	avformat_close_input(&format);
	return true;
}
