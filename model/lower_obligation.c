/* What must hold in every reachable state: what does not simplify to true, joined by place and kind. */
#include <string.h>

#include "model/lowering.h"

static struct demand *find_demand(struct lowering *low, struct span span, const char *text) {
    for (size_t i = low->demands.count; i-- > 0;) {
        struct demand *demand = low->demands.at[i];
        if (demand->text == text && memcmp(&demand->span, &span, sizeof span) == 0)
            return demand;
    }
    struct demand *demand = arena_alloc(&low->system->arena, sizeof *demand);
    demand->span = span;
    demand->text = text;
    vec_push(&low->demands, demand);
    return demand;
}

void lower_oblige(struct lowering *low, struct span span, const char *text, expr_id holds) {
    if (holds == EXPR_TRUE)
        return;
    if (low->collects) {
        vec_push(&low->obliged, holds);
        return;
    }
    struct demand *demand = find_demand(low, span, text);
    if (demand->instances.count == 0 || demand->instances.at[demand->instances.count - 1] != holds)
        vec_push(&demand->instances, holds);
}

const char obligation_meaning[] = "has no meaning: reads a field of none, a key outside a map, divides by zero, or "
                                  "'the' does not find exactly one";
const char obligation_range[] = "assigns a value outside the field's range";
const char obligation_consistent[] = "gives one field two different values";
const char obligation_choice[] = "passes all checks and yet leaves the service nothing to choose";

expr_id lower_guarded(struct lowering *low, const struct term *term, expr_id guard) {
    low->defined = EXPR_TRUE;
    expr_id result = lower_scalar(low, term);
    lower_oblige(low, term->span, obligation_meaning, expr_implies(low->exprs, guard, low->defined));
    low->defined = EXPR_TRUE;
    return result;
}

void lower_obligations(struct lowering *low) {
    for (size_t i = 0; i < low->demands.count; i++) {
        struct demand *demand = low->demands.at[i];
        expr_id holds = expr_and(low->exprs, demand->instances.at, demand->instances.count);
        if (holds != EXPR_TRUE)
            vec_push(&low->system->obligations, ((struct system_obligation){demand->span, demand->text, holds}));
        vec_free(&demand->instances);
    }
    vec_free(&low->demands);
}
