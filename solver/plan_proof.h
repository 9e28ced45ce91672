/* solver/plan_proof.h -- what can be shown about the steps of a plan before any search of schedules.
 *
 * Each check of each step, and that the step is not stuck, is asked of the localizer (solver/localize.h) by itself.  A
 * check that is shown to pass is left out of the step's guard: the system keeps its reachable states, but its steps
 * depend on less, so that cones are smaller and more steps are independent of each other. */
#ifndef SOLVER_PLAN_PROOF_H
#define SOLVER_PLAN_PROOF_H

#include "solver/localize.h"

struct plan_proof {
    struct system *system; /* lent */
    struct localizer *localizer;
    struct plan_order order;
    bool *passes;     /* by number in system->check_conditions: whenever it is tried */
    bool *settled;    /* by step: once its turn, it is never refused and always gets done */
    uint64_t *states; /* by step: of the abstractions */
    expr_id *guards;  /* by transition: what the guards were */
};

/* `system` has weaker guards from here to plan_proof_clear(). */
void plan_proof_init(struct plan_proof *proof, struct system *system);
void plan_proof_clear(struct plan_proof *proof);
/* Is the step settled if all schedules keep to `order`?  `turn`: what this order adds to its turn. */
bool plan_proof_settles(struct plan_proof *proof, const struct plan_order *order, size_t step, expr_id turn,
                        uint64_t *states);

#endif
