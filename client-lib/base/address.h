/* address.h: where the broker's socket lies when nobody names one. One rule for the broker and for its clients. */
#ifndef FRAMEBROKER_BASE_ADDRESS_H
#define FRAMEBROKER_BASE_ADDRESS_H
#include <stdbool.h>

#define ADDRESS_SIZE 108 /* of a Unix socket's path, with the terminating 0 */

/* The socket of a broker that runs as a service. */
const char *address_default_system(void);

/* The socket of this user's own broker: $XDG_RUNTIME_DIR/framebroker.sock, else /tmp/framebroker-UID/framebroker.sock.
 * -EACCES with error text where that folder of /tmp is not this user's alone, -ENAMETOOLONG. */
int address_default_user(char ret_address[ADDRESS_SIZE]);

/* What a broker listens on: the system's socket as a service or as root, else the user's. Makes the folder it lies in.
 */
int address_default_broker(char ret_address[ADDRESS_SIZE]);

#endif
