/* config_support.h: what the tests of the configuration share. */
#ifndef FRAMEBROKER_TESTS_CONFIG_SUPPORT_H
#define FRAMEBROKER_TESTS_CONFIG_SUPPORT_H
#include "config/config.h"

/* Loads text as the file "t"; the test fails on any error. For config_free(). */
struct config *load_good(const char *text);

/* Loading text must fail with exactly these lines. */
#define assert_faults(text, ...) assert_faults_(text, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
void assert_faults_(const char *text, const char *const *lines, const char *file, int line);

/* errors must hold exactly these lines; empties it. */
#define assert_errors(errors, ...) assert_errors_(errors, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
void assert_errors_(struct config_errors *errors, const char *const *lines, const char *file, int line);

/* A new folder under $TMPDIR or /tmp, and a file in it; paths are static text until the next call. */
const char *make_folder(void);
const char *write_file(const char *folder, const char *name, const char *text);
void remove_folder(const char *folder);

#endif
