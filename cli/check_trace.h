/* cli/check_trace.h -- `enimc check SPEC --trace LOG`: which properties held along a recorded run. */
#ifndef CLI_CHECK_TRACE_H
#define CLI_CHECK_TRACE_H

#include "cli/exit.h"
#include "cli/options.h"

enum exit_status check_trace(const struct options *options, struct rulebook *rulebook, struct diags *diags);

#endif
