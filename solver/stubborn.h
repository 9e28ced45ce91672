/* solver/stubborn.h -- a search that takes only some of the enabled transitions in each state: strong stubborn sets.
 *
 * Independent steps of a plan need not be tried in every order.  A set of transitions is stubborn if with every enabled
 * one it has all that interfere with it, and with every disabled one all that could make a false part of its guard true
 * (Valmari, "Stubborn sets for reduced state space generation", 1991).  Taking only its enabled members keeps every
 * deadlock; a set that begins with what could make the goal true also keeps a shortest way to the goal (Wehrle,
 * Helmert, "Efficient stubborn sets: generalized algorithms and selection strategies", ICAPS 2014).  The states are
 * expanded in the order of A*, with the bound of solver/distance.h. */
#ifndef SOLVER_STUBBORN_H
#define SOLVER_STUBBORN_H

#include "solver/abstract.h"
#include "solver/engine.h"

enum stubborn_end {
    STUBBORN_GOAL,     /* the goal can be met: `trace` is a shortest way */
    STUBBORN_DEADLOCK, /* nothing can happen any more in a state where `fine` does not hold */
    STUBBORN_NOTHING,  /* neither can be */
    STUBBORN_LIMIT     /* see `reason` */
};

struct stubborn_search {
    expr_id goal;
    expr_id fine; /* deadlocks where this holds are not looked for; EXPR_TRUE: none are */
    bool is_deep; /* first what looks nearest the goal: finds some way sooner, hardly a shortest one */
    struct trace trace;
    uint64_t states;
    uint32_t depth; /* LIMIT: there is no way of at most so many steps to the goal; only if not is_deep */
    const char *reason;
};

/* The clock of `budget` must be set.  `abstraction` knows the system's expressions. */
enum stubborn_end stubborn_run(struct stubborn_search *search, const struct system *system,
                               struct abstraction *abstraction, const struct budget *budget);

#endif
