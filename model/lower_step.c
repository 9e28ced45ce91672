/* Properties of steps, transition by transition.
 *
 * Such a property mostly says the same of each object, and a transition changes few of them.  So the property is taken
 * apart at its "and"s: each part is rebuilt once as it is when nothing changes (mostly true), and again only for the
 * transitions that change a variable whose next value it asks for. */
#include "model/lowering.h"

struct part {
    expr_id holds, idle; /* idle: what it says when nothing changes */
    uint32_t number;     /* of the transition for which it was rebuilt last */
};

/* A part asks for the next value of a variable; `next`: the next ask for the same one, or NO_ASK. */
struct ask {
    uint32_t part, next;
};
#define NO_ASK UINT32_MAX

/* A condition on a step, in parts. */
struct parts {
    VEC(struct part) list;
    VEC(uint32_t) busy; /* those that are not true when nothing changes */
    VEC(struct ask) asks;
    VEC(uint32_t) first; /* ask, by variable */
    expr_list rebuilt;
};

struct stepping {
    struct lowering *low;
    const struct system_transition *transition; /* NULL: nothing changes */
    struct expr_map idle, map;                  /* map: empty between uses */
    struct parts holds, defined;
};

static expr_id successor_leaf(void *context, struct exprs *exprs, expr_id leaf) {
    const struct stepping *stepping = context;
    const struct system_transition *transition = stepping->transition;
    const struct expr node = *expr_get(exprs, leaf);
    if (node.op == OP_VAR)
        return leaf;
    for (uint32_t i = 0; transition != NULL && i < transition->update_count; i++) {
        const struct system_update *update = &stepping->low->system->updates.at[transition->first_update + i];
        if (update->var == (uint32_t)node.payload)
            return update->value;
    }
    return expr_var(exprs, (uint32_t)node.payload, node.low, node.high, node.is_bool);
}

/* Notes whose next values a part asks for. */
static void add_asks(struct stepping *stepping, struct parts *parts, uint32_t number) {
    const struct exprs *exprs = stepping->low->exprs;
    expr_list stack = {0};
    vec_push(&stack, parts->list.at[number].holds);
    while (stack.count > 0) {
        expr_id id = stack.at[--stack.count];
        const struct expr *node = expr_get(exprs, id);
        if (!expr_map_note(&stepping->map, id))
            continue;
        if (node->op == OP_NEXT) {
            uint32_t *first = &parts->first.at[node->payload];
            vec_push(&parts->asks, ((struct ask){number, *first}));
            *first = (uint32_t)parts->asks.count - 1;
        }
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&stack, expr_args(exprs, id)[i]);
    }
    vec_free(&stack);
    expr_map_reset(&stepping->map);
}

static void take_apart(struct stepping *stepping, struct parts *parts, expr_id holds) {
    struct exprs *exprs = stepping->low->exprs;
    parts->list.count = parts->busy.count = parts->asks.count = parts->first.count = 0;
    for (size_t v = 0; v < stepping->low->system->vars.count; v++)
        vec_push(&parts->first, NO_ASK);
    uint32_t count = expr_get(exprs, holds)->op == OP_AND ? expr_get(exprs, holds)->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        expr_id part = expr_get(exprs, holds)->op == OP_AND ? expr_args(exprs, holds)[i] : holds;
        expr_id idle = expr_rebuild(exprs, part, successor_leaf, stepping, &stepping->idle);
        vec_push(&parts->list, ((struct part){part, idle, UINT32_MAX}));
        if (idle != EXPR_TRUE)
            vec_push(&parts->busy, i);
        add_asks(stepping, parts, i);
    }
}

/* The condition as the transition makes it. */
static expr_id after(struct stepping *stepping, struct parts *parts, transition_id number) {
    struct exprs *exprs = stepping->low->exprs;
    const struct system_transition *transition = stepping->transition;
    const struct system_update *updates = stepping->low->system->updates.at + transition->first_update;
    parts->rebuilt.count = 0;
    for (uint32_t i = 0; i < transition->update_count; i++)
        for (uint32_t k = parts->first.at[updates[i].var]; k != NO_ASK; k = parts->asks.at[k].next) {
            struct part *part = &parts->list.at[parts->asks.at[k].part];
            if (part->number != number)
                vec_push(&parts->rebuilt, expr_rebuild(exprs, part->holds, successor_leaf, stepping, &stepping->map));
            part->number = number;
        }
    for (size_t i = 0; i < parts->busy.count; i++) {
        const struct part *part = &parts->list.at[parts->busy.at[i]];
        if (part->number != number)
            vec_push(&parts->rebuilt, part->idle);
    }
    return expr_and(exprs, parts->rebuilt.at, parts->rebuilt.count);
}

static void free_parts(struct parts *parts) {
    vec_free(&parts->list);
    vec_free(&parts->busy);
    vec_free(&parts->asks);
    vec_free(&parts->first);
    vec_free(&parts->rebuilt);
}

void lower_step(struct lowering *low, struct system_property *target) {
    struct system *system = low->system;
    struct exprs *exprs = low->exprs;
    const struct property *property = target->property;
    const struct action *lowered_for = NULL;
    struct stepping stepping = {.low = low};
    target->violations = (uint32_t)system->step_violations.count;
    low->is_step = true;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct action *action = system_action(system, t);
        if (action != lowered_for) {
            low->step_action = (int32_t)action->base->index;
            low->frame = arena_alloc(&low->scratch, (property->frame + 1) * sizeof *low->frame);
            low->defined = EXPR_TRUE;
            expr_id holds = lower_scalar(low, property->term);
            arena_clear(&low->scratch);
            stepping.transition = NULL;
            take_apart(&stepping, &stepping.holds, holds);
            take_apart(&stepping, &stepping.defined, low->defined);
            lowered_for = action;
        }
        stepping.transition = &system->transitions.at[t];
        expr_id holds = after(&stepping, &stepping.holds, t), defined = after(&stepping, &stepping.defined, t);
        expr_map_reset(&stepping.map);
        expr_id guard = stepping.transition->guard;
        lower_oblige(low, property->term->span, obligation_meaning, expr_implies(exprs, guard, defined));
        vec_push(&system->step_violations, expr_and2(exprs, guard, expr_not(exprs, holds)));
    }
    free_parts(&stepping.holds);
    free_parts(&stepping.defined);
    expr_map_clear(&stepping.idle);
    expr_map_clear(&stepping.map);
    low->is_step = false;
}
