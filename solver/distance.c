#include "solver/distance.h"

#include <stdlib.h>

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

static bool has_parts(const struct expr *node) {
    return node->op == OP_AND || node->op == OP_OR || node->op == OP_COUNT;
}

/* Of how many parts does one transition write some variable, at most? */
static uint32_t touched_most(struct abstraction *abstraction, const struct exprs *exprs, expr_id id,
                             const abstract_list *writers, uint32_t *counts, uint32_t *last) {
    uint32_t most = 1;
    abstract_list vars = {0}, touching = {0};
    for (uint32_t i = 0; i < expr_get(exprs, id)->count; i++) {
        vars.count = 0;
        abstraction_vars(abstraction, expr_args(exprs, id)[i], false, &vars);
        for (size_t v = 0; v < vars.count; v++)
            for (size_t w = 0; w < writers[vars.at[v]].count; w++) {
                transition_id t = writers[vars.at[v]].at[w];
                if (last[t] == i + 1)
                    continue;
                if (last[t] == 0)
                    vec_push(&touching, t);
                last[t] = i + 1;
                counts[t]++;
                most = counts[t] > most ? counts[t] : most;
            }
    }
    for (size_t k = 0; k < touching.count; k++)
        counts[touching.at[k]] = last[touching.at[k]] = 0;
    vec_free(&vars);
    vec_free(&touching);
    return most;
}

void distance_init(struct distance *distance, const struct system *system, struct abstraction *abstraction,
                   expr_id condition) {
    const struct exprs *exprs = &system->exprs;
    abstract_list *writers = zeroed(system->vars.count, sizeof *writers);
    uint32_t *counts = zeroed(system->transitions.count, sizeof *counts);
    uint32_t *last = zeroed(system->transitions.count, sizeof *last); /* 1 + the part that it touched last */
    *distance = (struct distance){.exprs = exprs};
    expr_cone_init(&distance->cone, exprs, condition);
    distance->touched_most = zeroed(distance->cone.nodes.count, sizeof *distance->touched_most);
    distance->until = zeroed(exprs->nodes.count, sizeof *distance->until);
    distance->unless = zeroed(exprs->nodes.count, sizeof *distance->unless);
    for (transition_id t = 0; t < system->transitions.count; t++)
        for (uint32_t u = 0; u < system->transitions.at[t].update_count; u++)
            vec_push(&writers[system->updates.at[system->transitions.at[t].first_update + u].var], t);
    for (size_t i = 0; i < distance->cone.nodes.count; i++)
        if (has_parts(expr_get(exprs, distance->cone.nodes.at[i])))
            distance->touched_most[i] =
                touched_most(abstraction, exprs, distance->cone.nodes.at[i], writers, counts, last);
    for (size_t v = 0; v < system->vars.count; v++)
        vec_free(&writers[v]);
    free(writers);
    free(counts);
    free(last);
}

void distance_clear(struct distance *distance) {
    expr_cone_clear(&distance->cone);
    free(distance->touched_most);
    free(distance->until);
    free(distance->unless);
}

static uint32_t rounded_up(uint32_t parts, uint32_t most) { return (parts + most - 1) / most; }

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Until all parts of `and` hold, or none of `or` does. */
static uint32_t until_all(const struct distance *distance, const struct expr *node, const expr_id *args,
                          uint32_t most) {
    const uint32_t *each = node->op == OP_AND ? distance->until : distance->unless;
    uint32_t longest = 0, open = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        longest = larger(longest, each[args[i]]);
        open += each[args[i]] > 0;
    }
    return larger(longest, rounded_up(open, most));
}

/* Until one part of `or` holds, or one of `and` does not. */
static uint32_t until_one(const struct distance *distance, const struct expr *node, const expr_id *args) {
    const uint32_t *each = node->op == OP_AND ? distance->unless : distance->until;
    uint32_t shortest = UINT32_MAX;
    for (uint32_t i = 0; i < node->count; i++)
        shortest = each[args[i]] < shortest ? each[args[i]] : shortest;
    return shortest == UINT32_MAX ? 1 : shortest;
}

/* A comparison of a count with a number: how many parts have to change?  0: it is something else. */
static uint32_t parts_to_change(const struct distance *distance, const struct expr *node, const expr_id *args,
                                uint32_t *most) {
    const int32_t *values = distance->cone.values;
    for (int side = 0; side < 2; side++) {
        const struct expr *count = expr_get(distance->exprs, args[side]);
        if (count->op != OP_COUNT || expr_get(distance->exprs, args[!side])->op != OP_CONST)
            continue;
        *most = distance->until[args[side]];
        int64_t gap = (int64_t)values[args[0]] - values[args[1]];
        if (node->op == OP_EQ)
            return (uint32_t)(gap < 0 ? -gap : gap == 0 ? 1 : gap);
        return (uint32_t)(gap > 0 ? gap : 1 - gap); /* LE: down by the gap, or up until there is one */
    }
    return 0;
}

uint32_t distance_of(struct distance *distance, const int32_t *state) {
    expr_cone_value(&distance->cone, state, NULL);
    expr_id id = EXPR_FALSE;
    for (size_t i = 0; i < distance->cone.nodes.count; i++) {
        id = distance->cone.nodes.at[i];
        const struct expr *node = expr_get(distance->exprs, id);
        const expr_id *args = expr_args(distance->exprs, id);
        bool holds = distance->cone.values[id] != 0;
        uint32_t most = 1, change = 1, parts;
        if (node->op == OP_COUNT) { /* for comparisons */
            distance->until[id] = distance->touched_most[i];
            continue;
        }
        if (node->op == OP_NOT) {
            distance->until[id] = distance->unless[args[0]];
            distance->unless[id] = distance->until[args[0]];
            continue;
        }
        if (node->op == OP_AND || node->op == OP_OR) /* `or` ends, and `and` begins, when all parts do */
            change = holds == (node->op == OP_OR) ? until_all(distance, node, args, distance->touched_most[i])
                                                  : until_one(distance, node, args);
        if ((node->op == OP_EQ || node->op == OP_LE) && (parts = parts_to_change(distance, node, args, &most)) > 0)
            change = rounded_up(parts, most);
        distance->until[id] = holds ? 0 : change;
        distance->unless[id] = holds ? change : 0;
    }
    return distance->until[id];
}
