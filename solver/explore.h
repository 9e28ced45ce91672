/* solver/explore.h -- every reachable state, level by level.
 *
 * A state's number is its place in breadth-first order, so the first state that meets a condition has a
 * shortest path.  No predecessors are stored: a path is found afterwards by expanding the level before
 * again and looking for the state. */
#ifndef SOLVER_EXPLORE_H
#define SOLVER_EXPLORE_H

#include "model/layout.h"
#include "solver/engine.h"
#include "solver/state_set.h"

struct explorer; /* opaque */

enum explore_end {
    EXPLORE_COMPLETE,
    EXPLORE_DECIDED, /* `decided` said so */
    EXPLORE_LIMIT    /* see stats->reason */
};

/* `checks`: conditions on a state; explorer_hit() tells the first state where each holds.  NULL if there is not even
 * memory to begin. */
struct explorer *explorer_new(const struct system *system, const struct budget *budget, const expr_id *checks,
                              size_t check_count);
void explorer_free(struct explorer *explorer);

/* `decided` is asked after each level (NULL: never). */
enum explore_end explorer_run(struct explorer *explorer, bool (*decided)(void *context), void *context,
                              struct stats *stats);

state_id explorer_hit(const struct explorer *explorer, size_t check); /* STATE_NONE */
bool explorer_fired(const struct explorer *explorer, transition_id transition);
uint32_t explorer_depth(const struct explorer *explorer, state_id state);
void explorer_unpack(const struct explorer *explorer, state_id state, int32_t *values);
state_id explorer_count(const struct explorer *explorer);

/* A shortest path to `state`; steps are appended to `trace`. */
void explorer_path(struct explorer *explorer, state_id state, struct trace *trace);

/* Expands all states again, in ascending or descending order of batches, and shows every edge between known states.
 * Edges of one batch come in the order of transitions.  False if stopped by the budget. */
typedef void explorer_edge(void *context, state_id from, transition_id transition, state_id to);
bool explorer_edges(struct explorer *explorer, bool descending, explorer_edge *edge, void *context);
/* The edges of one state. */
void explorer_edges_of(struct explorer *explorer, state_id state, explorer_edge *edge, void *context);
/* For each state whether `condition` holds there. */
void explorer_mark(struct explorer *explorer, expr_id condition, bool *marks);

/* Does the explored set of states stay the same if `action` is replaced by what it is in `other`, a system with the
 * same variables, and does none of `other`'s conditions `checks` hold in it?  False also where that is not known. */
bool explorer_is_closed(struct explorer *explorer, const struct system *other, const struct action *action,
                        const expr_id *checks, size_t check_count);

#endif
