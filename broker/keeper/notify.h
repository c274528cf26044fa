/* notify.h: tells whoever started the broker how far it is. */
#ifndef FRAMEBROKER_KEEPER_NOTIFY_H
#define FRAMEBROKER_KEEPER_NOTIFY_H

/* Sends a line such as READY=1 to the service manager at $NOTIFY_SOCKET; without one it does nothing. */
void notify_service(const char *state);

/* Writes "ready\n" to *fd and closes it; -1 is fine. */
void notify_parent(int *fd);

#endif
