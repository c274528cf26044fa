/* config_entry.c: one source, stream or sink, as clients give them at run time, in YAML or JSON. The first byte says
 * which. What is accepted is written as text and read back as the same. */
#include "config/config.h"
#include "fuzz/input.h"

#define CHECK_ENTRY(kind, given)                                                                                       \
	do {                                                                                                           \
		struct config_##kind *entry = NULL, *again = NULL;                                                     \
		struct config_errors errors = {0};                                                                     \
		int result = config_##kind##_from_text(NULL, given, NULL, &entry, &errors);                            \
		FUZZ_CHECK(result == 0 ? errors.count == 0 : errors.count > 0);                                        \
		config_errors_clear(&errors);                                                                          \
		if (result < 0)                                                                                        \
			break;                                                                                         \
		char *written = config_##kind##_to_text(entry);                                                        \
		result = config_##kind##_from_text(NULL, written, NULL, &again, &errors);                              \
		if (result < 0)                                                                                        \
			fprintf(stderr, "%s\n%s\n", written, errors.lines[0]);                                         \
		FUZZ_CHECK(result == 0);                                                                               \
		char *rewritten = config_##kind##_to_text(again);                                                      \
		FUZZ_CHECK(strcmp(written, rewritten) == 0);                                                           \
		free(rewritten);                                                                                       \
		free(written);                                                                                         \
		config_##kind##_free(again);                                                                           \
		config_##kind##_free(entry);                                                                           \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t kind = input_u8(&input);
	char *text = input_text(&input, input.left);
	switch (kind % 3) {
	case 0:
		CHECK_ENTRY(source, text);
		break;
	case 1:
		CHECK_ENTRY(stream, text);
		break;
	default:
		CHECK_ENTRY(sink, text);
	}
	free(text);
	return 0;
}
