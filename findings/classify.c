#include "findings/classify.h"

#include <string.h>

#include "model/yaml.h"

/* Marks the steps that are done before this one begins. */
static void mark_before(const struct rulebook *rulebook, const struct plan_step *step, bool *marks) {
    for (size_t i = 0; step->after != NULL && i < step->after->count; i++)
        for (size_t k = 0; k < rulebook->plan.count; k++)
            if (rulebook->plan.at[k]->name == step->after->items[i]->text && !marks[k]) { /* names are interned */
                marks[k] = true;
                mark_before(rulebook, rulebook->plan.at[k], marks);
            }
}

/* Does the plan give up another object of this resource, and not before this step? */
static bool is_replacement(const struct catalogue *catalogue, const struct rulebook *rulebook,
                           const struct plan_step *step) {
    struct arena scratch = {NULL};
    bool *before = arena_alloc(&scratch, rulebook->plan.count * sizeof *before), found = false;
    mark_before(rulebook, step, before);
    for (size_t i = 0; i < rulebook->plan.count && !found; i++) {
        const struct plan_step *other = rulebook->plan.at[i];
        found = !before[i] && other != step && other->resource != NULL && step->resource != NULL &&
                strcmp(other->resource, step->resource) == 0 && catalogue_frees(catalogue, other->action->base->name);
    }
    arena_clear(&scratch);
    return found;
}

static bool step_works(const struct verification *verification, const struct plan_step *step) {
    for (size_t i = 0; i < verification->outcomes.count; i++)
        if (verification->outcomes.at[i].step == step)
            return verification->outcomes.at[i].verdict == STEP_SUCCEEDS;
    return false;
}

/* Does `other` fail with the same answer, once `step` is done at the latest? */
static bool is_twin(const struct verification *verification, const struct step_outcome *outcome,
                    const struct step_outcome *other, const struct plan_step *step) {
    const struct rulebook *rulebook = verification->system->rulebook;
    if (other == outcome || other->failure.step == NULL || outcome->failure.step == NULL ||
        strcmp(other->failure.check->codes[0], outcome->failure.check->codes[0]) != 0)
        return false;
    struct arena scratch = {NULL};
    bool *before = arena_alloc(&scratch, rulebook->plan.count * sizeof *before), found = false;
    mark_before(rulebook, other->step, before);
    for (size_t i = 0; i < rulebook->plan.count; i++)
        found |= before[i] && rulebook->plan.at[i] == step;
    arena_clear(&scratch);
    return found;
}

bool classify_moves(const struct verification *verification, const struct step_outcome *outcome,
                    const struct step_repair *repair) {
    if (repair->count + repair->before_count == 0) /* no order */
        return false;
    bool moves = repair->step != outcome->step && !step_works(verification, repair->step);
    for (size_t i = 0; i < repair->count; i++)
        moves |= repair->after[i] != outcome->step && !step_works(verification, repair->after[i]);
    for (size_t i = 0; i < repair->before_count; i++)
        moves |= repair->before[i] != outcome->step && !step_works(verification, repair->before[i]);
    for (size_t i = 0; !moves && repair->step != outcome->step && i < verification->outcomes.count; i++)
        moves = is_twin(verification, outcome, &verification->outcomes.at[i], repair->step);
    return moves;
}

/* By an order: another argument of the call, or calling again, is no order. */
static bool is_repaired(const struct verification *verification, const struct step_outcome *outcome) {
    for (size_t i = 0; i < outcome->repairs.count; i++)
        if (outcome->repairs.at[i].count + outcome->repairs.at[i].before_count > 0 &&
            !classify_moves(verification, outcome, &outcome->repairs.at[i]))
            return true;
    return false;
}

/* Of two steps that want what only one can have, the second fails, whichever it is: no order helps, and it is what they
 * ask for that is wrong. */
const struct finding_page *classify(const struct catalogue *catalogue, const struct verification *verification,
                                    const struct step_outcome *outcome, const struct check *check) {
    const char *operation = outcome->step->action->base->name;
    if (check == NULL)
        return catalogue_find(catalogue, WHEN_STOP, NULL, operation);
    const struct finding_page *asked = catalogue_find(catalogue, WHEN_EVERY, check, operation);
    if (outcome->verdict == STEP_FAILS_SOME) {
        bool no_order_helps = outcome->reason == NULL && !is_repaired(verification, outcome);
        return no_order_helps && asked->contention ? asked : catalogue_find(catalogue, WHEN_SOME, check, operation);
    }
    if (asked->contention && is_replacement(catalogue, verification->system->rulebook, outcome->step))
        return catalogue_find(catalogue, WHEN_REPLACED, check, operation);
    return asked;
}
