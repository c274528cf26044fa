/* replay.c: runs a target once with each file of the folders and files named on the command line, as a test without
 * libFuzzer. Nothing to replay is a failure. */
#include "fuzz/input.h"
#include <dirent.h>
#include <sys/stat.h>

static unsigned replayed;

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	FUZZ_CHECK(file && fstat(fileno(file), &status) == 0);
	size_t size = (size_t)status.st_size;
	uint8_t *bytes = malloc(size); /* exactly so many, so that a sanitizer sees a read beyond */
	FUZZ_CHECK(size == 0 || (bytes && fread(bytes, 1, size, file) == size));
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	replayed++;
}

static void replay_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	FUZZ_CHECK(count >= 0);
	for (int i = 0; i < count; i++) {
		char file[4096];
		snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			replay_file(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat status;
		FUZZ_CHECK(stat(argv[i], &status) == 0);
		if (S_ISDIR(status.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("%u inputs replayed\n", replayed);
	return replayed > 0 ? 0 : 1;
}
