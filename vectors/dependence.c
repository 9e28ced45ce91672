#include "vectors/dependence.h"

#define ASSIGNMENTS_MAX 4096

bool is_dependent(const struct dependence *dependence, const struct action *action, size_t earlier, size_t later) {
    const bool *rows = dependence->rows[action->index];
    return rows != NULL && rows[earlier * action->checks.count + later];
}

/* The next assignment, as one counts; false after the last. */
static bool advance(const struct system *system, const uint32_t *vars, size_t count, int32_t *values) {
    for (size_t i = 0; i < count; i++) {
        const struct system_var *var = &system->vars.at[vars[i]];
        if (values[vars[i]]++ < var->high)
            return true;
        values[vars[i]] = var->low;
    }
    return false;
}

bool may_hold(const struct system *system, expr_id condition) {
    if (condition == EXPR_FALSE || condition == EXPR_TRUE)
        return condition == EXPR_TRUE;
    struct expr_cone cone;
    expr_cone_init(&cone, &system->exprs, condition);
    VEC(uint32_t) vars = {0};
    int32_t *values = memory_resize(NULL, (system->vars.count + 1) * sizeof *values);
    uint64_t assignments = 1;
    for (size_t i = 0; i < cone.nodes.count; i++) {
        const struct expr *node = expr_get(&system->exprs, cone.nodes.at[i]);
        if (node->op != OP_VAR)
            continue;
        const struct system_var *var = &system->vars.at[node->payload];
        vec_push(&vars, (uint32_t)node->payload);
        values[node->payload] = var->low;
        if (assignments <= ASSIGNMENTS_MAX)
            assignments *= (uint64_t)((int64_t)var->high - var->low + 1);
    }
    bool found = assignments > ASSIGNMENTS_MAX;
    while (!found) {
        found = expr_cone_value(&cone, values, NULL) != 0;
        if (!found && !advance(system, vars.at, vars.count, values))
            break;
    }
    free(values);
    vec_free(&vars);
    expr_cone_clear(&cone);
    return found;
}

/* A pair is dependent until a call shows that it is not. */
static void look_at_call(struct system *system, const struct system_call *call, bool *rows) {
    size_t count = call->action->checks.count;
    for (size_t k = 0; k < count; k++) {
        expr_id fails = expr_not(&system->exprs, system->check_conditions.at[call->checks + k]);
        for (size_t j = k + 1; j < count && fails != EXPR_FALSE; j++) {
            expr_id holds = system->check_conditions.at[call->checks + j];
            bool *dependent = &rows[k * count + j];
            *dependent = *dependent && !may_hold(system, expr_and2(&system->exprs, fails, holds));
        }
    }
}

void dependence_init(struct dependence *dependence, struct system *system) {
    const struct rulebook *rulebook = system->rulebook;
    *dependence = (struct dependence){0};
    dependence->rows = arena_alloc(&dependence->arena, (rulebook->actions.count + 1) * sizeof *dependence->rows);
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        size_t count = action->checks.count;
        if (action->by != BY_CLIENT || !action->is_allowed)
            continue;
        bool *rows = arena_alloc(&dependence->arena, count * count + 1);
        for (size_t k = 0; k < count; k++)
            for (size_t j = k + 1; j < count; j++)
                rows[k * count + j] = true;
        for (size_t c = 0; c < system->calls.count; c++)
            if (system->calls.at[c].action == action)
                look_at_call(system, &system->calls.at[c], rows);
        dependence->rows[action->index] = rows;
    }
}

void dependence_clear(struct dependence *dependence) {
    arena_clear(&dependence->arena);
    *dependence = (struct dependence){0};
}
