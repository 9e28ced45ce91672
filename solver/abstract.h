/* solver/abstract.h -- what values expressions can have if only some variables are known: intervals.
 *
 * A variable that is not followed may have any value that some transition ever gives it, whatever the others are (a
 * Cartesian abstraction; Cousot, Cousot, POPL 1977).  An expression is known if its interval has one value. */
#ifndef SOLVER_ABSTRACT_H
#define SOLVER_ABSTRACT_H

#include "model/system.h"

struct range {
    int32_t low, high;
};

#define VALUES_MOST 16

struct value_list {
    int32_t at[VALUES_MOST];
    size_t count;
};

typedef VEC(uint32_t) abstract_list; /* of variables or expressions */

struct abstraction {
    const struct system *system;
    size_t expr_count; /* known so far */
    size_t expr_room;
    struct range *ranges; /* by expression: now, see abstraction_evaluate() */
    struct range *base;   /* with nothing followed */
    struct range *limits; /* where has_limit: what is known besides */
    bool *has_limit;
    abstract_list limited;
    struct range *first;   /* in the initial state: of one value */
    struct range *vars;    /* by variable: the values it ever has */
    uint64_t *masks;       /* likewise, value by value from the variable's lowest; of those with few enough values */
    size_t *mask_of;       /* by variable: its first word in `masks` */
    uint32_t *places;      /* by variable: which of the followed ones it is; UINT32_MAX: none */
    uint32_t *seen, stamp; /* by expression */
    /* suppositions about one step */
    struct range *supposed; /* by variable */
    uint32_t *supposed_at, supposition;
    struct range *memo;  /* by expression */
    struct range *after; /* by update: what it writes where the guard holds; of transitions that has_after */
    bool *has_after;
};

void abstraction_init(struct abstraction *abstraction, const struct system *system);
void abstraction_clear(struct abstraction *abstraction);
/* After expressions have joined the system's graph. */
void abstraction_grow(struct abstraction *abstraction);

/* The followed variables have these values.  `nodes`: all that depends on them, arguments first.  False: the limits say
 * that there is no such state. */
bool abstraction_evaluate(struct abstraction *abstraction, const uint32_t *nodes, size_t count, const int32_t *followed,
                          bool with_limits);
void abstraction_forget(struct abstraction *abstraction, const uint32_t *nodes, size_t count);
/* Narrows an expression's interval, for evaluations `with_limits`.  False: nothing is left of it. */
bool abstraction_limit(struct abstraction *abstraction, expr_id id, struct range range);
void abstraction_limit_none(struct abstraction *abstraction);

/* Appends the expressions below the roots that depend on what is followed or, `with_limits`, on a limit. */
void abstraction_dependent(struct abstraction *abstraction, const expr_id *roots, size_t count, bool with_limits,
                           abstract_list *nodes);
/* Appends what is not known of `root`, arguments first. */
void abstraction_nodes(struct abstraction *abstraction, expr_id root, abstract_list *nodes);
/* Appends the variables of `root`; `open`: those not followed on which it depends now. */
void abstraction_vars(struct abstraction *abstraction, expr_id root, bool open, abstract_list *vars);
/* All values that an expression can have now; false if they are too many. */
bool abstraction_values(const struct abstraction *abstraction, expr_id id, struct value_list *list);

/* Until the next supposition: the state before a transition, or after it. */
void abstraction_suppose_guard(struct abstraction *abstraction, transition_id t);
void abstraction_suppose_update(struct abstraction *abstraction, transition_id t);
struct range abstraction_value(struct abstraction *abstraction, expr_id id);

#endif
