/* solver/lift.h -- from one state to all that are bad, or lead to bad ones, for the same reason.
 *
 * Top-down through the expressions: of a false conjunction one false part is reason enough, of a count the flags that
 * reach its bound, and so on (as in the justification of counterexamples: Ravi and Somenzi, TACAS 2004). */
#ifndef SOLVER_LIFT_H
#define SOLVER_LIFT_H

#include "solver/cube.h"

/* What must stay so: of a Boolean, and with EXACT of a number, its value here; or a bound on it. */
enum demand { DEMAND_EXACT, DEMAND_NOT, DEMAND_LEAST, DEMAND_MOST };

struct lift_task {
    expr_id id;
    enum demand demand;
    int32_t value;
};

struct lift {
    struct system *system;     /* lent */
    struct literals *literals; /* lent */
    VEC(expr_id) roots;        /* all guards, updates and added conditions */
    struct expr_cone cone;
    const int32_t *state; /* whose values the cone has; lent */
    uint32_t *marks;      /* by expression: `epoch` if its value is explained */
    uint32_t epoch;
    expr_id *updates; /* by variable, of the transition at hand; EXPR_NONE: keeps its value */
    VEC(struct lift_task) tasks;
    struct cube *cube; /* being built */
};

void lift_init(struct lift *lift, struct system *system, struct literals *literals);
void lift_clear(struct lift *lift);
/* A condition that lift_condition() will be asked about; lift_look() again. */
void lift_add(struct lift *lift, expr_id condition);

/* The state the rest is about; it is lent until the next. */
void lift_look(struct lift *lift, const int32_t *state);
bool lift_holds(const struct lift *lift, expr_id condition);
/* A transition enabled here that leads into the cube; UINT32_MAX: none. */
transition_id lift_find(struct lift *lift, const struct cube *into);

/* The state after an enabled transition. */
void lift_after(struct lift *lift, transition_id transition, int32_t *after);

/* Every state of the result satisfies the condition, which holds here. */
void lift_condition(struct lift *lift, expr_id condition, struct cube *result);
/* From every state of the result the transition is possible and leads into `into`, as it does from here. */
void lift_step(struct lift *lift, transition_id transition, const struct cube *into, struct cube *result);

#endif
