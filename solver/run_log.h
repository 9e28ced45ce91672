/* solver/run_log.h -- a recorded run, and which properties held along the way.
 *
 * A log is a row of JSON objects, one a line as `enimc serve --log` writes them, or the list that a trace is:
 *
 *     {"format": "enimc-run", "changes": {...}}            first, perhaps: how the run's beginning differs from the
 * spec's
 *     {"action": ..., "arguments": ..., "response": ...}   a step (model/step_json.h); "changes" may be left out
 *     {"set": ..., "changes": {...}}                       a constant attribute of an object gets another value
 *
 * The plain evaluator plays it.  A step that the rules do not allow, or answer or carry out otherwise, is an error of
 * the log: it is no run of this rulebook. */
#ifndef SOLVER_RUN_LOG_H
#define SOLVER_RUN_LOG_H

#include "solver/engine.h"

/* What the run says of a property: HOLDS (in all its states or steps; of `unreachable`: never met), VIOLATED, REACHABLE
 * (also of `live`: taken), or UNKNOWN with its reason. */
struct run_judgement {
    const struct property *property;
    enum verdict verdict;
    const char *reason;  /* of UNKNOWN; lent for ever */
    uint64_t step;       /* VIOLATED, REACHABLE: after so many steps */
    struct span span;    /* and that step in the log; line 0: the beginning */
    struct jtree *shown; /* and the step itself, or NULL */
};

struct run_log {
    VEC(struct run_judgement) judgements; /* of the properties, in order */
    uint64_t steps, calls, refused;       /* events are steps that are no calls */
};

/* Plays the log in `file` (its text is in `diags`).  The rulebook's constant attributes become what the log sets them
 * to.  False after errors. */
bool run_log_judge(struct rulebook *rulebook, const struct property *const *properties, size_t count, uint32_t file,
                   struct run_log *log, struct diags *diags);
void run_log_clear(struct run_log *log);

#endif
