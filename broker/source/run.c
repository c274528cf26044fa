/* run.c: connections one after the other, with a pause between them that grows. */
#include "source/run.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/error.h"
#include "media/avlog.h"
#include "media/retry.h"
#include "media/secrets.h"
#include "source/session.h"
#include "worker/sandbox.h"
#include <errno.h>

#define SETTLED_NS (10 * NS_PER_SECOND) /* a connection that lasted so long was a good one */

/* Waits before the next try; false: the worker is to stop. */
static bool pause_after(struct source *source, struct backoff *backoff, int64_t began_ns,
			const struct media_error *error)
{
	int64_t now_ns = clock_monotonic_ns();
	if (now_ns - began_ns > SETTLED_NS + backoff->max_ns)
		backoff_reset(backoff);
	return watch_sleep_until(source->host.watch, now_ns + retry_delay_ns(backoff, error));
}

/* Returns whether the stream is over, rather than only this worker. */
static bool run_connections(struct source *source)
{
	const struct config_source *config = source->job.config;
	struct backoff backoff = {.first_ns = config->reconnect_delay_ns, .max_ns = config->reconnect_delay_max_ns};
	int passes_left = config->stream_loop;
	enum session_begin begin = source->epoch_ns ? SESSION_AGAIN : SESSION_FIRST;
	for (;;) {
		struct media_error error = {0};
		int64_t began_ns = clock_monotonic_ns();
		source_update(source, NULL, NULL);
		enum session_end end = session_run(source, begin, &passes_left, &error);
		if (watch_stopping(source->host.watch))
			return false;
		if (end == SESSION_DONE && passes_left == 0) {
			report_state(source->host.report, FB_ENDED, error.text[0] ? &error : NULL);
			return true;
		}
		if (end == SESSION_DONE) {
			passes_left -= passes_left > 0;
			begin = SESSION_LOOP;
			continue;
		}
		begin = SESSION_AGAIN;
		report_state(source->host.report, FB_LOST, &error);
		if (!pause_after(source, &backoff, began_ns, &error))
			return false;
	}
}

/* sandbox: strict. */
static int confine(const struct config_source *config, struct media_error *ret_error)
{
	struct reach reach;
	if (config->sandbox == CONFIG_SANDBOX_OFF)
		return 0;
	int r = reach_input(config->url, config->format, &config->format_options, &reach, ret_error);
	return r < 0 ? r : sandbox_enter(&reach, ret_error);
}

/* The next worker may be luckier. */
static int give_up(struct source *source, const struct media_error *error)
{
	report_state(source->host.report, FB_LOST, error);
	watch_sleep_until(source->host.watch, clock_monotonic_ns() + source->job.config->reconnect_delay_max_ns);
	return watch_stopping(source->host.watch) ? 0 : error_set(EINVAL, "%s", error->text);
}

static void hide_secrets(const struct config_source *config)
{
	secrets_forget();
	secrets_add_login(config->user, config->password);
	secrets_add_url(config->url);
	secrets_add_options(&config->format_options);
	secrets_add_options(&config->codec_options);
}

static void play(struct source *source)
{
	source_update_outputs(source, NULL, NULL);
	report_epoch(source->host.report, source->epoch_ns);
	bool over = run_connections(source);
	if (!source->timeline.rules.live) /* a file's next worker begins with it at pts 0 */
		report_epoch(source->host.report, 0);
	outputs_finish(&source->outputs, over);
}

int source_run(fb_broker *broker, struct job *job, const char *topic)
{
	struct watch watch;
	struct source source = {.job = *job, .epoch_ns = job->epoch_ns};
	source.host = (struct output_host){.broker = broker, .watch = &watch};
	watch_init(&watch, broker);
	avlog_start(topic);
	hide_secrets(job->config);
	struct media_error error;
	int confined = confine(job->config, &error); /* before there is another thread */
	int r = report_create(broker, &watch, topic, &source.host.report);
	if (r == 0) {
		if (confined < 0)
			r = give_up(&source, &error);
		else
			play(&source);
		report_destroy(source.host.report);
	}
	job_finish(&source.job);
	return r;
}
