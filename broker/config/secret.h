/* secret.h: ${NAME} in a value, filled in from the environment or from a file that holds the secret. */
#ifndef FRAMEBROKER_CONFIG_SECRET_H
#define FRAMEBROKER_CONFIG_SECRET_H
#include <stddef.h>

/* Returns text with every ${NAME} replaced by the environment's NAME, else by the file NAME in $CREDENTIALS_DIRECTORY,
 * else in /run/secrets (one newline at its end is dropped); $${ stands for ${ itself. For free(). NULL where a name is
 * nowhere or makes no sense: fault then says so, to be read alone. Reads small files, blocks on the disk. */
char *secret_expand(const char *text, char *fault, size_t fault_size);

#endif
