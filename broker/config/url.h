/* url.h: user and password put into a URL, and taken out of it again for people's eyes. */
#ifndef FRAMEBROKER_CONFIG_URL_H
#define FRAMEBROKER_CONFIG_URL_H
#include "base/limits.h"
#include <stddef.h>

#define CONFIG_CREDENTIAL_BYTES 512 /* of user and of password, at most */

/* Room for any url of the configuration with its user and password, three bytes for each of theirs. */
#define CONFIG_URL_SIZE (LIMIT_URL + 2 * 3 * CONFIG_CREDENTIAL_BYTES + 3)

/* Writes url with user and password, percent-encoded, before its host; a copy of url when both are "". Returns 0,
 * -EINVAL where the url has no scheme://host or holds a user already, -ENAMETOOLONG where size bytes do not hold it. */
int config_url_with_credentials(const char *url, const char *user, const char *password, char *buffer, size_t size);

/* Writes url for logs and status: "***" stands for user and password and for the values of query keys such as password
 * and token. Cuts what does not fit into size bytes. */
void config_url_redacted(const char *url, char *buffer, size_t size);

/* Calls take with each of these secrets, as it stands in the url; user and password together, too. */
void config_url_secrets(const char *url, void (*take)(void *context, const char *word, size_t length), void *context);

#endif
