/* solver/plan_moment.h -- what a condition says about the steps of a plan, and what follows for the variables.
 *
 * A condition with `done` flags among its conjuncts speaks of a moment: these steps are done and so is all that comes
 * before them, those wait and so does all that comes after.  What was written last by a step that is done, and since
 * then by nobody, has the value that it wrote. */
#ifndef SOLVER_PLAN_MOMENT_H
#define SOLVER_PLAN_MOMENT_H

#include "solver/abstract.h"
#include "solver/plan_index.h"

struct plan_moment {
    const struct plan_order *order;         /* lent */
    bool *is_done, *is_called, *is_waiting; /* by step: done; its call was answered; it was not */
};

/* Returns the condition without the flags that say no more than the moment. */
expr_id plan_moment_init(struct plan_moment *moment, const struct plan_order *order, const struct plan_index *index,
                         struct exprs *exprs, expr_id condition);
void plan_moment_clear(struct plan_moment *moment);
/* No state is like this. */
bool plan_moment_is_impossible(const struct plan_moment *moment);

/* True: the variable has this value at the moment. */
bool plan_moment_value(const struct plan_moment *moment, const struct plan_index *index,
                       const struct abstraction *abstraction, uint32_t var, int32_t *value);

/* Does this conjunct say that a variable has a value? */
bool condition_says_value(const struct exprs *exprs, expr_id part, uint32_t *var, int32_t *value);

/* The condition with those values in it, also with those that its own conjuncts say: it holds in the same reachable
 * states.  `map` is empty, and again afterwards. */
expr_id plan_moment_settle(const struct plan_order *order, const struct plan_index *index,
                           const struct abstraction *abstraction, struct exprs *exprs, expr_id condition,
                           struct expr_map *map);

#endif
