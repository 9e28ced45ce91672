/* vectors/goals.h -- what a suite must show.
 *
 * Each goal belongs to one action and is shown by one step that calls it.  It is also a condition on a state: some call
 * of the action shows it there (vectors/kill.h for mutants). */
#ifndef VECTORS_GOALS_H
#define VECTORS_GOALS_H

#include "model/mutate.h"
#include "vectors/dependence.h"

/* GOAL(NAME, in ids and the manifest) */
#define GOALS                                                                                                          \
    GOAL(OK, "ok")               /* the call succeeds */                                                               \
    GOAL(FIRST, "first")         /* the check is the first to fail */                                                  \
    GOAL(ALONE, "alone")         /* no other check fails, except those that depend on it */                            \
    GOAL(CODE, "code")           /* the error code is the preferred answer */                                          \
    GOAL(BOUNDARY, "boundary")   /* the check is asked, and the two sides of a comparison are so far apart */          \
    GOAL(ARGUMENT, "argument")   /* an argument is given so; if that can ever succeed, with success */                 \
    GOAL(NO_CHANGE, "no-change") /* the call succeeds and changes nothing */                                           \
    GOAL(REPEATED, "repeated")   /* the call that just succeeded is made again */                                      \
    GOAL(UNHURT, "unhurt")       /* a call fails, and then one of the same action succeeds */                          \
    GOAL(ATOM, "atom")           /* a mutant: an atomic condition stuck, as in MC/DC */                                \
    GOAL(EFFECT, "effect")       /* a mutant: an effect, or an assignment of it, left out */                           \
    GOAL(MUTANT, "mutant")       /* any other mutant */

enum goal_form {
#define GOAL(name, text) GOAL_##name,
    GOALS
#undef GOAL
        GOAL_FORMS
};

enum argument_class { ARGUMENT_VALUE, ARGUMENT_SIZE, ARGUMENT_GIVEN };

struct goal {
    enum goal_form form;
    const struct action *action;
    size_t check;     /* FIRST, ALONE, BOUNDARY */
    const char *id;   /* "Attach/ok", "Attach/ATT-P1/alone", "Attach/ATT-P1/true-2"; unique */
    const char *code; /* CODE */
    size_t mutant;    /* of goals->mutants: ATOM, EFFECT, MUTANT; BOUNDARY: the comparison in place of the check */
    size_t parameter; /* ARGUMENT */
    enum argument_class argument;
    int32_t value;    /* ARGUMENT: the value, how many members, whether there is one */
    int32_t distance; /* BOUNDARY */
    struct span span; /* what it is about */
    bool succeeds;    /* ARGUMENT: only with success */
    expr_id condition;
    expr_id weak; /* a mutant: it has no meaning there */
};

struct goals {
    struct arena arena;
    struct dependence dependence;
    VEC(struct goal) list;
    mutant_list mutants;
    size_t *first, *end; /* by action->index: its goals; first its OK; then FIRST and ALONE of each check */
};

static inline bool goal_is_mutant(const struct goal *goal) { return goal->form >= GOAL_ATOM; }

/* Conditions are added to the system's expressions, mutants to the rulebook's arena; nothing else changes. */
void goals_init(struct goals *goals, struct system *system);
void goals_clear(struct goals *goals);

/* The number of a goal; `check` does not matter for GOAL_OK. */
size_t goals_find(const struct goals *goals, const struct action *action, enum goal_form form, size_t check);

/* Does a call with these arguments give the argument so? */
bool goal_has_argument(const struct goal *goal, const int32_t *arguments);

const char *goal_form_text(enum goal_form form);
/* The check or effect it is about, or NULL. */
const struct origin *goal_origin(const struct goals *goals, const struct goal *goal);

#endif
