/* vectors/suite_set.h -- the suites of several specs as one.
 *
 * A spec is a small universe in which some rules matter; a rulebook needs several.  Goals are the same in two specs if
 * they have the same name, that is, action, rule and operator, and then one vector is enough. */
#ifndef VECTORS_SUITE_SET_H
#define VECTORS_SUITE_SET_H

#include "vectors/criterion.h"

/* A goal over all specs. */
struct set_goal {
    const struct goal *goal; /* as the first spec has it that has it */
    const struct suite *suite;
    enum goal_status status;
    bool is_weak;      /* a mutant: wherever it shows, it has no meaning */
    bool is_quirk;     /* only vectors of level QUIRK show it */
    bool is_identical; /* UNREACHABLE: in no spec is there a condition under which it shows */
    bool is_left;      /* UNKNOWN: the criterion's vectors do not show it, whether others could or not */
};

struct suite_set {
    VEC(struct suite *) list; /* in the order given */
    VEC(struct set_goal) goals;
    VEC(size_t *) numbers; /* by suite, goal: its number in `goals` */
    struct arena arena;
};

/* Lends the suite. */
void suite_set_add(struct suite_set *set, struct suite *suite);
/* Chooses the vectors of all suites from their candidates. */
void suite_set_select(struct suite_set *set, enum criterion criterion);
void suite_set_clear(struct suite_set *set);

/* Does the vector show the goal, as a suite counts it? */
bool set_goal_is_shown(const struct suite_set *set, size_t suite, const struct vector *vector, size_t goal);
uint64_t suite_set_vectors(const struct suite_set *set);
uint64_t suite_set_steps(const struct suite_set *set);

#endif
