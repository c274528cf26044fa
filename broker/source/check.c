/* check.c: the same questions that a worker asks when it opens its source. */
#include "source/check.h"
#include "config/source.h"
#include "media/avlog.h"
#include "media/filter.h"
#include "source/decoder.h"
#include "source/hardware.h"
#include "source/input.h"
#include "source/video.h"
#include "worker/sandbox.h"
#include <stdlib.h>

/* r: what a check returned. */
static unsigned say(const struct config_source *source, int r, const struct media_error *error)
{
	if (r < 0)
		fprintf(stderr, "sources.%s: %s%s%s\n", source->name, error->text, error->mend[0] ? "; " : "",
			error->mend);
	return r < 0;
}

static int check_sandbox(const struct config_source *source, struct media_error *ret_error)
{
	struct reach reach;
	int r = reach_input(source->url, source->format, &source->format_options, &reach, ret_error);
	return r < 0 ? r : sandbox_check(ret_error);
}

static unsigned check_source(const struct config_source *source)
{
	struct media_error error;
	const AVInputFormat *demuxer;
	const AVCodec *codec;
	enum AVPixelFormat format;
	unsigned wrong = say(source, input_find_demuxer(source, &demuxer, &error), &error);
	wrong += say(source, decoder_find_named(source, &codec, &error), &error);
	wrong += say(source, hardware_check_name(source, &error), &error);
	if (source->sandbox == CONFIG_SANDBOX_STRICT)
		wrong += say(source, check_sandbox(source, &error), &error);
	for (size_t i = 0; i < source->output_count; i++) {
		const struct config_output *output = &source->outputs[i];
		wrong += say(source, video_find_format(output, &format, &error), &error);
		wrong += output->filter[0] && say(source, filter_check(output->filter, &error), &error);
	}
	return wrong;
}

unsigned check_sources(FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	unsigned wrong = 0;
	avlog_start("check"); /* its last line tells what is wrong with a filter */
	while (getline(&line, &size, in) > 0) {
		struct config_source *source;
		struct config_errors errors = {0};
		if (config_source_from_text(NULL, line, NULL, &source, &errors) == 0) {
			wrong += check_source(source) > 0;
			config_source_free(source);
		} else {
			fprintf(stderr, "%s\n", errors.count ? errors.lines[0] : "a source that makes no sense");
			wrong++;
		}
		config_errors_clear(&errors);
	}
	free(line);
	return wrong;
}
