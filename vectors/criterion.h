/* vectors/criterion.h -- other rules for choosing vectors, to compare with.
 *
 * The default aims at mutants.  The others are those of the literature on tests from state machines (Offutt, Ammann,
 * "Introduction to Software Testing", 2nd ed., ch. 7-8); `make bench` shows how many mutants each of them kills. */
#ifndef VECTORS_CRITERION_H
#define VECTORS_CRITERION_H

#include "vectors/suite.h"

/* CRITERION(NAME, in options, what it asks for) */
#define CRITERIA                                                                                                       \
    CRITERION(MUTANTS, "mutants", "every goal, mutants among them")                                                    \
    CRITERION(OPERATION_CODE, "operation-code", "each operation with each response")                                   \
    CRITERION(DECISION, "decision", "each check true and false")                                                       \
    CRITERION(STATE, "state", "each state up to --max-depth (3)")                                                      \
    CRITERION(TRANSITIONS, "transitions", "each call in each state, up to --max-depth (3)")                            \
    CRITERION(RANDOM, "random", "--walks (100) random walks of 15 steps, from --seed")

enum criterion {
#define CRITERION(name, text, about) CRITERION_##name,
    CRITERIA
#undef CRITERION
        CRITERION_COUNT
};

const char *criterion_text(enum criterion criterion);
const char *criterion_about(enum criterion criterion);
/* False if there is none of this name. */
bool criterion_find(const char *name, enum criterion *criterion);

/* Is a goal of this form asked for?  For the first three. */
bool criterion_asks(enum criterion criterion, enum goal_form form);
/* Are all candidates taken, because the criterion makes them itself? */
bool criterion_takes_all(enum criterion criterion);

struct walk_limits {
    uint32_t depth; /* STATE, TRANSITIONS */
    uint64_t walks, seed;
    bool only_counts;
};
/* STATE, TRANSITIONS, RANDOM: replaces the candidates, by the plain evaluator alone.  False if it needs too many.
 * With only_counts the candidates stay, and suite->walked says how many vectors there are and what they show: a goal of
 * STATE and TRANSITIONS only if some candidate shows it, UNHURT never.  Too many are then no failure: the first in
 * breadth-first order count, and is_cut is set. */
bool criterion_walk(struct suite *suite, enum criterion criterion, const struct walk_limits *limits);

#endif
