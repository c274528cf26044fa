/* picture_file.c: a picture as a JPEG or PPM file. */
#include "picture_file.h"
#include "report.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <turbojpeg.h>

#define JPEG_QUALITY 90

static bool write_ppm(const struct picture *picture, FILE *file)
{
	size_t size = (size_t)picture->width * picture->height * 3;
	return fprintf(file, "P6\n%u %u\n255\n", picture->width, picture->height) > 0 &&
	       fwrite(picture->rgb, 1, size, file) == size;
}

static bool write_jpeg(const struct picture *picture, FILE *file)
{
	tjhandle jpeg = tjInitCompress();
	unsigned char *bytes = NULL;
	unsigned long size = 0;
	bool written = false;
	if (!jpeg || tjCompress2(jpeg, picture->rgb, (int)picture->width, 0, (int)picture->height, TJPF_RGB, &bytes,
				 &size, TJSAMP_420, JPEG_QUALITY, 0) < 0)
		complain("cannot make a JPEG: %s", tjGetErrorStr2(jpeg));
	else
		written = fwrite(bytes, 1, size, file) == size;
	tjFree(bytes);
	if (jpeg)
		tjDestroy(jpeg);
	return written;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);
	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

enum exit_status picture_write(const struct picture *picture, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
	if (!file) {
		complain("cannot write %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	errno = 0;
	bool written = ends_with(path, ".ppm") ? write_ppm(picture, file) : write_jpeg(picture, file);
	if ((file == stdout ? fflush(file) : fclose(file)) == 0 && written)
		return EXIT_DONE;
	if (errno)
		complain("cannot write %s: %s", path, strerror(errno));
	return EXIT_FAILED;
}
