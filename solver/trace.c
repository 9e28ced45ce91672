#include "solver/trace.h"

#include <stdlib.h>
#include <string.h>

#include "solver/leads_to.h"
#include "solver/plan.h"

static int32_t *play(const struct system *system, const struct trace *trace, const struct slice *slice,
                     struct arena *arena, const char **problem) {
    static const char *const outcomes[] = {"", "a check fails", "it is not enabled",
                                           "the rulebook has no meaning there"};
    size_t width = system->rulebook->state_width;
    int32_t *states = memory_resize(NULL, (trace->steps.count + 1) * width * sizeof *states);
    struct evaluator evaluator;
    evaluator_init(&evaluator, system->rulebook);
    evaluator.slice = slice;
    bool good = eval_initial(&evaluator, states);
    for (size_t i = 0; i < trace->steps.count && good; i++) {
        transition_id t = trace->steps.at[i];
        const struct action *action = system_action(system, t);
        enum eval_outcome outcome =
            eval_step(&evaluator, action, system->arguments.at + system->transitions.at[t].arguments, true,
                      states + i * width, states + (i + 1) * width);
        good = outcome == EVAL_OK;
        if (!good)
            *problem = arena_format(arena, "step %zu (%s): %s", i + 1, action->name, outcomes[outcome]);
    }
    evaluator_clear(&evaluator);
    if (good)
        return states;
    free(states);
    return NULL;
}

int32_t *trace_play(const struct system *system, const struct trace *trace, struct arena *arena, const char **problem) {
    int32_t *states = play(system, trace, NULL, arena, problem);
    return states != NULL ? states : play(system, trace, &system->slice, arena, problem);
}

static bool any_enabled(struct evaluator *evaluator, const struct system *system, const int32_t *state,
                        int32_t *scratch) {
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (eval_step(evaluator, system_action(system, t), system->arguments.at + system->transitions.at[t].arguments,
                      true, state, scratch) == EVAL_OK)
            return true;
    return false;
}

static bool holds(struct evaluator *evaluator, const struct property *property, const struct term *term,
                  const int32_t *state, const int32_t *next, const struct action *action) {
    bool value = true;
    if (term == NULL)
        return true;
    return eval_condition(evaluator, term, property->frame, state, next, action, &value) == EVAL_OK && value;
}

bool trace_confirm(const struct system *system, const struct property *property, const struct trace *trace,
                   struct arena *arena, const char **problem) {
    int32_t *states = trace_play(system, trace, arena, problem);
    if (states == NULL)
        return false;
    size_t width = system->rulebook->state_width, count = trace->steps.count;
    const int32_t *last = states + count * width;
    struct evaluator evaluator;
    evaluator_init(&evaluator, system->rulebook);
    evaluator.slice = &system->slice;
    int32_t *scratch = memory_resize(NULL, (width + 1) * sizeof *scratch);
    struct plan_failure failure;
    bool good = true;
    switch (property->form) {
    case PROPERTY_INVARIANT:
        good = !holds(&evaluator, property, property->term, last, NULL, NULL);
        break;
    case PROPERTY_STEP:
        good = count > 0 && !holds(&evaluator, property, property->term, last - width, last,
                                   system_action(system, trace->steps.at[count - 1]));
        break;
    case PROPERTY_REACHABLE:
    case PROPERTY_UNREACHABLE:
        good = holds(&evaluator, property, property->term, last, NULL, NULL);
        break;
    case PROPERTY_DEADLOCK_FREE:
        good = !any_enabled(&evaluator, system, last, scratch);
        break;
    case PROPERTY_PLAN:
        good = plan_fails(system, &evaluator, property->step, last, arena, &failure);
        break;
    case PROPERTY_LIVE: /* the trace is a witness of the last action that was first taken */
    case PROPERTY_SCENARIO:
        break;
    case PROPERTY_RECOVERABLE:
        good = holds(&evaluator, property, property->from, states + trace->recovery * width, NULL, NULL) &&
               (trace->recovery == count || holds(&evaluator, property, property->term, last, NULL, NULL));
        break;
    case PROPERTY_LEADS_TO:
        good = leads_to_confirm(system, &evaluator, property, trace, states);
        break;
    }
    if (!good)
        *problem = "the last state does not show it";
    free(scratch);
    free(states);
    evaluator_clear(&evaluator);
    return good;
}

/* How the plan fails after this run. */
static const char *explain_plan(const struct system *system, const struct plan_step *only, const struct trace *trace,
                                const int32_t *states, struct arena *arena) {
    struct evaluator evaluator;
    struct plan_failure failure;
    evaluator_init(&evaluator, system->rulebook);
    evaluator.slice = &system->slice;
    const int32_t *last = states + trace->steps.count * system->rulebook->state_width;
    bool fails = plan_fails(system, &evaluator, only, last, arena, &failure);
    evaluator_clear(&evaluator);
    return fails ? plan_failure_text(&failure, arena) : NULL;
}

void trace_check_result(const struct system *system, struct result *result) {
    const char *problem = "";
    if (!result->has_trace)
        return;
    if (trace_confirm(system, result->property, &result->trace, &result->arena, &problem)) {
        int32_t *states = play(system, &result->trace, NULL, &result->arena, &problem);
        if (states != NULL && result->property->form == PROPERTY_PLAN)
            result->reason = explain_plan(system, result->property->step, &result->trace, states, &result->arena);
        if (states == NULL && result->reason == NULL)
            result->reason = arena_format(&result->arena,
                                          "in what was left out the rulebook is broken here, see --whole: %s", problem);
        free(states);
        return;
    }
    result->verdict = VERDICT_UNKNOWN;
    result->has_trace = false;
    result->reason = arena_format(&result->arena,
                                  "the plain evaluator does not confirm the trace: %s; this is an error in enimc, "
                                  "please report it",
                                  problem);
}
