/* vectors/dependence.h -- checks that cannot hold where an earlier one fails.
 *
 * "The interface is available" fails whenever "the interface exists" fails.  An implementation that asked the second
 * question first would never answer NotFound, so even where the order of two such checks is not documented, the earlier
 * one comes first.  We call the later one dependent if no state at all, reachable or not, satisfies it together with
 * the failure of the earlier one, whatever the arguments; so it does not hang on how small the scope is. */
#ifndef VECTORS_DEPENDENCE_H
#define VECTORS_DEPENDENCE_H

#include "model/system.h"

struct dependence {
    const bool **rows; /* by action->index; [earlier * checks + later] */
    struct arena arena;
};

/* Adds expressions to the system, nothing else.  Only actions by the client that are allowed are looked at. */
void dependence_init(struct dependence *dependence, struct system *system);
void dependence_clear(struct dependence *dependence);
bool is_dependent(const struct dependence *dependence, const struct action *action, size_t earlier, size_t later);

/* Does some assignment of the variables satisfy it?  Tried one by one; `true` also where there are too many. */
bool may_hold(const struct system *system, expr_id condition);

#endif
