/* vectors/suite.h -- the behaviour of a system as few short vectors.
 *
 *     goals      what to show                                        (vectors/goals.h, vectors/kill.h)
 *     explore    once, breadth first: the first state of each goal, so its path is a shortest one
 *     candidate  that path and the call that shows the goal, with the smallest arguments that do
 *     show       the plain evaluator decides what each step really shows (vectors/show.h)
 *     select     few candidates that show everything                 (vectors/suite_set.h)
 *
 * The result depends on the rulebook and the limits only. */
#ifndef VECTORS_SUITE_H
#define VECTORS_SUITE_H

#include "solver/engine.h"
#include "vectors/goals.h"

#define STEP_OK SIZE_MAX

struct vector_step {
    const struct action *action;
    const int32_t *arguments; /* of the parameters and, where it succeeds, the choices; lent by the system */
    size_t failed;            /* the first check that fails, or STEP_OK */
    const char **also;        /* other codes that are as right as the check's first one */
    size_t also_count;
};

/* WEAK: a mutant has no meaning in that step. */
enum shown { SHOWN_NOT, SHOWN_WEAK, SHOWN };

/* EXTENDED: it needs a capability that not everybody offers.  QUIRK: an expectation in it rests on a rule of low
 * confidence. */
enum level { LEVEL_CORE, LEVEL_EXTENDED, LEVEL_QUIRK, LEVELS };

struct vector {
    char *id, *title;
    size_t goal;                   /* for which it was made */
    VEC(struct vector_step) steps; /* the last one shows the goal */
    const int32_t *states;         /* before, between and after: (steps + 1) * state_width values */
    uint8_t *shows;                /* by goal: enum shown */
    enum level level;
};
typedef VEC(struct vector) vector_list;

/* The vectors of a criterion that are counted instead of kept (vectors/criterion.h). */
struct walked {
    bool is_counted, is_cut; /* is_cut: the criterion asks for more than were looked at */
    uint64_t vectors, steps;
    uint8_t *shows; /* by goal: enum shown, by any of them */
};

struct suite {
    const char *name; /* a slug for its files; lent */
    struct system *system;
    struct goals goals;
    struct arena arena;
    struct stats stats;
    bool all_reached;                /* the exploration stopped because every goal was reached */
    vector_list candidates, vectors; /* in the order of their goals */
    struct walked walked;
    bool *open;                  /* by goal: met, but not as the plain evaluator sees it, so nothing is proved */
    const char *problem;         /* what the end of suite_find() was about */
    size_t obligation;           /* SUITE_BROKEN */
    uint64_t schema_evaluations; /* of a mutant on a call in a state, by the exploration */
    double schema_seconds;       /* of one processor: to make the mutants' conditions and to explore */
    uint64_t evaluations;        /* by the plain evaluator */
    double seconds;              /* for these */
};

enum suite_end {
    SUITE_MADE,
    SUITE_LIMIT,    /* of states, memory or time; --max-depth is no such limit, it only leaves goals open */
    SUITE_BROKEN,   /* the rulebook has no meaning in a reachable state */
    SUITE_NO_GOALS, /* no action by a client */
    SUITE_CONFUSED  /* explorer and plain evaluator disagree: our bug */
};

/* Finds candidates for everything.  `system` is lent, must be whole (not sliced), and gets new expressions. */
enum suite_end suite_find(struct suite *suite, struct system *system, const struct budget *budget);
void suite_clear(struct suite *suite);

/* Plays the steps from the initial state, fills in `states`, the steps' `also`, `shows` and `level`.  False if a step
 * does not go as it says; `*problem` then tells. */
bool suite_play(struct suite *suite, struct vector *vector, const char **problem);

const char *level_text(enum level level); /* "core", ... */

enum goal_status { GOAL_COVERED, GOAL_UNREACHABLE, GOAL_UNKNOWN };
enum goal_status suite_status(const struct suite *suite, size_t goal);
uint64_t suite_vector_count(const struct suite *suite);
uint64_t suite_step_count(const struct suite *suite);

#endif
