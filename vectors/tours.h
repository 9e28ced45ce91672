/* vectors/tours.h -- few long vectors instead of many short ones, for endpoints where a fixture is slow.
 *
 * A tour is a chain of vectors of one kind: the same level, and the same needs (`kinds`), so that whoever cannot run
 * one of them loses as little as possible.  Where only the end of a vector is needed, because the tour has come to a
 * state where it shows the same, only the end is taken.  What all vectors of a suite show, its tours show, too, each
 * played by the plain evaluator. */
#ifndef VECTORS_TOURS_H
#define VECTORS_TOURS_H

#include "vectors/suite.h"

enum { TOUR_STEPS = 60 }; /* at most, events among them; a vector that is longer is a tour by itself */

/* How to keep vectors apart; what is NULL does not matter. */
struct tour_kinds {
    const char *const *kinds; /* by vector: those of one kind are alike */
    const bool *settles; /* by vector: after each call, events take their steps as soon as they can, of those that */
    const bool *at_once; /* by action->index: happen by themselves */
};

/* Replaces the suite's vectors by tours. */
void tours_make(struct suite *suite, const struct tour_kinds *kinds);

#endif
