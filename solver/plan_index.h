/* solver/plan_index.h -- a plan's order, and which of its calls and which events write what. */
#ifndef SOLVER_PLAN_INDEX_H
#define SOLVER_PLAN_INDEX_H

#include "model/system.h"

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

struct plan_write {
    transition_id transition;
    expr_id value;
};

#define NO_STEP SIZE_MAX

struct plan_index {
    const struct system *system; /* lent */
    size_t step_count;
    VEC(struct plan_write) * writers; /* by variable */
    size_t *step_of;                  /* by transition; NO_STEP: an event */
    uint32_t *done, *sent;            /* by step: variables; UINT32_MAX: there is none */
    size_t *flag_of;                  /* by variable: its step, or NO_STEP */
    VEC(transition_id) * calls; /* by step: of its call, one of which happens once; not that which finds it done */
};

void plan_index_init(struct plan_index *index, const struct system *system);
void plan_index_clear(struct plan_index *index);
/* Does the step have `until`, so that its call is answered some time before it is done? */
bool plan_index_is_sent_first(const struct plan_index *index, size_t step);

#endif
