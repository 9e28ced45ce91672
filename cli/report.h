/* cli/report.h -- the answer of `enimc check`, for people and for programs. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdio.h>

#include "cli/exit.h"
#include "solver/engine.h"

void report_text(const struct run *run, FILE *out, bool color);
void report_json(const struct run *run, FILE *out);
/* The steps of a trace with what they change. */
void report_trace(const struct run *run, const struct trace *trace, FILE *out);
/* A number with its digits in groups of three. */
const char *report_number(uint64_t number, char text[32]);
enum exit_status report_status(const struct run *run);

#endif
