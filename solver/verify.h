/* solver/verify.h -- does a plan work in every order, and if not, what repairs it?
 *
 * Each step is asked by itself, in the part of the system that can matter for it (solver/cone.h): can it be its turn
 * and its call be refused, can everything come to a stop before it is done, does some schedule finish it?  A step of
 * which one before it fails is not blamed for that.
 *
 * A bound on how many operations run at once does not change the answers: calls are atomic here, so such a bound only
 * takes schedules away, and each run that is found makes one call after the other: it respects every bound.
 *
 * A step that has succeeded may be undone by another one (solver/loss.h): that is no failing call, but no success.
 *
 * A repair is a further order of steps (none of its parts can be left out), another argument of the failing call, or
 * calling again, with which the step succeeds in every schedule and no step fails that did not, or in every schedule
 * instead of some; nor is a step kept from its turn by waiting for one that may fail.  Where steps belong to resources,
 * all steps of one wait for all of another, as it would be written.  Each repair is tried, not guessed. */
#ifndef SOLVER_VERIFY_H
#define SOLVER_VERIFY_H

#include "solver/engine.h"
#include "solver/plan.h"

enum step_verdict {
    STEP_SUCCEEDS,   /* in every schedule */
    STEP_FAILS_SOME, /* some schedule finishes it, another does not */
    STEP_FAILS_EVERY,
    STEP_UNKNOWN
};

#define REPAIR_ORDERS 3

/* One change of the plan; `text` says it in words.  The others are what it consists of, empty where they do not apply.
 */
struct step_repair {
    const char *text;
    const struct plan_step *step, *after[REPAIR_ORDERS]; /* `step` has to come after all of `after`, too, */
    size_t count;
    const struct plan_step **before; /* or before all of `before`, */
    size_t before_count;
    bool is_finer;                 /* of single calls: the order of the whole resources would not do; */
    const char *parameter, *value; /* or is called with another argument, */
    const char *retry;             /* or calls again as long as it is answered this code */
};

struct step_outcome {
    const struct plan_step *step;
    enum step_verdict verdict;
    const char *reason;          /* UNKNOWN: why; FAILS_SOME: that no schedule that finishes it was found in time */
    struct plan_failure failure; /* FAILS_...: of the shortest failing run */
    bool is_longer;              /* of some failing run; whether there is a shorter one was not decided */
    const char **calls;          /* that run, in words, from the arena */
    size_t call_count;
    const int32_t *end; /* the valuation that run ends in, from the arena; what cannot matter has not happened in it */
    VEC(struct step_repair) repairs;
    uint64_t states; /* looked at for this step */
};

/* What a step has established is taken away by the call of another one that nobody made for that. */
struct step_loss {
    const struct plan_step *step, *by;
    enum step_verdict verdict; /* FAILS_SOME, FAILS_EVERY: of the schedules in which both succeed; UNKNOWN */
    const char *reason;        /* UNKNOWN: why */
    const char **calls;        /* the shortest run, in words, from the arena; the last one is the call of `by` */
    size_t call_count;
    uint64_t states;
};

struct verification {
    struct system *system; /* lent */
    struct arena arena;
    bool is_broken;    /* a schedule reaches a state where the rulebook has no meaning: nothing else was asked */
    size_t obligation; /* is_broken: which of system->obligations */
    const char **broken_calls; /* is_broken: a shortest way there, in words, from the arena */
    size_t broken_call_count;
    const char *undecided; /* why it is not known whether the rulebook has a meaning everywhere; NULL: it has */
    VEC(struct step_outcome) outcomes; /* one for each step of the plan, in order; none if is_broken */
    VEC(struct step_loss) losses;
    double seconds;
};

/* `system`: of a rulebook with a plan, everything kept. */
void verify_plan(struct verification *verification, struct system *system, const struct budget *budget);
void verification_clear(struct verification *verification);

#endif
