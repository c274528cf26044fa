/* reply.h: replies that are a text, short in the message or long in a sealed memfd. */
#ifndef FRAMEBROKER_API_REPLY_H
#define FRAMEBROKER_API_REPLY_H
#include "api/link.h"

/* Connects if needed, sends the request, and gives the TEXT reply's text. *ret_text: free(). */
int reply_text(struct fb_broker *broker, struct wire_message *request, int64_t deadline_ns, char **ret_text);

#endif
