#include "model/system.h"

#include <assert.h>
#include <string.h>

#include "model/eval.h"

void system_free(struct system *system) {
    if (system == NULL)
        return;
    exprs_clear(&system->exprs);
    slice_clear(&system->slice);
    vec_free(&system->vars);
    vec_free(&system->arguments);
    vec_free(&system->calls);
    vec_free(&system->check_conditions);
    vec_free(&system->transitions);
    vec_free(&system->updates);
    vec_free(&system->obligations);
    vec_free(&system->properties);
    vec_free(&system->step_violations);
    arena_clear(&system->arena);
    free(system);
}

void system_check(const struct system *system) {
    const struct exprs *exprs = &system->exprs;
    for (expr_id id = 0; id < exprs->nodes.count; id++) {
        const struct expr *node = expr_get(exprs, id);
        for (uint32_t i = 0; i < node->count; i++)
            assert(expr_args(exprs, id)[i] < id);
        assert(node->low <= node->high);
        if (node->op == OP_VAR || node->op == OP_NEXT)
            assert((uint32_t)node->payload < system->vars.count);
    }
    for (size_t i = 0; i < system->vars.count; i++) {
        const struct system_var *var = &system->vars.at[i];
        assert(var->initial >= var->low && var->initial <= var->high);
    }
    for (size_t i = 0; i < system->transitions.count; i++) {
        const struct system_transition *transition = &system->transitions.at[i];
        assert(transition->call < system->calls.count && expr_get(exprs, transition->guard)->is_bool);
        for (uint32_t j = 0; j < transition->update_count; j++) {
            const struct system_update *update = &system->updates.at[transition->first_update + j];
            assert(update->var < system->vars.count);
            assert(expr_get(exprs, update->value)->is_bool == system->vars.at[update->var].is_bool);
            if (j > 0)
                assert(system->updates.at[transition->first_update + j - 1].var < update->var);
        }
    }
}

void system_to_valuation(const struct system *system, const int32_t *state, int32_t *valuation) {
    for (size_t i = 0; i < system->vars.count; i++)
        valuation[system->vars.at[i].slot] = state[i];
}

void system_from_valuation(const struct system *system, const int32_t *valuation, int32_t *state) {
    for (size_t i = 0; i < system->vars.count; i++)
        state[i] = valuation[system->vars.at[i].slot];
}

transition_id system_find(const struct system *system, const struct action *action, const int32_t *arguments) {
    size_t bytes = action_width(action, true) * sizeof *arguments;
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (system_action(system, t) == action &&
            (bytes == 0 || memcmp(system->arguments.at + system->transitions.at[t].arguments, arguments, bytes) == 0))
            return t;
    return UINT32_MAX;
}
