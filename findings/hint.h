/* findings/hint.h -- a repair as it is written in a Terraform configuration or a template. */
#ifndef FINDINGS_HINT_H
#define FINDINGS_HINT_H

#include "findings/report.h"

/* "depends_on = [aws_internet_gateway.gw] in aws_eip.x", from the arena of the report; NULL where the repair is no
 * order of resources that are made, or where one cannot name the other (another module). */
const char *hint_text(struct report *report, const struct step_repair *repair);

#endif
