#include "vectors/settled.h"

#include <string.h>

enum { ROUNDS_MOST = 1000 };

/* No object is on its way to another state, which an implementation may reach at any time. */
static bool is_settled(struct wire_show *show, const int32_t *valuation) {
    show->valuation = valuation;
    for (size_t k = 0; k < show->wire->kinds.count; k++) {
        const struct wire_kind *kind = show->wire->kinds.at[k];
        for (uint32_t o = 0; kind->settled != NULL && o < kind->kind->objects.count; o++)
            if (!wire_holds(show, kind->settled, o, UINT32_MAX))
                return false;
    }
    return true;
}

/* Also if the rules let it wait for ever. */
static bool may_happen(const struct wire_event *event) {
    const struct action *action = event->action;
    return event->see != NULL && action->parameters.count == 1 && action->choices.count == 0 && event->delay_s == 0 &&
           action->is_allowed;
}

bool settled_event(const struct wire_event *event) { return event->action->fair && may_happen(event); }

/* One event after the other, the first that can.  False if it does not end in a settled state. */
static bool let_happen(struct wire_show *show, bool (*happens)(const struct wire_event *event), int32_t *state,
                       int32_t *next) {
    size_t bytes = show->wire->rulebook->state_width * sizeof *state;
    for (unsigned round = 0; round < ROUNDS_MOST; round++) {
        bool happened = false;
        for (size_t e = 0; e < show->wire->events.count && !happened; e++) {
            const struct wire_event *event = show->wire->events.at[e];
            if (!happens(event))
                continue;
            for (int32_t o = 0; o < (int32_t)event->see->type->kind->objects.count && !happened; o++)
                happened = eval_step(show->evaluator, event->action, &o, true, state, next) == EVAL_OK;
        }
        if (!happened)
            return is_settled(show, state);
        memcpy(state, next, bytes);
    }
    return false;
}

static bool settle(struct wire_show *show, int32_t *state, int32_t *next) {
    return let_happen(show, settled_event, state, next);
}

/* The state after a call, settled if that comes to an end. */
static bool settle_after(struct wire_show *show, int32_t *after, int32_t *settled, int32_t *next) {
    size_t bytes = show->wire->rulebook->state_width * sizeof *after;
    memcpy(settled, after, bytes);
    if (!settle(show, settled, next) || memcmp(settled, after, bytes) == 0)
        return false;
    memcpy(after, settled, bytes);
    return true;
}

bool settled_play(struct wire_show *show, const struct vector *vector, int32_t *states, bool *settles) {
    uint32_t width = show->wire->rulebook->state_width;
    int32_t *next = memory_resize(NULL, 2 * ((size_t)width + 1) * sizeof *next), *settled = next + width + 1;
    bool same = true;
    memcpy(states, vector->states, width * sizeof *states);
    for (size_t i = 0; i < vector->steps.count && same; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        int32_t *state = states + i * width, *after = state + width;
        bool is_call = step->action->by == BY_CLIENT, is_ok = step->failed == STEP_OK;
        settles[i] = false;
        same = !is_call || settle(show, state, next);
        enum eval_outcome outcome = eval_step(show->evaluator, step->action, step->arguments, is_ok, state, next);
        if (!is_call && outcome == EVAL_DISABLED && step->action->fair) { /* it has happened already */
            memcpy(after, state, width * sizeof *state);
            continue;
        }
        same = same &&
               (is_ok ? outcome == EVAL_OK : outcome == EVAL_ERROR && show->evaluator->failed_check == step->failed);
        memcpy(after, is_ok ? next : state, width * sizeof *state);
        if (same && is_call && is_ok)
            settles[i] = settle_after(show, after, settled, next);
    }
    free(next);
    return same;
}

void settled_later(struct wire_show *show, const int32_t *state, int32_t *later) {
    uint32_t width = show->wire->rulebook->state_width;
    int32_t *next = memory_resize(NULL, ((size_t)width + 1) * sizeof *next);
    memcpy(later, state, width * sizeof *later);
    let_happen(show, may_happen, later, next);
    free(next);
}
