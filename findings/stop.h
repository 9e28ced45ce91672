/* findings/stop.h -- why a step is never done when everything stops, read off the run: it waits for another one, its
 * call is refused again and again, or what the call began ends in a failure. */
#ifndef FINDINGS_STOP_H
#define FINDINGS_STOP_H

#include "findings/report.h"

/* The step that the finding's one waits for at the end of its log; NULL: it is its turn. */
const struct plan_step *stop_waits_for(const struct report *report, const struct finding *finding);
/* It is its turn and its call has not got through: fills check, rule and is_retried, if one code is the reason. */
void stop_find_retried(struct finding *finding);
/* What its call began fails: fills check and rule with the event that says so.  `further`: the call and that event,
 * where the run ends before them; NULLs otherwise. */
void stop_find_failure(struct report *report, struct finding *finding, const char *further[2]);
/* Did the call of the finding's step get through? */
bool stop_is_sent(const struct finding *finding);

/* The same in words, which the report keeps. */
const char *stop_text(struct report *report, const struct finding *finding);

#endif
