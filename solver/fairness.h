/* solver/fairness.h -- what does not fail to happen for ever.
 *
 * Weak fairness (justice: Manna and Pnueli, The Temporal Logic of Reactive and Concurrent Systems, 3.3): who could go
 * on without end does so at some time.  Fair are an event marked `fair`, with its arguments, a call of the plan, and
 * a process: any of its steps counts for it.  A crash is not fair, and neither is any other call or event. */
#ifndef SOLVER_FAIRNESS_H
#define SOLVER_FAIRNESS_H

#include "model/system.h"

#define FAIRNESS_NONE SIZE_MAX

/* How many there are: numbers from 0. */
size_t fairness_count(const struct system *system);
/* Whose step this transition is, or FAIRNESS_NONE. */
size_t fairness_of(const struct system *system, transition_id transition);

#endif
