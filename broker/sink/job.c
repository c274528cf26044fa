/* job.c: reads the core's JSON. */
#include "sink/job.h"
#include "base/error.h"
#include "worker/job_text.h"
#include <errno.h>
#include <stdio.h>

static int read_keys(const char *name, const char *keys, struct config_sink **ret_config)
{
	struct config_errors errors = {0};
	int r = config_sink_from_text(name, keys, NULL, ret_config, &errors);
	if (r < 0)
		r = error_set(EINVAL, "the job's keys: %s", errors.count ? errors.lines[0] : "wrong");
	config_errors_clear(&errors);
	return r;
}

int job_read(const char *text, struct job *ret_job)
{
	const char *name, *keys, *packets = "", *video = "", *audio = "";
	int same_clock = 0;
	json_t *root;
	struct job job = {0};
	int r = job_text_unpack(text, &root, "{s:s, s:s, s?:b, s?:s, s?:{s:s, s:i}, s?:{s:s, s:i}}", "name", &name,
				"keys", &keys, "same_clock", &same_clock, "packets", &packets, "video", "stream",
				&video, "track", &job.video.track, "audio", "stream", &audio, "track",
				&job.audio.track);
	if (r < 0)
		return r;
	job.same_clock = same_clock;
	snprintf(job.packets, sizeof job.packets, "%s", packets);
	snprintf(job.video.stream, sizeof job.video.stream, "%s", video);
	snprintf(job.audio.stream, sizeof job.audio.stream, "%s", audio);
	r = read_keys(name, keys, &job.config);
	json_decref(root);
	if (r == 0)
		*ret_job = job;
	return r;
}

void job_finish(struct job *job)
{
	config_sink_free(job->config);
	job->config = NULL;
}
