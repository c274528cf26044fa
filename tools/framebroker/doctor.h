/* doctor.h: the doctor's two rounds. Each appends its findings (finding.h). */
#ifndef FRAMEBROKER_CLI_DOCTOR_H
#define FRAMEBROKER_CLI_DOCTOR_H
#include <jansson.h>

/* Shared memory, memory and limits, as this process sees them. */
void doctor_machine(json_t *findings);

/* Version, memory, sources and streams of the broker with this status. */
void doctor_broker(json_t *findings, const json_t *status);

#endif
