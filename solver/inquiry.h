/* solver/inquiry.h -- one step of a plan: can it be refused, or never get done?  Also with changes to the plan. */
#ifndef SOLVER_INQUIRY_H
#define SOLVER_INQUIRY_H

#include "solver/plan_proof.h"
#include "solver/verify.h"

/* Step `later` comes after step `earlier`, besides what the plan says. */
struct step_edge {
    size_t earlier, later;
};

typedef VEC(struct step_edge) edge_list;

struct inquiry {
    struct verification *verification;
    struct plan_proof *proof;
    const struct budget *budget; /* its clock is set */
    size_t step;
    const edge_list *extra;   /* NULL: the plan as it is */
    const char *retry;        /* the step calls again as long as it is answered this; NULL: it does not */
    bool *concerned;          /* set by step: its place in the order can matter for this one; NULL: not wanted */
    abstract_list *run_steps; /* of the failing run, in order; NULL: not wanted */
};

/* `outcome` is empty; its repairs stay so.  With changes to the plan, FAILS_SOME may also be FAILS_EVERY. */
void inquire(const struct inquiry *inquiry, struct step_outcome *outcome);

/* Does some schedule finish the step?  False also where the limits do not let us know. */
bool inquiry_finishes(const struct inquiry *inquiry);

/* A run in words, from the arena of the verification. */
const char **inquiry_calls(struct verification *verification, const struct system *view, const struct trace *trace);

#endif
