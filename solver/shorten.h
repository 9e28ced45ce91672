/* solver/shorten.h -- a run without the steps that are not needed for how it ends.
 *
 * Steps are left out one by one, from the end, as long as the rest can be taken in the same order and ends alike (the
 * delta debugging of Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002, with
 * single steps only).  What is left is minimal in that no single step can go; there may still be a shorter run. */
#ifndef SOLVER_SHORTEN_H
#define SOLVER_SHORTEN_H

#include "solver/abstract.h"
#include "solver/engine.h"

struct shorten {
    expr_id goal;          /* has to hold in the end */
    const uint32_t *kept;  /* variables that have to end with the value they have at the end of the whole run */
    size_t kept_count;     /* 0: none */
    expr_id out_of_reach;  /* must not hold in the end, nor after anything that can follow; EXPR_FALSE: not asked */
    const bool *is_needed; /* by place in the run: stays in it; NULL: nothing has to */
};

/* `abstraction` knows the system's expressions; the clock of `budget` must be set. */
void shorten_run(const struct shorten *wanted, const struct system *system, struct abstraction *abstraction,
                 const struct budget *budget, struct trace *trace);

#endif
