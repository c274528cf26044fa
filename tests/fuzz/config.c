/* config.c: a whole configuration. One that is refused says why; of a good one, each entry written as text is read back
 * as the same. */
#include "config/config.h"
#include "fuzz/input.h"

#define CHECK_ENTRIES(kind, list, list_count)                                                                          \
	for (size_t i = 0; i < (list_count); i++) {                                                                    \
		struct config_##kind *again = NULL;                                                                    \
		struct config_errors faults = {0};                                                                     \
		char *text = config_##kind##_to_text(&(list)[i]);                                                      \
		bool good = config_##kind##_from_text(NULL, text, NULL, &again, &faults) == 0;                         \
		if (!good)                                                                                             \
			fprintf(stderr, "%s\n%s\n", text, faults.lines[0]);                                            \
		FUZZ_CHECK(good);                                                                                      \
		char *text_again = config_##kind##_to_text(again);                                                     \
		FUZZ_CHECK(strcmp(text, text_again) == 0);                                                             \
		free(text_again);                                                                                      \
		free(text);                                                                                            \
		config_##kind##_free(again);                                                                           \
	}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = config_load_text((const char *)data, size, "fuzzed", &config, &errors);
	FUZZ_CHECK(result == 0 ? config && errors.count == 0 : !config && errors.count > 0);
	config_errors_clear(&errors);
	if (result < 0)
		return 0;
	CHECK_ENTRIES(source, config->sources, config->source_count)
	CHECK_ENTRIES(stream, config->streams, config->stream_count)
	CHECK_ENTRIES(sink, config->sinks, config->sink_count)
	free(config_broker_to_text(&config->broker));
	config_free(config);
	return 0;
}
