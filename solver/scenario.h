/* solver/scenario.h -- a scenario, played by the plain evaluator.
 *
 * A call is answered as expected if the expected response is one that the rulebook allows there: a code of the first
 * check that fails, or of a later one that fails, too, and whose place in the order is only assumed. */
#ifndef SOLVER_SCENARIO_H
#define SOLVER_SCENARIO_H

#include "solver/engine.h"

/* Decides a SCENARIO: HOLDS, or VIOLATED with a reason that says where. */
void scenario_decide(struct rulebook *rulebook, struct result *result);

#endif
