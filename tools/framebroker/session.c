/* session.c: connects and reads the status. */
#include "session.h"
#include "report.h"
#include <errno.h>
#include <stdlib.h>

enum exit_status session_open(const struct options *options, fb_broker **ret_broker)
{
	int err = fb_connect(options->socket, options->timeout_given ? options->timeout_ns : SESSION_CONNECT_NS,
			     ret_broker);
	if (err == 0)
		return EXIT_DONE;
	enum exit_status status = report_failure(err);
	/* It is the broker that is not there, not a name; and nobody asked to wait for it. */
	return status == EXIT_TIMED_OUT && options->timeout_given ? EXIT_TIMED_OUT : EXIT_FAILED;
}

enum exit_status session_status(fb_broker *broker, json_t **ret_status)
{
	char *text;
	int err = fb_status(broker, &text);
	if (err < 0)
		return report_failure(err);

	json_error_t error;
	json_t *status = json_loads(text, 0, &error);
	free(text);
	if (!json_is_object(status)) {
		complain("the broker's status is not a JSON object: %s (line %d); is it of another version?",
			 error.text, error.line);
		json_decref(status);
		return EXIT_FAILED;
	}
	*ret_status = status;
	return EXIT_DONE;
}

enum exit_status session_read_status(const struct options *options, json_t **ret_status)
{
	fb_broker *broker;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	result = session_status(broker, ret_status);
	fb_close(&broker);
	return result;
}
