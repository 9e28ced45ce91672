#include "model/relower.h"

#include "model/lowering.h"

struct relowering {
    struct lowering low;
};

struct relowering *relowering_new(struct system *system) {
    struct relowering *relowering = memory_resize(NULL, sizeof *relowering);
    *relowering =
        (struct relowering){.low = {.system = system, .exprs = &system->exprs, .defined = EXPR_TRUE, .collects = true}};
    struct lowering *low = &relowering->low;
    low->first_var = arena_alloc(&system->arena, (system->rulebook->field_count + 1) * sizeof *low->first_var);
    for (uint32_t f = 0; f < system->rulebook->field_count; f++)
        low->first_var[f] = UINT32_MAX;
    for (size_t v = system->vars.count; v-- > 0;)
        low->first_var[system->vars.at[v].field->index] = (uint32_t)v;
    return relowering;
}

void relowering_free(struct relowering *relowering) {
    if (relowering == NULL)
        return;
    vec_free(&relowering->low.obliged);
    vec_free(&relowering->low.writes);
    vec_free(&relowering->low.digits);
    meanings_clear(&relowering->low.meanings);
    arena_clear(&relowering->low.scratch);
    free(relowering);
}

bool relowering_failed(const struct relowering *relowering) {
    return relowering->low.too_large || relowering->low.exprs->overflow;
}

/* Arguments from system->arguments. */
static size_t bind_all(struct lowering *low, const struct binding *const *bindings, size_t count, size_t digit) {
    for (size_t i = 0; i < count; i++) {
        lower_bind_digits(low, bindings[i], digit);
        digit += bindings[i]->width;
    }
    return digit;
}

static void begin(struct lowering *low, const struct action *action, uint32_t arguments, bool with_choices) {
    const struct system *system = low->system;
    size_t width = 0;
    arena_clear(&low->scratch);
    low->action = action;
    low->work = 0;
    low->obliged.count = low->digits.count = 0;
    low->defined = EXPR_TRUE;
    low->frame = arena_alloc(&low->scratch, (action->frame + 1) * sizeof *low->frame);
    for (size_t i = 0; i < action->parameters.count; i++)
        width += action->parameters.at[i]->width;
    for (size_t i = 0; with_choices && i < action->choices.count; i++)
        width += action->choices.at[i]->width;
    for (size_t i = 0; i < width; i++)
        vec_push(&low->digits, system->arguments.at[arguments + i]);
    size_t digit = bind_all(low, (const struct binding *const *)action->parameters.at, action->parameters.count, 0);
    if (with_choices)
        bind_all(low, (const struct binding *const *)action->choices.at, action->choices.count, digit);
}

expr_id relower_check(struct relowering *relowering, uint32_t call, size_t check, expr_id *defined) {
    struct lowering *low = &relowering->low;
    const struct system_call *from = &low->system->calls.at[call];
    begin(low, from->action, from->arguments, false);
    expr_id holds = lower_scalar(low, from->action->checks.at[check].require);
    *defined = low->defined;
    return holds;
}

void relower_effects(struct relowering *relowering, transition_id transition, size_t rule, update_list *updates,
                     expr_id *defined) {
    struct lowering *low = &relowering->low;
    struct system *system = low->system;
    struct system_transition now = system->transitions.at[transition];
    now.guard = EXPR_TRUE;
    const struct action *action = system_action(system, transition);
    begin(low, action, now.arguments, true);
    for (size_t i = 0; i < action->effects.count; i++)
        if (rule == RELOWER_ALL || rule == i)
            lower_effect(low, action->effects.at[i].effect, EXPR_TRUE, EXPR_TRUE);
    lower_updates(low, &now);
    updates->count = 0;
    for (uint32_t i = 0; i < now.update_count; i++)
        vec_push(updates, system->updates.at[now.first_update + i]);
    system->updates.count = now.first_update;
    *defined = expr_and(low->exprs, low->obliged.at, low->obliged.count);
}
