/* solver/leads_to.h -- from every reachable state with P, Q comes in the end, whatever happens.
 *
 * All runs count in which nothing fair is left out for ever (solver/fairness.h); other events may happen or not.  With
 * `within`, no run makes more than so many calls before Q, even one that is not fair.  With `calm`, those runs count in
 * which nothing but what is fair happens from P on. */
#ifndef SOLVER_LEADS_TO_H
#define SOLVER_LEADS_TO_H

#include "model/eval.h"
#include "solver/explore.h"

/* Gives the result of property `index` its verdict; the exploration is complete.  A trace that refutes it either ends
 * in a state where it may stay for ever (recovery == count), or repeats its steps from `recovery` on, or has too many
 * calls behind `recovery`. */
void leads_to_decide(struct explorer *explorer, struct run *run, size_t index);

/* Does this run refute the property?  By the plain evaluator; `states` are those of trace_play(). */
bool leads_to_confirm(const struct system *system, struct evaluator *evaluator, const struct property *property,
                      const struct trace *trace, const int32_t *states);

#endif
