/* solver/plan.h -- how a plan fails: which step, with which answer. */
#ifndef SOLVER_PLAN_H
#define SOLVER_PLAN_H

#include "model/eval.h"
#include "solver/engine.h"

/* Further checks that fail where check `failed` is the first: as their place in the order is assumed, EC2 (or whoever
 * answers) may look at them before it. */
struct other_checks {
    const struct check **at;
    size_t count;
};

struct plan_failure {
    const struct plan_step *step; /* its call is answered with an error; NULL: nothing can happen any more */
    const struct check *check;    /* the first that fails */
    const char *waiting;          /* without a step: the names of the steps that are not done */
};

/* Does the plan fail in this state?  `only`: does this step, or NULL.  By the plain evaluator; `waiting` comes from the
 * arena. */
bool plan_fails(const struct system *system, struct evaluator *evaluator, const struct plan_step *only,
                const int32_t *valuation, struct arena *arena, struct plan_failure *failure);
struct other_checks other_checks_find(struct evaluator *evaluator, const struct action *action, size_t failed,
                                      const int32_t *arguments, const int32_t *valuation, struct arena *arena);
/* "create_eni answers InvalidSubnetID.NotFound (CNI-P1)" */
const char *plan_failure_text(const struct plan_failure *failure, struct arena *arena);

#endif
