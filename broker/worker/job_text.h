/* job_text.h: the core's text for a worker, which is JSON, taken apart. */
#ifndef FRAMEBROKER_WORKER_JOB_TEXT_H
#define FRAMEBROKER_WORKER_JOB_TEXT_H
#include <jansson.h>

/* As json_unpack(), whose strings and objects live as long as *ret_root, for json_decref(). -EINVAL with error text: it
 * is no JSON, or not as expected. */
int job_text_unpack(const char *text, json_t **ret_root, const char *format, ...);

#endif
