/* secrets.h: words that no log line and no error may show, however they come into it: FFmpeg, servers and libraries
 * repeat what they were given. */
#ifndef FRAMEBROKER_MEDIA_SECRETS_H
#define FRAMEBROKER_MEDIA_SECRETS_H
#include "config/types.h"
#include <stddef.h>

/* Forgets all. */
void secrets_forget(void);

/* User and password, as written and percent-encoded; NULL or "": none. */
void secrets_add_login(const char *user, const char *password);

/* User and password in a url, and what its query calls a password, token, key …; decoded, too. */
void secrets_add_url(const char *url);

/* The values of options whose names say so: passphrase, headers, cookies … */
void secrets_add_options(const struct config_dictionary *options);

/* Writes the text with "***" in place of each of these words, also of one that its end cuts off. Cuts what does not
 * fit. Any thread. */
void secrets_hide(const char *text, char *ret_text, size_t size);

#endif
