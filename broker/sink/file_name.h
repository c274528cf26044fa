/* file_name.h: the names of a sink's files: dates in them, folders for them, and never one that is there already. */
#ifndef FRAMEBROKER_SINK_FILE_NAME_H
#define FRAMEBROKER_SINK_FILE_NAME_H
#include "media/errors.h"
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Puts the local time into a name with %Y-%m-%d and the like, as strftime() does. -EINVAL and *ret_error where the
 * result is too long. */
int file_name_date(const char *pattern, time_t time, char ret_path[static PATH_MAX], struct media_error *ret_error);

/* Makes the folders that the path needs. */
int file_name_make_folders(const char *path, struct media_error *ret_error);

/* Makes an empty file of that name, and its folders; where it, or one with a number, is there: NAME-001.mp4,
 * NAME-002.mp4 …, which then stands in path. *ret_made false: it is a device or a pipe, which stays as it is. */
int file_name_claim(char path[static PATH_MAX], bool *ret_made, struct media_error *ret_error);

/* What finds the files that a pattern has named: a pattern for glob(), in which anything may stand for a date, and an
 * extended regular expression that is exact. For free(); NULL: out of memory. */
char *file_name_glob(const char *pattern);
char *file_name_expression(const char *pattern);

#endif
