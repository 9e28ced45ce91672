#include "solver/plan.h"

#include <stdlib.h>
#include <string.h>

static bool is_done(const struct rulebook *rulebook, size_t step, const int32_t *valuation) {
    const struct kind *kind = rulebook->step_kind;
    for (size_t f = 0; f < kind->fields.count; f++)
        if (strcmp(kind->fields.at[f]->name, "done") == 0)
            return valuation[kind->state_base + step * kind->state_width + kind->fields.at[f]->offset] != 0;
    return false;
}

static bool is_possible(const struct system *system, struct evaluator *evaluator, const int32_t *valuation) {
    int32_t *next = memory_resize(NULL, (system->rulebook->state_width + 1) * sizeof *next);
    bool possible = false;
    for (transition_id t = 0; t < system->transitions.count && !possible; t++)
        possible =
            eval_step(evaluator, system_action(system, t), system->arguments.at + system->transitions.at[t].arguments,
                      true, valuation, next) == EVAL_OK;
    free(next);
    return possible;
}

struct other_checks other_checks_find(struct evaluator *evaluator, const struct action *action, size_t failed,
                                      const int32_t *arguments, const int32_t *valuation, struct arena *arena) {
    struct other_checks others = {arena_alloc(arena, (action->checks.count + 1) * sizeof(struct check *)), 0};
    for (size_t k = failed + 1; k < action->checks.count; k++)
        if (action->checks.at[k].order == ORDER_ASSUMED &&
            eval_check(evaluator, action, k, arguments, valuation) == EVAL_ERROR)
            others.at[others.count++] = &action->checks.at[k];
    return others;
}

bool plan_fails(const struct system *system, struct evaluator *evaluator, const struct plan_step *only,
                const int32_t *valuation, struct arena *arena, struct plan_failure *failure) {
    const struct rulebook *rulebook = system->rulebook;
    *failure = (struct plan_failure){0};
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action->step == NULL || call->action->is_waiter)
            continue;
        if (eval_step(evaluator, call->action, system->arguments.at + call->arguments, false, valuation, NULL) !=
            EVAL_ERROR)
            continue;
        if (only != NULL && call->action->step != only)
            continue;
        failure->step = call->action->step;
        failure->check = &call->action->checks.at[evaluator->failed_check];
        return true;
    }
    for (size_t i = 0; i < rulebook->plan.count; i++)
        if ((only == NULL || rulebook->plan.at[i] == only) && !is_done(rulebook, i, valuation))
            failure->waiting = failure->waiting == NULL
                                   ? rulebook->plan.at[i]->name
                                   : arena_format(arena, "%s, %s", failure->waiting, rulebook->plan.at[i]->name);
    return failure->waiting != NULL && !is_possible(system, evaluator, valuation);
}

const char *plan_failure_text(const struct plan_failure *failure, struct arena *arena) {
    if (failure->step != NULL)
        return arena_format(arena, "%s answers %s (%s)", failure->step->name, failure->check->codes[0],
                            failure->check->origin.id);
    return arena_format(arena, "nothing can happen any more; not done: %s", failure->waiting);
}
