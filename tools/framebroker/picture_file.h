/* picture_file.h: a picture as a JPEG, PNG or PPM file. */
#ifndef FRAMEBROKER_CLI_PICTURE_FILE_H
#define FRAMEBROKER_CLI_PICTURE_FILE_H
#include "exit.h"
#include "picture.h"
#include <stdbool.h>

/* Whether the file's ending names a format, or it is "-": JPEG on stdout. Complains where not. */
bool picture_file_known(const char *path);

/* As that ending says. Replaces what is there. Complains on failure. */
enum exit_status picture_write(const struct picture *picture, const char *path);

#endif
