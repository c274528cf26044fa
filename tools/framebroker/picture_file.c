/* picture_file.c: a picture as a JPEG, PNG or PPM file. */
#include "picture_file.h"
#include "report.h"
#include <errno.h>
#include <png.h>
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

static bool write_png(const struct picture *picture, FILE *file)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
			   .width = picture->width,
			   .height = picture->height,
			   .format = PNG_FORMAT_RGB};
	if (png_image_write_to_stdio(&image, file, 0, picture->rgb, 0, NULL))
		return true;
	complain("cannot make a PNG: %s", image.message);
	return false;
}

typedef bool write_fn(const struct picture *picture, FILE *file);

static write_fn *writer_for(const char *path)
{
	static const struct {
		const char *ending;
		write_fn *write;
	} formats[] = {{".jpg", write_jpeg}, {".jpeg", write_jpeg}, {".png", write_png}, {".ppm", write_ppm}};
	const char *ending = strcmp(path, "-") == 0 ? ".jpg" : strrchr(path, '.');
	for (size_t i = 0; ending && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcasecmp(ending, formats[i].ending) == 0)
			return formats[i].write;
	return NULL;
}

bool picture_file_known(const char *path)
{
	if (writer_for(path))
		return true;
	complain("%s: a snapshot's name ends with .jpg, .jpeg, .png or .ppm; - is JPEG on stdout", path);
	return false;
}

enum exit_status picture_write(const struct picture *picture, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
	if (!file) {
		complain("cannot write %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	errno = 0;
	bool written = writer_for(path)(picture, file);
	if ((file == stdout ? fflush(file) : fclose(file)) == 0 && written)
		return EXIT_DONE;
	if (errno)
		complain("cannot write %s: %s", path, strerror(errno));
	return EXIT_FAILED;
}
