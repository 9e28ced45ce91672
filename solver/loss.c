#include "solver/loss.h"

#include <stdlib.h>
#include <string.h>

#include "solver/cone.h"
#include "solver/inquiry.h"
#include "solver/stubborn.h"
#include "solver/trace.h"

/* ---- which pairs ---- */

/* Does the plan say that it establishes nothing that is asked after? */
static bool establishes_nothing(const struct plan_step *step) {
    const struct term *established = step->action->establishes;
    return established == NULL || (established->op == TERM_BOOL && established->value != 0);
}

/* What the step is to have established once it was answered; EXPR_TRUE: nothing, or it depends on what was there. */
static expr_id find_established(const struct system *system, const struct plan_step *step) {
    expr_id established = EXPR_TRUE;
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action != step->action || call->establishes == EXPR_TRUE)
            continue;
        if (established != EXPR_TRUE && established != call->establishes)
            return EXPR_TRUE;
        established = call->establishes;
    }
    return established;
}

static bool is_meant(const struct plan_order *order, const struct plan_step *const *steps, size_t step, size_t by) {
    const char *one = steps[step]->resource, *other = steps[by]->resource;
    if (one == NULL && other == NULL)
        return order->before[step * order->count + by];
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static const struct system_call *first_call(const struct system *system, const struct plan_step *step) {
    for (size_t c = 0; c < system->calls.count; c++)
        if (system->calls.at[c].action == step->action)
            return &system->calls.at[c];
    return NULL;
}

/* Is this object an argument of the call? */
static bool names(const struct system *system, const struct system_call *call, const struct kind *kind,
                  int32_t object) {
    const int32_t *at = system->arguments.at + call->arguments;
    for (size_t i = 0; i < call->action->parameters.count; i++) {
        const struct binding *binding = call->action->parameters.at[i];
        if (binding->type->form == TYPE_REF && binding->type->kind == kind && *at == object)
            return true;
        at += binding->width;
    }
    return false;
}

static bool have_common_object(const struct system *system, const struct plan_step *one,
                               const struct plan_step *other) {
    const struct system_call *call = first_call(system, one), *second = first_call(system, other);
    const int32_t *at = call != NULL ? system->arguments.at + call->arguments : NULL;
    for (size_t i = 0; call != NULL && second != NULL && i < call->action->parameters.count; i++) {
        const struct binding *binding = call->action->parameters.at[i];
        if (binding->type->form == TYPE_REF && *at >= 0 && names(system, second, binding->type->kind, *at))
            return true;
        at += binding->width;
    }
    return false;
}

struct updates {
    const struct system *system;
    const struct system_transition *transition;
};

static expr_id updated(void *context, struct exprs *exprs, expr_id leaf) {
    const struct updates *updates = context;
    const struct expr *node = expr_get(exprs, leaf);
    for (uint32_t u = 0; node->op == OP_VAR && u < updates->transition->update_count; u++) {
        const struct system_update *update = &updates->system->updates.at[updates->transition->first_update + u];
        if (update->var == (uint32_t)node->payload)
            return update->value;
    }
    return leaf;
}

/* The states in which some transition of the step `by` makes `established` false. */
static expr_id find_lost(struct system *system, const struct plan_step *by, expr_id established) {
    struct exprs *exprs = &system->exprs;
    expr_id lost = EXPR_FALSE;
    for (size_t t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        if (system_action(system, (transition_id)t) != by->action)
            continue;
        struct updates updates = {system, transition};
        struct expr_map map = {0};
        expr_id after = expr_rebuild(exprs, established, updated, &updates, &map);
        expr_map_clear(&map);
        if (after != established)
            lost = expr_or2(exprs, lost, expr_and2(exprs, transition->guard, expr_not(exprs, after)));
    }
    return expr_and2(exprs, lost, established);
}

static expr_id answered(struct system *system, size_t step) {
    bool waits = system->rulebook->plan.at[step]->waiter != NULL;
    uint32_t v = plan_flag(system, step, waits ? "sent" : "done");
    return v == UINT32_MAX ? EXPR_FALSE : expr_var(&system->exprs, v, 0, 1, true);
}

void loss_search_init(struct loss_search *search, struct plan_proof *proof) {
    struct system *system = proof->system;
    const struct plan_order *order = &proof->order;
    const struct plan_step *const *steps = (const struct plan_step *const *)system->rulebook->plan.at;
    *search = (struct loss_search){.proof = proof};
    for (size_t s = 0; s < order->count; s++) {
        expr_id established = find_established(system, steps[s]);
        for (size_t b = 0; b < order->count && established != EXPR_TRUE; b++) {
            if (b == s || establishes_nothing(steps[b]) || order->before[b * order->count + s] ||
                is_meant(order, steps, s, b) || !have_common_object(system, steps[s], steps[b]))
                continue;
            expr_id lost = expr_and2(&system->exprs, answered(system, s), find_lost(system, steps[b], established));
            if (lost != EXPR_FALSE)
                vec_push(&search->pairs, ((struct loss_pair){s, b, established, lost}));
        }
    }
}

void loss_search_clear(struct loss_search *search) { vec_free(&search->pairs); }

/* ---- one pair ---- */

static const int32_t *arguments_of(const struct system *system, const struct trace *trace,
                                   const struct action *action) {
    for (size_t i = 0; i < trace->steps.count; i++)
        if (system_action(system, trace->steps.at[i]) == action)
            return system->arguments.at + system->transitions.at[trace->steps.at[i]].arguments;
    return NULL;
}

/* By the plain evaluator: which call of the second step takes away, after this run, what the first one established?
 * UINT32_MAX: none. */
static transition_id find_taker(const struct system *view, const struct loss_pair *pair, const struct trace *trace,
                                const int32_t *state) {
    struct rulebook *rulebook = view->rulebook;
    const struct action *action = rulebook->plan.at[pair->step]->action, *by = rulebook->plan.at[pair->by]->action;
    const int32_t *arguments = arguments_of(view, trace, action);
    int32_t *next = memory_resize(NULL, (rulebook->state_width + 1) * sizeof *next);
    transition_id taker = UINT32_MAX;
    struct evaluator evaluator;
    evaluator_init(&evaluator, rulebook);
    bool holds = arguments != NULL && eval_established(&evaluator, action, arguments, state);
    for (transition_id t = 0; holds && t < view->transitions.count && taker == UINT32_MAX; t++)
        if (system_action(view, t) == by &&
            eval_step(&evaluator, by, view->arguments.at + view->transitions.at[t].arguments, true, state, next) ==
                EVAL_OK &&
            !eval_established(&evaluator, action, arguments, next))
            taker = t;
    evaluator_clear(&evaluator);
    free(next);
    return taker;
}

static void note_run(const struct loss_pair *pair, struct verification *verification, const struct system *view,
                     struct trace *trace, struct step_loss *loss) {
    const char *problem = "";
    int32_t *states = trace_play(view, trace, &verification->arena, &problem);
    transition_id taker = UINT32_MAX;
    if (states != NULL)
        taker = find_taker(view, pair, trace, states + trace->steps.count * view->rulebook->state_width);
    free(states);
    if (taker == UINT32_MAX) {
        loss->verdict = STEP_UNKNOWN;
        loss->reason = arena_format(&verification->arena,
                                    "the plain evaluator does not confirm the run%s%s; this is an error in enimc, "
                                    "please report it",
                                    *problem != '\0' ? ": " : "", problem);
        return;
    }
    vec_push(&trace->steps, taker);
    loss->calls = inquiry_calls(verification, view, trace);
    loss->call_count = trace->steps.count;
}

bool loss_find(struct loss_search *search, size_t number, struct verification *verification,
               const struct budget *budget, struct step_loss *loss) {
    const struct loss_pair *pair = &search->pairs.at[number];
    struct system *system = search->proof->system;
    const struct plan_step *const *steps = (const struct plan_step *const *)system->rulebook->plan.at;
    *loss = (struct step_loss){.step = steps[pair->step], .by = steps[pair->by], .verdict = STEP_FAILS_SOME};
    if (localizer_excludes(search->proof->localizer, &search->proof->order, pair->lost, &loss->states))
        return false;
    expr_id both = expr_and2(&system->exprs, answered(system, pair->step), answered(system, pair->by));
    expr_id kept = expr_and2(&system->exprs, both, pair->established);
    struct abstraction *abstraction = localizer_abstraction(search->proof->localizer);
    struct stubborn_search losing = {.goal = pair->lost, .fine = EXPR_TRUE},
                           keeping = {.goal = kept, .fine = EXPR_TRUE, .is_deep = true};
    struct cone cone;
    cone_init(&cone, system, abstraction, (expr_id[]){pair->lost, kept}, 2);
    enum stubborn_end end = stubborn_run(&losing, &cone.view, abstraction, budget);
    loss->states += losing.states;
    if (end == STUBBORN_LIMIT) {
        loss->verdict = STEP_UNKNOWN;
        loss->reason =
            arena_format(&verification->arena, "whether %s takes it away was not decided: %s after %llu states",
                         loss->by->about != NULL ? loss->by->about : loss->by->name, losing.reason,
                         (unsigned long long)losing.states);
    } else if (end == STUBBORN_GOAL) {
        note_run(pair, verification, &cone.view, &losing.trace, loss);
        if (loss->verdict != STEP_UNKNOWN &&
            stubborn_run(&keeping, &cone.view, abstraction, budget) == STUBBORN_NOTHING)
            loss->verdict = STEP_FAILS_EVERY;
        loss->states += keeping.states;
    }
    vec_free(&losing.trace.steps);
    vec_free(&keeping.trace.steps);
    cone_clear(&cone);
    return end != STUBBORN_NOTHING;
}
