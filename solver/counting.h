/* solver/counting.h -- what can be said of `and`, `or` and `count` because few of their parts can have changed.
 *
 * So many parts hold initially; since then each step has changed at most so many, and a step that is done at least so
 * many.  An event can happen any number of times, unless it uses up what is supplied a limited number of times: it
 * needs a variable to have a value (`gateway.status == pending`), takes that value away, and only steps, each of them
 * once, or other such events give it that value again.  (The potential of one token in a Petri net; cf. Murata, "Petri
 * nets: properties, analysis and applications", 1989, section V.) */
#ifndef SOLVER_COUNTING_H
#define SOLVER_COUNTING_H

#include "solver/plan_moment.h"

struct counting; /* opaque */

/* All three are lent. */
struct counting *counting_new(struct system *system, struct abstraction *abstraction, const struct plan_index *index);
void counting_free(struct counting *counting); /* NULL is fine */

/* The interval of `id`, one of the three with at least two parts, in the states of this moment where `state` (a
 * condition, perhaps a conjunction) holds. */
struct range counting_bounds(struct counting *counting, expr_id id, const struct plan_moment *moment, expr_id state);
/* Has it many parts, all of them about few variables? */
bool counting_is_plain(struct counting *counting, expr_id id);

#endif
