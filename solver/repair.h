/* solver/repair.h -- what repairs a step that fails in some schedules. */
#ifndef SOLVER_REPAIR_H
#define SOLVER_REPAIR_H

#include "solver/inquiry.h"

/* `inquiry`: of the failing step, with what was found out when it was asked.  `outcome` has its failure and gets the
 * repairs.  All outcomes of the verification are there. */
void find_repairs(const struct inquiry *inquiry, struct step_outcome *outcome);
/* Another argument of the failing call, also of one that fails in every schedule. */
void find_argument(const struct inquiry *inquiry, struct step_outcome *outcome);

#endif
