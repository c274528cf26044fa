/* job.c: reads the core's JSON. */
#include "sink/job.h"
#include "base/error.h"
#include <errno.h>
#include <jansson.h>
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
	const char *name = NULL, *keys = NULL, *packets = "";
	int same_clock = 0;
	json_error_t wrong;
	json_t *root = json_loads(text, 0, &wrong);
	if (!root)
		return error_set(EINVAL, "the job is no JSON: %s", wrong.text);
	int r;
	if (json_unpack_ex(root, &wrong, 0, "{s:s, s:s, s?:b, s?:s}", "name", &name, "keys", &keys, "same_clock",
			   &same_clock, "packets", &packets) < 0)
		r = error_set(EINVAL, "the job is not as expected: %s", wrong.text);
	else
		r = read_keys(name, keys, &ret_job->config);
	if (r == 0)
		snprintf(ret_job->packets, sizeof ret_job->packets, "%s", packets);
	json_decref(root);
	if (r == 0)
		ret_job->same_clock = same_clock;
	return r;
}

void job_finish(struct job *job)
{
	config_sink_free(job->config);
	job->config = NULL;
}
