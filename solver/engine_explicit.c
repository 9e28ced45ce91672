/* The explicit engine: all reachable states, breadth first; every verdict is exact. */
#include <string.h>

#include "solver/explore.h"
#include "solver/leads_to.h"
#include "solver/questions.h"
#include "solver/recover.h"
#include "solver/trace.h"

struct explicit_run {
    struct run *run;
    struct explorer *explorer;
    struct questions questions;
};

/* Has each action that the property asks for been taken? */
static bool is_lively(const struct explicit_run *er, const struct property *property) {
    const struct system *system = er->run->system;
    for (size_t a = 0; a < system->rulebook->actions.count; a++) {
        const struct action *action = system->rulebook->actions.at[a];
        bool taken = !action->is_allowed || (property->action != NULL && property->action != action);
        for (transition_id t = 0; t < system->transitions.count && !taken; t++)
            taken = system_action(system, t) == action && explorer_fired(er->explorer, t);
        if (!taken)
            return false;
    }
    return true;
}

/* Every property has its answer, or the rulebook is broken: no need to go on. */
static bool is_decided(void *context) {
    const struct explicit_run *er = context;
    bool open = false;
    for (size_t i = 0; i < er->run->system->properties.count; i++) {
        enum property_form form = er->run->system->properties.at[i].property->form;
        bool hit = false;
        for (size_t q = 0; q < er->questions.list.count; q++)
            hit = hit || (er->questions.list.at[q].about <= ASK_STEP && er->questions.list.at[q].index == i &&
                          explorer_hit(er->explorer, q) != STATE_NONE);
        if (form == PROPERTY_LIVE)
            hit = is_lively(er, er->run->system->properties.at[i].property);
        open = open || !hit || form == PROPERTY_RECOVERABLE || form == PROPERTY_LEADS_TO;
    }
    for (size_t q = 0; q < er->questions.list.count; q++)
        if (er->questions.list.at[q].about == ASK_OBLIGATION && explorer_hit(er->explorer, q) != STATE_NONE)
            return true;
    return !open;
}

static void give_trace(struct explicit_run *er, struct trace *trace, state_id state) {
    trace->steps.count = 0;
    explorer_path(er->explorer, state, trace);
    trace->recovery = trace->steps.count;
}

/* The first hit of a property's questions: the lowest state, then the lowest transition. */
static void answer_hit(struct explicit_run *er, struct result *result, size_t index) {
    state_id best = STATE_NONE;
    size_t question = 0;
    for (size_t q = 0; q < er->questions.list.count; q++) {
        bool mine = er->questions.list.at[q].about <= ASK_STEP && er->questions.list.at[q].index == index;
        if (mine && explorer_hit(er->explorer, q) < best) {
            best = explorer_hit(er->explorer, q);
            question = q;
        }
    }
    if (best == STATE_NONE)
        return;
    enum property_form form = result->property->form;
    result->verdict = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE ? VERDICT_REACHABLE : VERDICT_VIOLATED;
    result->has_trace = true;
    give_trace(er, &result->trace, best);
    if (er->questions.list.at[question].about == ASK_STEP) {
        vec_push(&result->trace.steps, er->questions.list.at[question].transition);
        result->trace.recovery++;
    }
    result->depth = (uint32_t)result->trace.steps.count;
    trace_check_result(er->run->system, result);
}

static void answer_live(struct explicit_run *er, struct result *result, bool complete) {
    const struct rulebook *rulebook = er->run->system->rulebook;
    const char *missing = NULL;
    size_t missing_count = 0;
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        bool asked = result->property->action == NULL ? action->is_allowed : result->property->action == action;
        if (!asked || er->run->coverage.actions[a])
            continue;
        missing_count++;
        missing = missing == NULL ? action->name : arena_format(&result->arena, "%s, %s", missing, action->name);
    }
    if (missing == NULL) {
        result->verdict = VERDICT_HOLDS;
    } else if (complete) {
        result->verdict = VERDICT_VIOLATED;
        result->reason = arena_format(&result->arena, "can never be taken: %s", missing);
    }
}

static void answer(struct explicit_run *er, enum explore_end end) {
    struct run *run = er->run;
    const struct system *system = run->system;
    bool complete = end == EXPLORE_COMPLETE;
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (explorer_fired(er->explorer, t))
            run->coverage.actions[system_action(system, t)->index] = true;
    for (size_t q = 0; q < er->questions.list.count; q++) {
        const struct question *question = &er->questions.list.at[q];
        state_id hit = explorer_hit(er->explorer, q);
        if (hit == STATE_NONE)
            continue;
        if (question->about == ASK_RULE)
            run->coverage.checks[question->index] = true;
        if (question->about == ASK_OBLIGATION && !run->breakage.is_broken) {
            run->breakage.is_broken = true;
            run->breakage.obligation = question->index;
            give_trace(er, &run->breakage.trace, hit);
        }
    }
    run->coverage.is_known = complete;
    for (size_t i = 0; i < run->results.count; i++) {
        struct result *result = &run->results.at[i];
        enum property_form form = result->property->form;
        result->depth = run->stats.depth;
        result->method = complete ? "exhaustive" : "explicit search";
        if (form == PROPERTY_LIVE)
            answer_live(er, result, complete);
        else if (form == PROPERTY_RECOVERABLE) {
            if (complete)
                recover_decide(er->explorer, run, i);
        } else if (form == PROPERTY_LEADS_TO) {
            if (complete)
                leads_to_decide(er->explorer, run, i);
        } else
            answer_hit(er, result, i);
        if (run->breakage.is_broken && !result->has_trace) {
            result->verdict = VERDICT_UNKNOWN;
            result->reason = "the rulebook is broken";
        }
        if (result->verdict != VERDICT_UNKNOWN || result->reason != NULL)
            continue;
        if (complete)
            result->verdict =
                form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE ? VERDICT_UNREACHABLE : VERDICT_HOLDS;
        else
            result->reason = arena_format(&result->arena, "no answer up to depth %u: %s", run->stats.depth,
                                          run->stats.reason != NULL ? run->stats.reason : "stopped");
    }
}

static void explicit_run(struct run *run) {
    struct explicit_run er = {.run = run};
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    questions_add_properties(&er.questions, run->system);
    questions_add_obligations(&er.questions, run->system);
    if (!run->skips_coverage)
        questions_add_rules(&er.questions, run->system);
    coverage_init(&run->coverage, run->system->rulebook);
    er.explorer = explorer_new(run->system, &run->budget, er.questions.conditions.at, er.questions.conditions.count);
    if (er.explorer == NULL) {
        run->stats.reason = "memory limit";
        for (size_t i = 0; i < run->results.count; i++)
            run->results.at[i].reason = "memory limit: too small even to begin";
    } else {
        enum explore_end end = explorer_run(er.explorer, is_decided, &er, &run->stats);
        answer(&er, end);
        run->stats.seconds = seconds_since(&started); /* with the time for traces and ways back */
    }
    for (size_t i = 0; i < run->results.count; i++)
        run->results.at[i].engine = "explicit";
    explorer_free(er.explorer);
    questions_clear(&er.questions);
}

const struct engine engine_explicit = {
    .name = "explicit",
    .summary = "explores every reachable state; exact for any property",
    .run = explicit_run,
};
