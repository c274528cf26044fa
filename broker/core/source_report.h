/* source_report.h: what is known about a source: its state, its error, and what its worker reports. */
#ifndef FRAMEBROKER_CORE_SOURCE_REPORT_H
#define FRAMEBROKER_CORE_SOURCE_REPORT_H
#include "core/source.h"

/* For its streams, the log and those who listen to events; nothing where it is the state already. */
void source_set_state(struct source *source, enum fb_state state);

/* Texts are copied. The time is now, unless the same error stands there already. */
void source_set_error(struct source *source, const char *text, const char *mend);
void source_clear_error(struct source *source);

/* Whether the last worker told of any frame. */
bool source_pass_had_frames(const struct source *source);

#endif
