#include "solver/plan_moment.h"

#include <stdlib.h>

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* ---- the steps ---- */

static void mark_done(struct plan_moment *moment, size_t step) {
    moment->is_done[step] = moment->is_called[step] = true;
}

static void mark_called(struct plan_moment *moment, size_t step) {
    size_t n = moment->order->count;
    moment->is_called[step] = true;
    for (size_t a = 0; a < n; a++)
        if (moment->order->before[a * n + step])
            mark_done(moment, a);
}

/* `is_begun`: its call may have been answered, but it is not done. */
static void mark_waiting(struct plan_moment *moment, size_t step, bool is_begun) {
    size_t n = moment->order->count;
    moment->is_waiting[step] = moment->is_waiting[step] || !is_begun;
    for (size_t b = 0; b < n; b++)
        moment->is_waiting[b] = moment->is_waiting[b] || moment->order->before[step * n + b];
}

expr_id plan_moment_init(struct plan_moment *moment, const struct plan_order *order, const struct plan_index *index,
                         struct exprs *exprs, expr_id condition) {
    bool is_and = expr_get(exprs, condition)->op == OP_AND;
    uint32_t count = is_and ? expr_get(exprs, condition)->count : 1;
    abstract_list rest = {0};
    *moment = (struct plan_moment){.order = order};
    moment->is_done = zeroed(order->count, 1);
    moment->is_called = zeroed(order->count, 1);
    moment->is_waiting = zeroed(order->count, 1);
    for (uint32_t i = 0; i < count; i++) {
        expr_id part = is_and ? expr_args(exprs, condition)[i] : condition;
        uint32_t var;
        int32_t value;
        bool is_flag = condition_says_value(exprs, part, &var, &value) && index->flag_of[var] != NO_STEP;
        size_t step = is_flag ? index->flag_of[var] : NO_STEP;
        if (is_flag && value != 0)
            mark_called(moment, step);
        if (is_flag && value != 0 && var == index->done[step]) {
            mark_done(moment, step);
            continue;
        }
        if (is_flag && value == 0) /* a step with `until` raises `sent` first */
            mark_waiting(moment, step, var == index->done[step] && plan_index_is_sent_first(index, step));
        vec_push(&rest, part);
    }
    expr_id result = expr_and(exprs, rest.at, rest.count);
    vec_free(&rest);
    return result;
}

void plan_moment_clear(struct plan_moment *moment) {
    free(moment->is_done);
    free(moment->is_called);
    free(moment->is_waiting);
}

bool plan_moment_is_impossible(const struct plan_moment *moment) {
    bool impossible = false;
    for (size_t s = 0; s < moment->order->count; s++)
        impossible = impossible || (moment->is_called[s] && moment->is_waiting[s]);
    return impossible;
}

/* ---- the variables ---- */

static bool flag_value(const struct plan_moment *moment, const struct plan_index *index, uint32_t var, int32_t *value) {
    size_t step = index->flag_of[var];
    *value = var == index->done[step] ? moment->is_done[step] : moment->is_called[step];
    return *value != 0 || moment->is_waiting[step];
}

static bool is_possible(const struct plan_index *index, const struct abstraction *abstraction, transition_id t) {
    return abstraction->base[index->system->transitions.at[t].guard].high != 0;
}

/* Do all that can be the step's call write this one value? */
static bool writes_value(const struct plan_index *index, const struct abstraction *abstraction, size_t step,
                         uint32_t var, int32_t *value) {
    const struct system *system = index->system;
    bool any = false;
    for (size_t k = 0; k < index->calls[step].count; k++) {
        const struct system_transition *transition = &system->transitions.at[index->calls[step].at[k]];
        if (!is_possible(index, abstraction, index->calls[step].at[k]))
            continue;
        uint32_t u = 0;
        while (u < transition->update_count && system->updates.at[transition->first_update + u].var != var)
            u++;
        if (u == transition->update_count)
            return false;
        struct range range = abstraction->base[system->updates.at[transition->first_update + u].value];
        if (range.low != range.high || (any && range.low != *value))
            return false;
        *value = range.low;
        any = true;
    }
    return any;
}

bool plan_moment_value(const struct plan_moment *moment, const struct plan_index *index,
                       const struct abstraction *abstraction, uint32_t var, int32_t *value) {
    size_t n = moment->order->count, last = NO_STEP;
    if (index->flag_of[var] != NO_STEP)
        return flag_value(moment, index, var, value);
    for (int pass = 0; pass < 2; pass++) /* find the last writer, then see that it is the last */
        for (size_t w = 0; w < index->writers[var].count; w++) {
            transition_id t = index->writers[var].at[w].transition;
            size_t step = index->step_of[t];
            if (!is_possible(index, abstraction, t) || (step != NO_STEP && moment->is_waiting[step]))
                continue;
            if (step == NO_STEP || system_action(index->system, t)->is_waiter)
                return false;
            if (pass == 0 && (last == NO_STEP || moment->order->before[last * n + step]))
                last = step;
            if (pass == 1 && step != last && !moment->order->before[step * n + last])
                return false;
        }
    *value = index->system->vars.at[var].initial;
    return last == NO_STEP || (moment->is_called[last] && writes_value(index, abstraction, last, var, value));
}

bool condition_says_value(const struct exprs *exprs, expr_id part, uint32_t *var, int32_t *value) {
    const struct expr *node = expr_get(exprs, part);
    const expr_id *args = expr_args(exprs, part);
    if (node->op == OP_NOT || node->op == OP_VAR) {
        const struct expr *of = node->op == OP_NOT ? expr_get(exprs, args[0]) : node;
        *var = (uint32_t)of->payload;
        *value = node->op == OP_VAR;
        return of->op == OP_VAR;
    }
    if (node->op != OP_EQ || expr_get(exprs, args[0])->op != OP_CONST || expr_get(exprs, args[1])->op != OP_VAR)
        return false;
    *var = (uint32_t)expr_get(exprs, args[1])->payload;
    *value = expr_get(exprs, args[0])->payload;
    return true;
}

/* ---- the condition ---- */

struct said {
    uint32_t var;
    int32_t value;
};

struct settling {
    const struct plan_moment *moment;
    const struct plan_index *index;
    const struct abstraction *abstraction;
    VEC(struct said) said; /* by the conjuncts */
};

static expr_id settled_leaf(void *context, struct exprs *exprs, expr_id leaf) {
    const struct settling *settling = context;
    const struct expr *node = expr_get(exprs, leaf);
    uint32_t var = (uint32_t)node->payload;
    bool is_bool = node->is_bool, known = false;
    int32_t value = 0;
    if (node->op != OP_VAR)
        return leaf;
    for (size_t i = 0; i < settling->said.count && !known; i++)
        if (settling->said.at[i].var == var) {
            value = settling->said.at[i].value;
            known = true;
        }
    known = known || plan_moment_value(settling->moment, settling->index, settling->abstraction, var, &value);
    if (!known)
        return leaf;
    return is_bool ? (value != 0 ? EXPR_TRUE : EXPR_FALSE) : expr_int(exprs, value);
}

expr_id plan_moment_settle(const struct plan_order *order, const struct plan_index *index,
                           const struct abstraction *abstraction, struct exprs *exprs, expr_id condition,
                           struct expr_map *map) {
    struct plan_moment moment;
    bool is_and = expr_get(exprs, condition)->op == OP_AND;
    struct settling settling = {.moment = &moment, .index = index, .abstraction = abstraction};
    abstract_list parts = {0}, settled = {0};
    plan_moment_init(&moment, order, index, exprs, condition);
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, condition)->count : 1); i++)
        vec_push(&parts, is_and ? expr_args(exprs, condition)[i] : condition);
    for (size_t i = 0; i < parts.count; i++) {
        struct said said;
        if (condition_says_value(exprs, parts.at[i], &said.var, &said.value))
            vec_push(&settling.said, said);
    }
    for (size_t i = 0; i < parts.count; i++) {
        struct said said;
        int32_t value;
        bool is_plain = condition_says_value(exprs, parts.at[i], &said.var, &said.value);
        if (!is_plain)
            vec_push(&settled, expr_rebuild(exprs, parts.at[i], settled_leaf, &settling, map));
        else if (index->flag_of[said.var] == NO_STEP &&
                 plan_moment_value(&moment, index, abstraction, said.var, &value) && value != said.value)
            vec_push(&settled, EXPR_FALSE);
        else
            vec_push(&settled, parts.at[i]);
    }
    expr_id result = expr_and(exprs, settled.at, settled.count);
    if (plan_moment_is_impossible(&moment))
        result = EXPR_FALSE;
    expr_map_reset(map);
    vec_free(&parts);
    vec_free(&settled);
    vec_free(&settling.said);
    plan_moment_clear(&moment);
    return result;
}
