/* vectors/kill.h -- in which states a mutant shows.
 *
 * All mutants are looked at in one exploration of the unchanged rulebook (mutant schemata: Untch, Offutt, Harrold,
 * ISSTA 1993; on states, Krenn et al., "MoMuT::UML", TAP 2015).  Since a suite compares the whole state after every
 * step, the first step on which rulebook and mutant part is the one that kills it, so no product of the two is
 * explored: it is enough to know in which states of the rulebook some call is answered differently or leads elsewhere.
 */
#ifndef VECTORS_KILL_H
#define VECTORS_KILL_H

#include "vectors/goals.h"

/* For each goal that is a mutant, `condition`: some call gets an answer that the rulebook does not allow, or leads to
 * another state for some choice of the service; and `weak`: the mutant has no meaning there.  Never too strong: where
 * it holds nowhere, the mutant is equivalent.  With `only` (by goal), of those alone and exactly: whatever the service
 * chooses, the next state is none of those that the rulebook allows. */
void kill_conditions(struct goals *goals, struct system *system, const bool *only);

#endif
