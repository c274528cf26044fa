/* events.h: tells those who asked for it what happens. */
#ifndef FRAMEBROKER_CLIENTS_EVENTS_H
#define FRAMEBROKER_CLIENTS_EVENTS_H
#include "clients/request.h"

struct control;
struct json_t;

/* Tells every subscriber that may know of it; detail is stolen (NULL: {}). */
void control_event(struct control *control, const char *event, const char *kind, const char *name,
		   struct json_t *detail);

/* An event about a client itself. */
void control_client_event(struct client *client, const char *event);

/* Asks for them. */
request_fn request_events;

#endif
