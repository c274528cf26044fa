/* dispatch.c: which function answers which message. */
#include "control/dispatch.h"
#include "clients/events.h"
#include "control/admin.h"
#include "control/jobs.h"
#include "control/status.h"
#include "streams/readers.h"
#include "streams/waits.h"
#include "streams/writing.h"

request_fn *dispatch_find(enum wire_type type)
{
	static request_fn *const requests[WIRE_TYPE_END] = {
		[WIRE_READER_OPEN] = request_reader_open,
		[WIRE_READER_ATTACH] = request_reader_attach,
		[WIRE_READER_CLOSE] = request_reader_close,
		[WIRE_WRITER_OPEN] = request_writer_open,
		[WIRE_WRITER_READY] = request_writer_ready,
		[WIRE_WRITER_CLOSE] = request_writer_close,
		[WIRE_WAIT] = request_wait,
		[WIRE_CANCEL] = request_cancel,
		[WIRE_STATUS] = request_status,
		[WIRE_EVENTS] = request_events,
		[WIRE_ADD] = request_admin,
		[WIRE_REMOVE] = request_admin,
		[WIRE_RESTART] = request_admin,
		[WIRE_RELOAD] = request_admin,
		[WIRE_UPGRADE] = request_admin,
		[WIRE_KICK] = request_kick,
		[WIRE_JOB] = request_job,
		[WIRE_REPORT] = request_report,
	};
	return requests[type];
}
