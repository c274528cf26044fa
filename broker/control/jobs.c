/* jobs.c: JOB and REPORT. */
#include "control/jobs.h"
#include "base/error.h"
#include "clients/client.h"
#include "clients/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int request_job(struct client *client, const struct wire_message *message)
{
	const struct control_hooks *hooks = &client->control->hooks;
	char *text = NULL;
	if (!client->is_worker)
		return error_set(EPROTO, "it asks for a job, and is no worker");
	int r = hooks->job(hooks->core, client->worker, &text);
	if (r < 0)
		return r;
	r = client_send_text(client, message->serial, text, strlen(text));
	free(text);
	return r;
}

int request_report(struct client *client, const struct wire_message *message)
{
	const struct control_hooks *hooks = &client->control->hooks;
	if (!client->is_worker || message->state > FB_ENDED)
		return error_set(EPROTO, "it reports, and is no worker, or in no state that there is");
	char *json = strndup(message->text_size > 0 ? message->text : "", message->text_size);
	if (!json)
		return error_set(ENOMEM, "no memory for a worker's report");
	hooks->report(hooks->core, client->worker, (enum fb_state)message->state, json);
	free(json);
	return 0;
}
