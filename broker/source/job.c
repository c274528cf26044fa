/* job.c: reads the core's JSON. */
#include "source/job.h"
#include "base/error.h"
#include "worker/job_text.h"
#include <errno.h>
#include <jansson.h>
#include <string.h>

static int read_keys(const char *name, const char *keys, struct config_source **ret_config)
{
	struct config_errors errors = {0};
	int r = config_source_from_text(name, keys, NULL, ret_config, &errors);
	if (r < 0)
		r = error_set(EINVAL, "the job's keys: %s", errors.count ? errors.lines[0] : "wrong");
	config_errors_clear(&errors);
	return r;
}

int job_read(const char *text, struct job *ret_job)
{
	const char *name, *keys;
	json_t *root, *wanted = NULL;
	json_int_t epoch_ns = 0;
	int r = job_text_unpack(text, &root, "{s:s, s:s, s?:I, s?:o}", "name", &name, "keys", &keys, "epoch_ns",
				&epoch_ns, "wanted", &wanted);
	if (r < 0)
		return r;
	r = read_keys(name, keys, &ret_job->config);
	if (r == 0) {
		ret_job->epoch_ns = epoch_ns > 0 ? epoch_ns : 0;
		ret_job->wanted = json_incref(wanted);
	}
	json_decref(root);
	return r;
}

bool job_wants(const struct job *job, const char *output)
{
	size_t i;
	json_t *name;
	if (!job->wanted)
		return true;
	json_array_foreach (job->wanted, i, name)
		if (json_is_string(name) && strcmp(json_string_value(name), output) == 0)
			return true;
	return false;
}

void job_finish(struct job *job)
{
	json_decref(job->wanted);
	job->wanted = NULL;
	config_source_free(job->config);
	job->config = NULL;
}
