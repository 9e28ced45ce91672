/* solver/loss.h -- does what a step of a plan has established last, when all calls succeed?
 *
 * An action, or a step itself, may say what it establishes.  Another step that establishes something can take that
 * away: its call is accepted, and one of the two is lost (a lost update).  That is asked for each pair of steps: can
 * the second be called after the first, in a state where what the first established holds and after which it does not?
 * Asked of calls that name an object in common: of others (one by an instance, one by its interface) it would take too
 * long for what it finds.  Not asked where it is meant so: both belong to one resource, or to none and the plan puts
 * the second one after the first.  Calls that only end something (they establish nothing) are there to take away. */
#ifndef SOLVER_LOSS_H
#define SOLVER_LOSS_H

#include "solver/plan_proof.h"
#include "solver/verify.h"

struct loss_pair {
    size_t step, by;
    expr_id established, lost; /* what the first wants; the state before the second one's call takes it away */
};

struct loss_search {
    struct plan_proof *proof; /* lent */
    VEC(struct loss_pair) pairs;
};

void loss_search_init(struct loss_search *search, struct plan_proof *proof);
void loss_search_clear(struct loss_search *search);
/* Can the pair be lost, or is it not known?  Then `*loss` is filled, with texts from the arena of the verification. */
bool loss_find(struct loss_search *search, size_t pair, struct verification *verification, const struct budget *budget,
               struct step_loss *loss);

#endif
