/* solver/distance.h -- how many transitions it takes at least until a condition holds.
 *
 * A lower bound that sinks by at most one with each transition, so that A* (Hart, Nilsson, Raphael, 1968) finds
 * shortest ways with it and expands no state twice: a conjunction takes as long as the part that takes longest, a
 * disjunction as the part that takes shortest, and so many parts that have to change take that number over how many one
 * transition can touch. */
#ifndef SOLVER_DISTANCE_H
#define SOLVER_DISTANCE_H

#include "solver/abstract.h"

struct distance {
    const struct exprs *exprs;
    struct expr_cone cone;  /* of the condition */
    uint32_t *touched_most; /* by place in the cone, of `and`, `or` and `count`: parts, by one transition; at least 1 */
    uint32_t *until, *unless; /* by expression: transitions until it holds, until it does not hold */
};

void distance_init(struct distance *distance, const struct system *system, struct abstraction *abstraction,
                   expr_id condition);
void distance_clear(struct distance *distance);
/* `state`: a value for each variable. */
uint32_t distance_of(struct distance *distance, const int32_t *state);

#endif
