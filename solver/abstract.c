#include "solver/abstract.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ITERATIONS_EXACT = 40,  /* then what still grows may have every value */
    MASK_VALUES_MOST = 4096 /* of a variable whose values are told apart; of others only the interval is known */
};

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* ---- one expression ---- */

static bool is_known(struct range range) { return range.low == range.high; }

static struct range join(struct range a, struct range b) {
    return (struct range){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

static struct range clamp(const struct expr *node, int64_t low, int64_t high) {
    return (struct range){low < node->low ? node->low : (int32_t)low, high > node->high ? node->high : (int32_t)high};
}

static struct range multiply(const struct expr *node, struct range a, struct range b) {
    int64_t corners[] = {(int64_t)a.low * b.low, (int64_t)a.low * b.high, (int64_t)a.high * b.low,
                         (int64_t)a.high * b.high};
    int64_t low = corners[0], high = corners[0];
    for (size_t i = 1; i < ARRAY_SIZE(corners); i++) {
        low = corners[i] < low ? corners[i] : low;
        high = corners[i] > high ? corners[i] : high;
    }
    return clamp(node, low, high);
}

static struct range divide(const struct expr *node, struct range a, struct range b) {
    if (!is_known(a) || !is_known(b))
        return (struct range){node->low, node->high};
    int64_t value = b.low == 0 ? 0 : node->op == OP_DIV ? (int64_t)a.low / b.low : (int64_t)a.low % b.low;
    return (struct range){(int32_t)value, (int32_t)value};
}

static bool has_mask(const struct system_var *var) { return (int64_t)var->high - var->low < MASK_VALUES_MOST; }

static uint64_t mask_word(const struct abstraction *abstraction, uint32_t var, int32_t value) {
    return abstraction->masks[abstraction->mask_of[var] + (size_t)(value - abstraction->system->vars.at[var].low) / 64];
}

/* Can a variable that is not followed have this value? */
static bool has_value(const struct abstraction *abstraction, uint32_t var, int32_t value) {
    const struct system_var *of = &abstraction->system->vars.at[var];
    const struct range *range = &abstraction->vars[var];
    if (value < range->low || value > range->high)
        return false;
    return !has_mask(of) || (mask_word(abstraction, var, value) >> ((value - of->low) % 64) & 1) != 0;
}

/* Can the index of a `select` be this? */
static bool has_index(const struct abstraction *abstraction, expr_id index, const struct range *ranges, int64_t value) {
    const struct expr *node = expr_get(&abstraction->system->exprs, index);
    if (value < ranges[index].low || value > ranges[index].high)
        return false;
    return is_known(ranges[index]) || node->op != OP_VAR ||
           has_value(abstraction, (uint32_t)node->payload, (int32_t)value);
}

static struct range select_value(const struct abstraction *abstraction, const struct expr *node, const expr_id *args,
                                 const struct range *ranges) {
    struct range range = {0, 0};
    bool any = false;
    for (uint32_t i = 1; i < node->count; i++) {
        if (!has_index(abstraction, args[0], ranges, (int64_t)node->payload + i - 1))
            continue;
        range = any ? join(range, ranges[args[i]]) : ranges[args[i]];
        any = true;
    }
    return any ? range : (struct range){node->low, node->high}; /* outside: any of them */
}

/* The intervals of the arguments are known; leaves are those of the caller. */
static struct range evaluate(const struct abstraction *abstraction, const struct expr *node, const expr_id *args,
                             const struct range *ranges) {
    int64_t low = 0, high = 0;
    switch ((enum op)node->op) {
    case OP_CONST:
        return (struct range){node->payload, node->payload};
    case OP_VAR:
    case OP_NEXT:
        return (struct range){node->low, node->high};
    case OP_NOT:
        return (struct range){!ranges[args[0]].high, !ranges[args[0]].low};
    case OP_AND:
        low = high = 1;
        for (uint32_t i = 0; i < node->count; i++) {
            low = low && ranges[args[i]].low;
            high = high && ranges[args[i]].high;
        }
        return (struct range){(int32_t)low, (int32_t)high};
    case OP_OR:
        for (uint32_t i = 0; i < node->count; i++) {
            low = low || ranges[args[i]].low;
            high = high || ranges[args[i]].high;
        }
        return (struct range){(int32_t)low, (int32_t)high};
    case OP_EQ:
        if (is_known(ranges[args[0]]) && is_known(ranges[args[1]]))
            low = high = ranges[args[0]].low == ranges[args[1]].low;
        else
            high = ranges[args[0]].low <= ranges[args[1]].high && ranges[args[1]].low <= ranges[args[0]].high;
        return (struct range){(int32_t)low, (int32_t)high};
    case OP_LE:
        return (struct range){ranges[args[0]].high <= ranges[args[1]].low, ranges[args[0]].low <= ranges[args[1]].high};
    case OP_ITE:
        if (is_known(ranges[args[0]]))
            return ranges[args[ranges[args[0]].low ? 1 : 2]];
        return join(ranges[args[1]], ranges[args[2]]);
    case OP_ADD:
    case OP_COUNT:
        for (uint32_t i = 0; i < node->count; i++) {
            low += ranges[args[i]].low;
            high += ranges[args[i]].high;
        }
        return clamp(node, low, high);
    case OP_MUL:
        return multiply(node, ranges[args[0]], ranges[args[1]]);
    case OP_DIV:
    case OP_MOD:
        return divide(node, ranges[args[0]], ranges[args[1]]);
    case OP_SELECT:
        return select_value(abstraction, node, args, ranges);
    case OP_LAST:
        break;
    }
    assert(false);
    return (struct range){0, 0};
}

/* `x == 3`, where x is known to be no such value though 3 lies between those it has. */
static bool is_excluded_test(const struct abstraction *abstraction, const struct expr *node, const expr_id *args) {
    if (node->op != OP_EQ)
        return false;
    const struct expr *value = expr_get(&abstraction->system->exprs, args[0]),
                      *var = expr_get(&abstraction->system->exprs, args[1]);
    return value->op == OP_CONST && var->op == OP_VAR &&
           !has_value(abstraction, (uint32_t)var->payload, value->payload);
}

/* ---- all of them ---- */

static struct range base_value(const struct abstraction *abstraction, expr_id id) {
    const struct exprs *exprs = &abstraction->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    if (node->op == OP_VAR)
        return abstraction->vars[node->payload];
    if (is_excluded_test(abstraction, node, expr_args(exprs, id)))
        return (struct range){0, 0};
    return evaluate(abstraction, node, expr_args(exprs, id), abstraction->base);
}

void abstraction_grow(struct abstraction *abstraction) {
    const struct exprs *exprs = &abstraction->system->exprs;
    size_t from = abstraction->expr_count, to = exprs->nodes.count;
    if (from == to)
        return;
    if (to >= abstraction->expr_room) {
        size_t room = abstraction->expr_room = to + to / 4 + 64;
#define GROW(array)                                                                                                    \
    ((array) = memory_resize((array), room * sizeof *(array)),                                                         \
     memset((array) + from, 0, (room - from) * sizeof *(array)))
        GROW(abstraction->ranges);
        GROW(abstraction->base);
        GROW(abstraction->limits);
        GROW(abstraction->has_limit);
        GROW(abstraction->first);
        GROW(abstraction->seen);
        GROW(abstraction->memo);
#undef GROW
    }
    abstraction->expr_count = to;
    for (expr_id id = (expr_id)from; id < to; id++)
        abstraction->ranges[id] = abstraction->base[id] = base_value(abstraction, id);
    for (expr_id id = (expr_id)from; id < to; id++) {
        const struct expr *node = expr_get(exprs, id);
        struct range *first = &abstraction->first[id];
        if (node->op == OP_VAR)
            first->low = first->high = abstraction->system->vars.at[node->payload].initial;
        else
            *first = evaluate(abstraction, node, expr_args(exprs, id), abstraction->first);
    }
}

static bool add_value(struct abstraction *abstraction, uint32_t var, int32_t value) {
    const struct system_var *of = &abstraction->system->vars.at[var];
    struct range *range = &abstraction->vars[var];
    if (has_value(abstraction, var, value))
        return false;
    if (has_mask(of))
        abstraction->masks[abstraction->mask_of[var] + (size_t)(value - of->low) / 64] |= (uint64_t)1
                                                                                          << (value - of->low) % 64;
    *range = join(*range, (struct range){value, value});
    return true;
}

static bool add_all(struct abstraction *abstraction, uint32_t var, struct range more) {
    const struct system_var *of = &abstraction->system->vars.at[var];
    bool changed = false;
    more.low = more.low < of->low ? of->low : more.low;
    more.high = more.high > of->high ? of->high : more.high;
    if (more.low > more.high)
        return false;
    if (has_mask(of)) {
        for (int32_t value = more.low; value <= more.high; value++)
            changed = add_value(abstraction, var, value) || changed;
        return changed;
    }
    changed = more.low < abstraction->vars[var].low || more.high > abstraction->vars[var].high;
    abstraction->vars[var] = join(abstraction->vars[var], more);
    return changed;
}

static bool grow_var(struct abstraction *abstraction, const struct system_update *update, bool exactly) {
    const struct system_var *of = &abstraction->system->vars.at[update->var];
    struct value_list list;
    bool changed = false;
    if (!abstraction_values(abstraction, update->value, &list))
        return add_all(abstraction, update->var,
                       exactly ? abstraction->ranges[update->value] : (struct range){of->low, of->high});
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i] >= of->low && list.at[i] <= of->high)
            changed = add_value(abstraction, update->var, list.at[i]) || changed;
    return changed && !exactly ? (add_all(abstraction, update->var, (struct range){of->low, of->high}), true) : changed;
}

/* Which values each variable ever has: what the transitions that may be enabled write, again and again. */
static void find_values(struct abstraction *abstraction) {
    const struct system *system = abstraction->system;
    bool changed = true;
    for (int iteration = 0; changed; iteration++) {
        changed = false;
        for (expr_id id = 0; id < abstraction->expr_count; id++)
            abstraction->ranges[id] = abstraction->base[id] = base_value(abstraction, id);
        for (transition_id t = 0; t < system->transitions.count; t++) {
            const struct system_transition *transition = &system->transitions.at[t];
            for (uint32_t u = 0; u < transition->update_count && abstraction->base[transition->guard].high != 0; u++)
                changed = grow_var(abstraction, &system->updates.at[transition->first_update + u],
                                   iteration < ITERATIONS_EXACT) ||
                          changed;
        }
    }
}

void abstraction_init(struct abstraction *abstraction, const struct system *system) {
    size_t vars = system->vars.count;
    *abstraction = (struct abstraction){.system = system};
    abstraction->vars = zeroed(vars, sizeof *abstraction->vars);
    size_t words = 0;
    abstraction->mask_of = zeroed(vars, sizeof *abstraction->mask_of);
    for (size_t v = 0; v < vars; v++) {
        abstraction->mask_of[v] = words;
        words +=
            has_mask(&system->vars.at[v]) ? (size_t)(system->vars.at[v].high - system->vars.at[v].low) / 64 + 1 : 0;
    }
    abstraction->masks = zeroed(words, sizeof *abstraction->masks);
    abstraction->places = zeroed(vars, sizeof *abstraction->places);
    abstraction->after = zeroed(system->updates.count, sizeof *abstraction->after);
    abstraction->has_after = zeroed(system->transitions.count, 1);
    abstraction->supposed = zeroed(vars, sizeof *abstraction->supposed);
    abstraction->supposed_at = zeroed(vars, sizeof *abstraction->supposed_at);
    for (size_t v = 0; v < vars; v++) {
        const struct system_var *var = &system->vars.at[v];
        abstraction->places[v] = UINT32_MAX;
        abstraction->vars[v] = (struct range){var->initial, var->initial};
        if (has_mask(var))
            abstraction->masks[abstraction->mask_of[v] + (size_t)(var->initial - var->low) / 64] =
                (uint64_t)1 << (var->initial - var->low) % 64;
    }
    abstraction_grow(abstraction);
    find_values(abstraction);
}

void abstraction_clear(struct abstraction *abstraction) {
    free(abstraction->ranges);
    free(abstraction->base);
    free(abstraction->limits);
    free(abstraction->has_limit);
    vec_free(&abstraction->limited);
    free(abstraction->first);
    free(abstraction->vars);
    free(abstraction->masks);
    free(abstraction->mask_of);
    free(abstraction->places);
    free(abstraction->seen);
    free(abstraction->supposed);
    free(abstraction->supposed_at);
    free(abstraction->memo);
    free(abstraction->after);
    free(abstraction->has_after);
}

/* ---- with some variables followed ---- */

bool abstraction_evaluate(struct abstraction *abstraction, const uint32_t *nodes, size_t count, const int32_t *followed,
                          bool with_limits) {
    const struct exprs *exprs = &abstraction->system->exprs;
    bool possible = true;
    for (size_t i = 0; i < count; i++) {
        const struct expr *node = expr_get(exprs, nodes[i]);
        struct range *range = &abstraction->ranges[nodes[i]];
        if (node->op == OP_VAR && abstraction->places[node->payload] != UINT32_MAX)
            range->low = range->high = followed[abstraction->places[node->payload]];
        else if (node->op == OP_VAR)
            *range = abstraction->base[nodes[i]];
        else
            *range = evaluate(abstraction, node, expr_args(exprs, nodes[i]), abstraction->ranges);
        if (!with_limits || !abstraction->has_limit[nodes[i]])
            continue;
        struct range limit = abstraction->limits[nodes[i]];
        range->low = range->low < limit.low ? limit.low : range->low;
        range->high = range->high > limit.high ? limit.high : range->high;
        if (range->low > range->high) {
            *range = limit;
            possible = false;
        }
    }
    return possible;
}

void abstraction_forget(struct abstraction *abstraction, const uint32_t *nodes, size_t count) {
    for (size_t i = 0; i < count; i++)
        abstraction->ranges[nodes[i]] = abstraction->base[nodes[i]];
}

bool abstraction_limit(struct abstraction *abstraction, expr_id id, struct range range) {
    struct range known = abstraction->has_limit[id] ? abstraction->limits[id] : abstraction->base[id];
    if (range.low <= known.low && range.high >= known.high)
        return true;
    known.low = range.low > known.low ? range.low : known.low;
    known.high = range.high < known.high ? range.high : known.high;
    if (known.low > known.high)
        return false;
    if (!abstraction->has_limit[id])
        vec_push(&abstraction->limited, id);
    abstraction->limits[id] = known;
    abstraction->has_limit[id] = true;
    return true;
}

void abstraction_limit_none(struct abstraction *abstraction) {
    for (size_t i = 0; i < abstraction->limited.count; i++)
        abstraction->has_limit[abstraction->limited.at[i]] = false;
    abstraction->limited.count = 0;
}

/* ---- what an expression consists of ---- */

/* Everything that matters below the roots and is open in `ranges`, arguments first. */
static void collect(struct abstraction *abstraction, const struct range *ranges, const expr_id *roots, size_t count,
                    abstract_list *nodes) {
    const struct exprs *exprs = &abstraction->system->exprs;
    abstract_list open = {0}; /* a one in the lowest bit: its arguments are listed */
    abstraction->stamp++;
    for (size_t r = 0; r < count; r++)
        vec_push(&open, roots[r] << 1);
    while (open.count > 0) {
        expr_id id = open.at[--open.count] >> 1;
        if ((open.at[open.count] & 1) != 0) {
            vec_push(nodes, id);
            continue;
        }
        if (abstraction->seen[id] == abstraction->stamp || is_known(ranges[id]))
            continue;
        abstraction->seen[id] = abstraction->stamp;
        vec_push(&open, id << 1 | 1);
        const struct expr *node = expr_get(exprs, id);
        const expr_id *args = expr_args(exprs, id);
        for (uint32_t i = 0; i < node->count; i++)
            if (node->op != OP_SELECT || i == 0 ||
                has_index(abstraction, args[0], ranges, (int64_t)node->payload + i - 1))
                vec_push(&open, args[i] << 1);
    }
    vec_free(&open);
}

void abstraction_nodes(struct abstraction *abstraction, expr_id root, abstract_list *nodes) {
    collect(abstraction, abstraction->ranges, &root, 1, nodes);
}

void abstraction_dependent(struct abstraction *abstraction, const expr_id *roots, size_t count, bool with_limits,
                           abstract_list *nodes) {
    const struct exprs *exprs = &abstraction->system->exprs;
    abstract_list all = {0};
    collect(abstraction, abstraction->base, roots, count, &all);
    uint32_t dependent = ++abstraction->stamp;
    for (size_t i = 0; i < all.count; i++) {
        const struct expr *node = expr_get(exprs, all.at[i]);
        bool depends = (node->op == OP_VAR && abstraction->places[node->payload] != UINT32_MAX) ||
                       (with_limits && abstraction->has_limit[all.at[i]]);
        for (uint32_t k = 0; k < node->count && !depends; k++)
            depends = abstraction->seen[expr_args(exprs, all.at[i])[k]] == dependent;
        if (!depends)
            continue;
        abstraction->seen[all.at[i]] = dependent;
        vec_push(nodes, all.at[i]);
    }
    vec_free(&all);
}

void abstraction_vars(struct abstraction *abstraction, expr_id root, bool open, abstract_list *vars) {
    const struct exprs *exprs = &abstraction->system->exprs;
    abstract_list nodes = {0};
    collect(abstraction, open ? abstraction->ranges : abstraction->base, &root, 1, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        const struct expr *node = expr_get(exprs, nodes.at[i]);
        if (node->op == OP_VAR && (!open || abstraction->places[node->payload] == UINT32_MAX))
            vec_push(vars, (uint32_t)node->payload);
    }
    vec_free(&nodes);
}

/* ---- values ---- */

static bool add_to(struct value_list *list, int32_t value) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == value)
            return true;
    if (list->count == VALUES_MOST)
        return false;
    list->at[list->count++] = value;
    return true;
}

static bool add_values(const struct abstraction *abstraction, expr_id id, struct value_list *list) {
    const struct exprs *exprs = &abstraction->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    struct range range = abstraction->ranges[id];
    const expr_id *args = expr_args(exprs, id);
    if (is_known(range))
        return add_to(list, range.low);
    if (node->op == OP_ITE && !is_known(abstraction->ranges[args[0]]))
        return add_values(abstraction, args[1], list) && add_values(abstraction, args[2], list);
    bool good = (int64_t)range.high - range.low < 4 * VALUES_MOST;
    for (int32_t value = range.low; good && value <= range.high; value++)
        if (node->op != OP_VAR || has_value(abstraction, (uint32_t)node->payload, value))
            good = add_to(list, value);
    return good;
}

bool abstraction_values(const struct abstraction *abstraction, expr_id id, struct value_list *list) {
    list->count = 0;
    return add_values(abstraction, id, list);
}

/* ---- suppositions ---- */

static void suppose(struct abstraction *abstraction, uint32_t var, struct range range) {
    abstraction->supposed[var] = range;
    abstraction->supposed_at[var] = abstraction->supposition;
}

void abstraction_suppose_guard(struct abstraction *abstraction, transition_id t) {
    const struct exprs *exprs = &abstraction->system->exprs;
    expr_id guard = abstraction->system->transitions.at[t].guard;
    bool is_and = expr_get(exprs, guard)->op == OP_AND;
    abstraction->supposition++;
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, guard)->count : 1); i++) {
        expr_id part = is_and ? expr_args(exprs, guard)[i] : guard;
        const struct expr *node = expr_get(exprs, part);
        const expr_id *args = expr_args(exprs, part);
        if (node->op == OP_VAR)
            suppose(abstraction, (uint32_t)node->payload, (struct range){1, 1});
        else if (node->op == OP_NOT && expr_get(exprs, args[0])->op == OP_VAR)
            suppose(abstraction, (uint32_t)expr_get(exprs, args[0])->payload, (struct range){0, 0});
        else if (node->op == OP_EQ && expr_get(exprs, args[0])->op == OP_CONST &&
                 expr_get(exprs, args[1])->op == OP_VAR)
            suppose(abstraction, (uint32_t)expr_get(exprs, args[1])->payload,
                    (struct range){expr_get(exprs, args[0])->payload, expr_get(exprs, args[0])->payload});
    }
}

/* What the transition writes, where its guard holds; found once. */
static const struct range *find_after(struct abstraction *abstraction, transition_id t) {
    const struct system *system = abstraction->system;
    const struct system_transition *transition = &system->transitions.at[t];
    struct range *after = abstraction->after + transition->first_update;
    if (abstraction->has_after[t])
        return after;
    abstraction->has_after[t] = true;
    abstraction_suppose_guard(abstraction, t);
    for (uint32_t u = 0; u < transition->update_count; u++)
        after[u] = abstraction_value(abstraction, system->updates.at[transition->first_update + u].value);
    return after;
}

void abstraction_suppose_update(struct abstraction *abstraction, transition_id t) {
    const struct system_transition *transition = &abstraction->system->transitions.at[t];
    const struct range *after = find_after(abstraction, t);
    abstraction->supposition++; /* the guard's suppositions go */
    for (uint32_t u = 0; u < transition->update_count; u++)
        suppose(abstraction, abstraction->system->updates.at[transition->first_update + u].var, after[u]);
}

struct range abstraction_value(struct abstraction *abstraction, expr_id root) {
    const struct exprs *exprs = &abstraction->system->exprs;
    abstract_list nodes = {0};
    collect(abstraction, abstraction->base, &root, 1, &nodes);
    if (nodes.count == 0)
        return abstraction->base[root];
    struct range *ranges = abstraction->memo; /* of these nodes and their arguments */
    for (size_t i = 0; i < nodes.count; i++) {
        const struct expr *node = expr_get(exprs, nodes.at[i]);
        const expr_id *args = expr_args(exprs, nodes.at[i]);
        for (uint32_t k = 0; k < node->count; k++)
            if (is_known(abstraction->base[args[k]]))
                ranges[args[k]] = abstraction->base[args[k]];
        bool is_var = node->op == OP_VAR;
        if (is_var && abstraction->supposed_at[node->payload] == abstraction->supposition)
            ranges[nodes.at[i]] = abstraction->supposed[node->payload];
        else if (is_var)
            ranges[nodes.at[i]] = abstraction->vars[node->payload];
        else
            ranges[nodes.at[i]] = evaluate(abstraction, node, args, ranges);
    }
    vec_free(&nodes);
    return ranges[root];
}
