/* vectors/goals.h -- what a suite must show.
 *
 * For every client's action: that it succeeds; for every check of it: that it is the first to fail, and that it
 * fails alone (no other check fails, except those that depend on it), which is the stronger test, because the answer
 * then does not hang on the order of the checks.  Each goal is also a condition on a state: some call of the action
 * shows it there. */
#ifndef VECTORS_GOALS_H
#define VECTORS_GOALS_H

#include "vectors/dependence.h"

enum goal_form { GOAL_OK, GOAL_FIRST, GOAL_ALONE };

struct goal {
    enum goal_form form;
    const struct action *action;
    size_t check;   /* not for GOAL_OK */
    const char *id; /* "Attach/ok", "Attach/ATT-P1/first", "Attach/ATT-P1/alone"; unique */
    expr_id condition;
};

struct goals {
    struct arena arena;
    struct dependence dependence;
    VEC(struct goal) list;
    size_t *first; /* by action->index: its GOAL_OK; then FIRST and ALONE of each check.  SIZE_MAX: no goals */
};

/* Conditions are added to the system's expressions; nothing else of it changes. */
void goals_init(struct goals *goals, struct system *system);
void goals_clear(struct goals *goals);

/* The number of a goal; `check` does not matter for GOAL_OK. */
size_t goals_find(const struct goals *goals, const struct action *action, enum goal_form form, size_t check);

/* "ok", "first", "alone" */
const char *goal_form_text(enum goal_form form);
/* "ok" or the preferred error code. */
const char *goal_response(const struct goal *goal);

#endif
