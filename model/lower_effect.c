/* Effects become the new values of variables, all at once. */
#include "model/lowering.h"

static void write_value(struct lowering *low, const struct effect *effect, const struct field *field, uint32_t object,
                        uint32_t element, expr_id condition, expr_id value) {
    if (condition != EXPR_FALSE)
        vec_push(&low->writes, ((struct write){lower_var(low, field, object, element), (uint32_t)low->writes.count,
                                               condition, value, effect->span}));
}

/* The part of first..last that the expression's range leaves: mostly one value, a parameter's. */
static void narrow(const struct exprs *exprs, expr_id id, int32_t *first, int32_t *last) {
    const struct expr *node = expr_get(exprs, id);
    if (node->is_bool)
        return;
    *first = node->low > *first ? node->low : *first;
    *last = node->high < *last ? node->high : *last;
}

static void lower_assign(struct lowering *low, const struct effect *effect, expr_id guard, expr_id condition) {
    struct exprs *exprs = low->exprs;
    const struct term *target = effect->target, *place = target->op == TERM_INDEX ? target->args[0] : target;
    const struct field *field = place->field;
    if (low->first_var[field->index] == UINT32_MAX)
        return; /* sliced away */
    expr_id path = expr_and2(exprs, guard, condition);
    low->defined = EXPR_TRUE;
    struct value value = lower_term(low, effect->value);
    expr_id base = lower_scalar(low, place->args[0]);
    lower_demand(low, expr_le(exprs, expr_int(exprs, 0), base));
    int32_t first_key = 0, last_key = 0, first, last;
    expr_id key = EXPR_NONE;
    if (target->op == TERM_INDEX) {
        key = lower_scalar(low, target->args[1]);
        type_range(field->type->key, &first_key, &last_key);
        lower_demand(low, expr_le(exprs, expr_int(exprs, first_key), key));
        lower_demand(low, expr_le(exprs, key, expr_int(exprs, last_key)));
    }
    int32_t first_written = first_key, last_written = last_key;
    lower_oblige(low, effect->span, obligation_meaning, expr_implies(exprs, path, low->defined));
    low->defined = EXPR_TRUE;
    type_range(type_element(low->system->rulebook, field->type), &first, &last);
    for (uint32_t i = 0; i < value.count; i++) {
        const struct expr *node = expr_get(exprs, value.at[i]);
        if (!node->is_bool && (node->low < first || node->high > last)) {
            expr_id fits = expr_and2(exprs, expr_le(exprs, expr_int(exprs, first), value.at[i]),
                                     expr_le(exprs, value.at[i], expr_int(exprs, last)));
            lower_oblige(low, effect->span, obligation_range, expr_implies(exprs, path, fits));
        }
    }
    int32_t from = 0, to = (int32_t)field->kind->objects.count - 1;
    narrow(exprs, base, &from, &to);
    if (key != EXPR_NONE)
        narrow(exprs, key, &first_written, &last_written);
    for (int32_t o = from; o <= to; o++) {
        expr_id here = expr_and2(exprs, condition, expr_eq(exprs, base, expr_int(exprs, o)));
        if (here == EXPR_FALSE)
            continue;
        if (key == EXPR_NONE)
            for (uint32_t e = 0; e < field->width; e++)
                write_value(low, effect, field, (uint32_t)o, e, here, value.at[e]);
        else
            for (int32_t k = first_written; k <= last_written; k++)
                write_value(low, effect, field, (uint32_t)o, (uint32_t)(k - first_key),
                            expr_and2(exprs, here, expr_eq(exprs, key, expr_int(exprs, k))), value.at[0]);
    }
}

static bool touches_vars(const struct lowering *low, const struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *place = effect->target->op == TERM_INDEX ? effect->target->args[0] : effect->target;
        return low->first_var[place->field->index] != UINT32_MAX;
    }
    for (size_t i = 0; i < effect->body_count; i++)
        if (touches_vars(low, effect->body[i]))
            return true;
    for (size_t i = 0; i < effect->otherwise_count; i++)
        if (touches_vars(low, effect->otherwise[i]))
            return true;
    return false;
}

void lower_effect(struct lowering *low, const struct effect *effect, expr_id guard, expr_id condition) {
    struct exprs *exprs = low->exprs;
    if (condition == EXPR_FALSE || !touches_vars(low, effect))
        return;
    expr_id path = expr_and2(exprs, guard, condition);
    if (effect->form == EFFECT_ASSIGN) {
        lower_assign(low, effect, guard, condition);
    } else if (effect->form == EFFECT_IF) {
        expr_id yes = effect->condition == NULL ? EXPR_TRUE : lower_guarded(low, effect->condition, path);
        for (size_t i = 0; i < effect->body_count; i++)
            lower_effect(low, effect->body[i], guard, expr_and2(exprs, condition, yes));
        for (size_t i = 0; i < effect->otherwise_count; i++)
            lower_effect(low, effect->otherwise[i], guard, expr_and2(exprs, condition, expr_not(exprs, yes)));
    } else {
        int32_t first, last;
        type_range(effect->domain.type, &first, &last);
        for (int32_t value = first; value <= last && lower_may_go_on(low); value++) {
            low->defined = EXPR_TRUE;
            expr_id here = lower_membership(low, &effect->domain, value);
            lower_oblige(low, effect->span, obligation_meaning, expr_implies(exprs, path, low->defined));
            lower_bind(low, effect->slot, effect->domain.type, value);
            here = expr_and2(exprs, condition, here);
            if (effect->condition != NULL && here != EXPR_FALSE)
                here = expr_and2(exprs, here, lower_guarded(low, effect->condition, expr_and2(exprs, guard, here)));
            for (size_t i = 0; i < effect->body_count; i++)
                lower_effect(low, effect->body[i], guard, here);
        }
    }
}

static int compare_writes(const void *one, const void *other) {
    const struct write *a = one, *b = other;
    if (a->var != b->var)
        return a->var < b->var ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* The new value of each variable; two writes of different values contradict each other. */
void lower_updates(struct lowering *low, struct system_transition *transition) {
    struct exprs *exprs = low->exprs;
    struct system *system = low->system;
    if (low->writes.count > 1)
        qsort(low->writes.at, low->writes.count, sizeof *low->writes.at, compare_writes);
    transition->first_update = (uint32_t)system->updates.count;
    for (size_t i = 0; i < low->writes.count;) {
        size_t end = i;
        uint32_t var = low->writes.at[i].var;
        const struct system_var *v = &system->vars.at[var];
        expr_id old = expr_var(exprs, var, v->low, v->high, v->is_bool), value = old;
        for (; end < low->writes.count && low->writes.at[end].var == var; end++) {
            const struct write *write = &low->writes.at[end];
            value = expr_ite(exprs, write->condition, write->value, value);
            for (size_t j = i; j < end; j++) {
                const struct write *other = &low->writes.at[j];
                expr_id differ = expr_not(exprs, expr_eq(exprs, write->value, other->value));
                expr_id clash[] = {transition->guard, write->condition, other->condition, differ};
                lower_oblige(low, write->span, obligation_consistent, expr_not(exprs, expr_and(exprs, clash, 4)));
            }
        }
        if (value != old)
            vec_push(&system->updates, ((struct system_update){var, value}));
        i = end;
    }
    transition->update_count = (uint32_t)system->updates.count - transition->first_update;
    low->writes.count = 0;
}
