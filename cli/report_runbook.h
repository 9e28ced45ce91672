/* cli/report_runbook.h -- what `enimc verify` says of processes and promises. */
#ifndef CLI_REPORT_RUNBOOK_H
#define CLI_REPORT_RUNBOOK_H

#include <stdio.h>

#include "base/jtree.h"
#include "cli/exit.h"
#include "solver/runbook.h"

void report_runbook(const struct runbook_verification *verification, const struct rulebook *rulebook, FILE *out);
struct jtree *report_runbook_json(const struct runbook_verification *verification); /* a list */
enum exit_status report_runbook_status(const struct runbook_verification *verification);

#endif
