/* cli/report.h -- the answer of `enimc check`, for people and for programs. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdio.h>

#include "cli/exit.h"
#include "solver/engine.h"

void report_text(const struct run *run, FILE *out, bool color);
void report_json(const struct run *run, FILE *out);
enum exit_status report_status(const struct run *run);

#endif
