/* picture_file.h: a picture as a JPEG or PPM file. */
#ifndef FRAMEBROKER_CLI_PICTURE_FILE_H
#define FRAMEBROKER_CLI_PICTURE_FILE_H
#include "exit.h"
#include "picture.h"

/* PPM where path ends in .ppm, else JPEG; "-" is stdout. Replaces what is there. Complains on failure. */
enum exit_status picture_write(const struct picture *picture, const char *path);

#endif
