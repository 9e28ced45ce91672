/* solver/recover.h -- "from every reachable state with P, a state with Q can be reached by at most n API calls". */
#ifndef SOLVER_RECOVER_H
#define SOLVER_RECOVER_H

#include "solver/explore.h"

/* Decides the RECOVERABLE property with this index; the space must be explored completely.  Events cost nothing, a
 * client's call costs one.  The trace leads to the worst state and, if there is a way, back from it. */
void recover_decide(struct explorer *explorer, struct run *run, size_t index);

#endif
