/* solver/cone.h -- the part of a system that can matter for one condition: a cone of influence over variables.
 *
 * A plan of many steps has a schedule for each of their orders, but a step depends on few others.  The view keeps the
 * transitions that can change, directly or through others, whether the condition holds; all others neither enable nor
 * change anything in it.  A run of the view is a run of the system. */
#ifndef SOLVER_CONE_H
#define SOLVER_CONE_H

#include "solver/abstract.h"

struct cone {
    bool *vars, *transitions; /* by number in the whole system: what matters */
    struct system view;       /* lends everything but its transitions and updates; no obligations, no properties */
};

/* `roots`: the conditions.  `abstraction` knows the system's expressions: what has one value in all states does not
 * depend on anything. */
void cone_init(struct cone *cone, const struct system *system, struct abstraction *abstraction, const expr_id *roots,
               size_t root_count);
void cone_clear(struct cone *cone);

#endif
