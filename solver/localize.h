/* solver/localize.h -- quick proofs that a state never comes, without looking at all schedules.
 *
 * Localization reduction (Kurshan, "Computer-aided verification of coordinating processes", 1994): only a few variables
 * are followed, all others may have any value they ever have.  What cannot happen even then cannot happen at all.
 * Otherwise the way to the bad state says which variables to follow besides (Clarke, Grumberg, Jha, Lu, Veith,
 * "Counterexample-guided abstraction refinement", CAV 2000), until nothing is left to add or a bound on the work is
 * met.
 *
 * Three facts about plans make few variables enough: a step comes after all that come before it, directly or not; each
 * step's call happens once, so counts (free addresses, used quota) move by no more than the steps that may have been
 * taken; what has been done stays done. */
#ifndef SOLVER_LOCALIZE_H
#define SOLVER_LOCALIZE_H

#include "solver/abstract.h"
#include "solver/plan_index.h"

struct localizer; /* opaque */

/* `system` is lent: a whole one with a plan.  Expressions may join its graph later. */
struct localizer *localizer_new(struct system *system);
void localizer_free(struct localizer *localizer);
/* Up to date with the system's expressions; nothing is followed. */
struct abstraction *localizer_abstraction(struct localizer *localizer);

/* Is `bad` false in every reachable state, of the schedules that keep to `order`?  True is a proof; false says nothing.
 * `*states` counts the states of the abstractions that were looked at. */
bool localizer_excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states);

#endif
