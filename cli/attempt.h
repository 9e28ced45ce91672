/* cli/attempt.h -- `verify`: one reading of the input and what is found in it; or several readings.
 *
 * Conditions of a template may ask what no value answers: then every answer is tried, and the worst one is shown. */
#ifndef CLI_ATTEMPT_H
#define CLI_ATTEMPT_H

#include "cli/options.h"
#include "import/import.h"
#include "solver/runbook.h"
#include "solver/verify.h"

struct attempt {
    struct import *import; /* NULL: a spec */
    struct rulebook *rulebook;
    struct system *system;                /* NULL: not verified yet, or it cannot be, and why was said */
    struct verification verification;     /* no outcomes without a plan */
    struct runbook_verification runbooks; /* no outcomes without processes */
};

/* What is to be said about the other readings. */
struct remarks {
    struct arena arena;
    VEC(const char *) list;
};

/* False after a message.  All of these messages are on stderr. */
bool attempt_read(struct attempt *attempt, const struct options *options, struct diags *diags);
bool attempt_verify(struct attempt *attempt, const struct options *options, struct diags *diags);
/* Tries the other answers; `best` becomes the worst of all. */
void attempt_others(struct attempt *best, const struct options *options, struct remarks *remarks);
void attempt_clear(struct attempt *attempt);
void remarks_clear(struct remarks *remarks);

#endif
