/* findings/apply_log.h -- a run as a log of an apply: steps and objects as the user calls them. */
#ifndef FINDINGS_APPLY_LOG_H
#define FINDINGS_APPLY_LOG_H

#include "findings/report.h"

/* `call` is "step: Call(arguments | choices)", "* event(arguments | choices)" or "* step_done()"; of a process it is
 * left as it is.  The text comes from the arena of the report. */
struct log_line log_call(struct report *report, const char *call);

#endif
