/* solver/questions.h -- what a search has to look for, as conditions on one state.
 *
 * A property, an obligation or a rule's use becomes a question whose condition holds exactly where there is
 * something to report. */
#ifndef SOLVER_QUESTIONS_H
#define SOLVER_QUESTIONS_H

#include "model/system.h"

enum question_about { ASK_PROPERTY, ASK_STEP, ASK_OBLIGATION, ASK_RULE };

struct question {
    enum question_about about;
    size_t index;             /* of the property or obligation; ASK_RULE: coverage_index() */
    transition_id transition; /* ASK_STEP: the step that violates the property */
};

struct questions {
    VEC(struct question) list;
    VEC(expr_id) conditions; /* one for each */
};

/* INVARIANT, STEP, DEADLOCK_FREE: where it is violated.  REACHABLE, UNREACHABLE: where the condition holds. */
void questions_add_properties(struct questions *questions, struct system *system);
void questions_add_obligations(struct questions *questions, struct system *system);
/* Where some call passes the checks before this one and fails it. */
void questions_add_rules(struct questions *questions, struct system *system);
void questions_clear(struct questions *questions);

#endif
