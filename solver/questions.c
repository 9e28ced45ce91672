#include "solver/questions.h"

#include <string.h>

#include "solver/engine.h"

static void ask(struct questions *questions, struct question question, expr_id condition) {
    vec_push(&questions->list, question);
    vec_push(&questions->conditions, condition);
}

static expr_id no_transition_enabled(struct system *system) {
    VEC(expr_id) guards = {0};
    for (transition_id t = 0; t < system->transitions.count; t++)
        vec_push(&guards, system->transitions.at[t].guard);
    expr_id some = expr_or(&system->exprs, guards.at, guards.count);
    vec_free(&guards);
    return expr_not(&system->exprs, some);
}

void questions_add_properties(struct questions *questions, struct system *system) {
    for (size_t i = 0; i < system->properties.count; i++) {
        const struct system_property property = system->properties.at[i];
        struct question question = {ASK_PROPERTY, i, 0};
        switch (property.property->form) {
        case PROPERTY_INVARIANT:
        case PROPERTY_PLAN:
            ask(questions, question, expr_not(&system->exprs, property.holds));
            break;
        case PROPERTY_REACHABLE:
        case PROPERTY_UNREACHABLE:
            ask(questions, question, property.holds);
            break;
        case PROPERTY_STEP:
            for (transition_id t = 0; t < system->transitions.count; t++)
                if (system->step_violations.at[property.violations + t] != EXPR_FALSE)
                    ask(questions, (struct question){ASK_STEP, i, t},
                        system->step_violations.at[property.violations + t]);
            break;
        case PROPERTY_DEADLOCK_FREE:
            ask(questions, question, no_transition_enabled(system));
            break;
        case PROPERTY_LIVE: /* decided by the transitions taken, and by distances */
        case PROPERTY_RECOVERABLE:
        case PROPERTY_LEADS_TO:
        case PROPERTY_SCENARIO:
            break;
        }
    }
}

void questions_add_obligations(struct questions *questions, struct system *system) {
    for (size_t i = 0; i < system->obligations.count; i++)
        ask(questions, (struct question){ASK_OBLIGATION, i, 0},
            expr_not(&system->exprs, system->obligations.at[i].holds));
}

void questions_add_rules(struct questions *questions, struct system *system) {
    const struct rulebook *rulebook = system->rulebook;
    struct exprs *exprs = &system->exprs;
    size_t total = coverage_count(rulebook);
    VEC(expr_id) *cases = memory_resize(NULL, (total + 1) * sizeof *cases);
    memset(cases, 0, (total + 1) * sizeof *cases);
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        expr_id passed = call->enabled;
        for (size_t k = 0; k < call->action->checks.count && passed != EXPR_FALSE; k++) {
            expr_id holds = system->check_conditions.at[call->checks + k];
            expr_id fails = expr_and2(exprs, passed, expr_not(exprs, holds));
            if (fails != EXPR_FALSE)
                vec_push(&cases[coverage_index(rulebook, call->action, k)], fails);
            passed = expr_and2(exprs, passed, holds);
        }
    }
    for (size_t i = 0; i < total; i++) {
        if (cases[i].count > 0)
            ask(questions, (struct question){ASK_RULE, i, 0}, expr_or(exprs, cases[i].at, cases[i].count));
        vec_free(&cases[i]);
    }
    free(cases);
}

void questions_clear(struct questions *questions) {
    vec_free(&questions->list);
    vec_free(&questions->conditions);
}
