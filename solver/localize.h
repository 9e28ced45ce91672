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

/* Which steps of a plan come before which: before[a * count + b], directly or not. */
struct plan_order {
    size_t count;
    bool *before;
};
void plan_order_init(struct plan_order *order, const struct rulebook *rulebook);
/* `later` also comes after `earlier`.  False, and nothing changed, if that makes a cycle. */
bool plan_order_add(struct plan_order *order, size_t earlier, size_t later);
void plan_order_copy(struct plan_order *copy, const struct plan_order *order);
void plan_order_clear(struct plan_order *order);

/* The number of a step; the variables of its flags. */
size_t plan_step_number(const struct rulebook *rulebook, const struct plan_step *step);
uint32_t plan_flag(const struct system *system, size_t step, const char *flag);

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
