/* jobs.h: what the broker's own workers ask and tell. */
#ifndef FRAMEBROKER_CONTROL_JOBS_H
#define FRAMEBROKER_CONTROL_JOBS_H
#include "clients/request.h"

request_fn request_job, request_report;

#endif
