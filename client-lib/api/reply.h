/* reply.h: replies that are a text, short in the message or long in a sealed memfd. */
#ifndef FRAMEBROKER_API_REPLY_H
#define FRAMEBROKER_API_REPLY_H
#include "api/link.h"

/* -EMFILE where descriptors that came with a packet found no room in this process. */
int reply_check_fds(const struct wire_packet *packet);

/* The text of a TEXT packet, which stays the caller's. *ret_text: free(). -EPROTO: it is not what it says. */
int reply_read(const struct wire_packet *packet, char **ret_text);

/* Connects if needed, sends the request, and gives the TEXT reply's text. *ret_text: free(). */
int reply_text(struct fb_broker *broker, struct wire_message *request, int64_t deadline_ns, char **ret_text);

#endif
