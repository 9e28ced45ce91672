/* vectors/goal_conditions.h -- in which states a goal that is no mutant shows (vectors/kill.h for mutants). */
#ifndef VECTORS_GOAL_CONDITIONS_H
#define VECTORS_GOAL_CONDITIONS_H

#include "vectors/goals.h"

/* Sets `condition` of all goals but mutants, and which arguments must be given with success. */
void goal_conditions(struct goals *goals, struct system *system);

#endif
