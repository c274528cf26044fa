/* doctor.c: `framebroker doctor`: looks for what is wrong, and says how to mend it. */
#include "doctor.h"
#include "commands.h"
#include "finding.h"
#include "json_print.h"
#include "plain.h"
#include "report.h"
#include "session.h"
#include <errno.h>

/* session_open() would complain on stderr; here that the broker is away is a finding like any other. */
static void examine_broker(json_t *findings, const struct options *options)
{
	fb_broker *broker;
	json_t *status;
	int err =
		fb_connect(options->socket, options->timeout_given ? options->timeout_ns : SESSION_CONNECT_NS, &broker);
	if (err < 0) {
		finding_add(findings, "broker", "fail",
			    err == -EACCES ? "usermod -aG GROUP USER, and log in anew; SECURITY.md says who gets in"
					   : "start framebrokerd where none runs, else read its log; --socket names "
					     "another socket",
			    "%s", fb_error_text());
		return;
	}
	finding_add(findings, "broker", "ok", "", "answers at %s", fb_address(broker));
	if (session_status(broker, &status) == EXIT_DONE) {
		plain_json(status);
		doctor_broker(findings, status);
		json_decref(status);
	} else {
		finding_add(findings, "status", "fail", "look into its log, and start it anew", "the broker gave none");
	}
	fb_close(&broker);
}

enum exit_status command_doctor(const struct options *options)
{
	json_t *findings = json_array();
	doctor_machine(findings);
	examine_broker(findings, options);
	enum exit_status result = findings_failed(findings) ? EXIT_FAILED : EXIT_DONE, written;
	if (options->json) {
		written = json_print(findings);
	} else {
		findings_print(findings);
		json_decref(findings);
		written = report_written();
	}
	return written == EXIT_DONE ? result : written;
}
