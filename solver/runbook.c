#include "solver/runbook.h"

#include <stdlib.h>
#include <string.h>

#include "model/print.h"
#include "solver/trace.h"

enum { QUESTION_SECONDS = 60 }; /* for one process or promise, if there is no time limit; with one, they share it */

struct inquiry {
    struct runbook_verification *verification;
    struct rulebook *rulebook;
    struct diags *diags;
    struct budget budget;
};

/* ---- what is asked of a process, as typed terms ---- */

static struct term *typed(const struct inquiry *inquiry, enum term_op op, const struct type *type, struct term *a,
                          struct term *b) {
    struct term *term = term_new(&inquiry->rulebook->arena, op, (struct span){0}, a, b);
    term->type = type;
    return term;
}

/* PROCESS.at == value */
static struct term *is_at(const struct inquiry *inquiry, const struct process *process, uint32_t object, size_t value) {
    const struct type *type = process->at->type, *boolean = &inquiry->rulebook->bool_type;
    struct term *self = typed(inquiry, TERM_OBJECT, process->kind->type, NULL, NULL),
                *at = typed(inquiry, TERM_FIELD, type, self, NULL),
                *label = typed(inquiry, TERM_ENUM, type, NULL, NULL);
    self->value = (int32_t)object;
    at->field = process->at;
    at->name = process->at->name;
    label->value = (int32_t)value;
    return typed(inquiry, TERM_EQ, boolean, at, label);
}

static struct term *or_also(const struct inquiry *inquiry, struct term *a, struct term *b) {
    return typed(inquiry, TERM_OR, &inquiry->rulebook->bool_type, a, b);
}

/* self.at == value, where self is the variable in slot 0, as it is the first parameter of every step */
static struct term *self_at(const struct inquiry *inquiry, const struct process *process, size_t value) {
    const struct type *type = process->at->type;
    struct term *self = typed(inquiry, TERM_LOCAL, process->kind->type, NULL, NULL),
                *at = typed(inquiry, TERM_FIELD, type, self, NULL),
                *label = typed(inquiry, TERM_ENUM, type, NULL, NULL);
    at->field = process->at;
    at->name = process->at->name;
    label->value = (int32_t)value;
    return typed(inquiry, TERM_EQ, &inquiry->rulebook->bool_type, at, label);
}

/* It is done, has failed, is not alive, or is in its first step and that waits (`strictly`: for what is not so).  For
 * this object, or (-1) for every one of the kind. */
static struct term *at_rest(const struct inquiry *inquiry, const struct process *process, bool strictly,
                            int32_t object) {
    const struct type *boolean = &inquiry->rulebook->bool_type;
    size_t labels = process->at->type->enumeration->count;
    struct term *rests = or_also(inquiry, self_at(inquiry, process, labels - 2), self_at(inquiry, process, labels - 1));
    if (process->alive != NULL)
        rests = or_also(inquiry, rests, typed(inquiry, TERM_NOT, boolean, process->alive, NULL));
    if (process->first_wait != NULL) {
        struct term *waits = self_at(inquiry, process, 0);
        if (strictly)
            waits = typed(inquiry, TERM_AND, boolean, waits,
                          typed(inquiry, TERM_NOT, boolean, process->first_wait->when, NULL));
        rests = or_also(inquiry, rests, waits);
    }
    if (object >= 0) {
        struct term *self = typed(inquiry, TERM_LOCAL, process->kind->type, NULL, NULL),
                    *mine = typed(inquiry, TERM_OBJECT, process->kind->type, NULL, NULL);
        mine->value = object;
        rests = typed(inquiry, TERM_IMPLIES, boolean, typed(inquiry, TERM_EQ, boolean, self, mine), rests);
    }
    struct term *all = typed(inquiry, TERM_FORALL, boolean, rests, NULL);
    all->name = "self";
    all->domain.type = process->kind->type;
    return all;
}

/* Slots that at_rest() needs. */
static uint32_t rest_frame(const struct process *process) {
    uint32_t waits = process->first_wait == NULL ? 1 : process->first_wait->frame;
    uint32_t lives = process->alive == NULL ? 1 : process->alive_in->frame;
    return (waits > lives ? waits : lives) + 1;
}

/* ---- one question ---- */

static void note_calls(const struct inquiry *inquiry, struct runbook_outcome *outcome, const struct system *system,
                       const struct trace *trace) {
    struct arena *arena = &inquiry->verification->arena;
    outcome->call_count = trace->steps.count;
    outcome->turn = trace->turn != NULL ? trace->recovery : trace->steps.count;
    outcome->turn_text = trace->turn;
    outcome->calls = arena_alloc(arena, (outcome->call_count + 1) * sizeof *outcome->calls);
    for (size_t i = 0; i < outcome->call_count; i++) {
        const struct action *action = system_action(system, trace->steps.at[i]);
        const int32_t *arguments = system->arguments.at + system->transitions.at[trace->steps.at[i]].arguments;
        outcome->calls[i] = arena_format(arena, "%s%s", action->by == BY_CLIENT ? "" : "* ",
                                         print_call(inquiry->rulebook, action, arguments, true));
    }
}

/* The step that ends the run, and the check that refused it, by the plain evaluator. */
static void note_failure(const struct inquiry *inquiry, struct runbook_outcome *outcome, const struct system *system,
                         const struct trace *trace) {
    const char *problem;
    if (trace->steps.count == 0)
        return;
    int32_t *states = trace_play(system, trace, &inquiry->verification->arena, &problem);
    size_t last = trace->steps.count - 1;
    transition_id step = trace->steps.at[last];
    outcome->failing = system_action(system, step);
    const struct action *called = outcome->failing->called;
    if (states != NULL && called != NULL && outcome->failing->answer != NULL) {
        struct evaluator evaluator;
        evaluator_init(&evaluator, inquiry->rulebook);
        const int32_t *arguments = system->arguments.at + system->transitions.at[step].arguments + 1; /* without self */
        for (size_t k = 0; k < called->checks.count && outcome->check == NULL; k++)
            if (eval_check(&evaluator, called, k, arguments, states + last * inquiry->rulebook->state_width) ==
                EVAL_ERROR) {
                outcome->check = &called->checks.at[k];
                outcome->others =
                    other_checks_find(&evaluator, called, k, arguments, states + last * inquiry->rulebook->state_width,
                                      &inquiry->verification->arena);
            }
        evaluator_clear(&evaluator);
    }
    free(states);
}

/* Answers the properties by exploration.  False after errors; `*system` is the caller's. */
static bool ask(const struct inquiry *inquiry, const struct property *const *properties, size_t count,
                struct system **system, struct run *run) {
    *system = system_new(inquiry->rulebook, properties, count, false, inquiry->diags);
    if (*system == NULL)
        return false;
    run_init(run, *system, &inquiry->budget);
    engine_find("explicit")->run(run);
    return true;
}

static void close_question(struct system *system, struct run *run) {
    run_clear(run);
    system_free(system);
}

static const char *keep(const struct inquiry *inquiry, const char *text) {
    return text == NULL ? NULL : arena_text(&inquiry->verification->arena, text, strlen(text));
}

/* Why it does not come to rest: its next step may be a call of which the rulebook says nothing (`where`, `when`, no
 * room for what it makes). */
static const char *explain_stop(const struct inquiry *inquiry, const struct runbook_outcome *outcome,
                                const struct system *system, const struct result *result) {
    struct rulebook *rulebook = inquiry->rulebook;
    const struct process *process = outcome->process;
    const char *problem;
    int32_t *states = trace_play(system, &result->trace, &inquiry->verification->arena, &problem);
    if (states == NULL || result->trace.turn != NULL) {
        free(states);
        return keep(inquiry, result->reason);
    }
    const int32_t *last = states + result->trace.steps.count * rulebook->state_width;
    const struct kind *kind = process->kind;
    int32_t at = last[kind->state_base + outcome->object * kind->state_width + process->at->offset];
    const char *label = value_text(rulebook, process->at->type, at);
    const struct action *called = NULL;
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        if (action->process == process && action->label != NULL && strcmp(action->label, label) == 0 &&
            action->called != NULL)
            called = action->called;
    }
    free(states);
    if (called == NULL)
        return arena_format(&inquiry->verification->arena, "it stays at '%s', and nothing needs to happen any more",
                            label);
    return arena_format(&inquiry->verification->arena,
                        "at '%s' %s is called in a way or at a time of which the rulebook says nothing", label,
                        called->name);
}

static void judge_process(const struct inquiry *inquiry, struct runbook_outcome *outcome, const struct run *run,
                          bool can_end) {
    const struct result *fails = &run->results.at[0], *done = &run->results.at[1], *rests = &run->results.at[2];
    bool failing = fails->verdict == VERDICT_REACHABLE, restless = rests->verdict == VERDICT_VIOLATED;
    outcome->states = run->stats.states;
    if (failing || restless) {
        bool never = can_end && done->verdict == VERDICT_UNREACHABLE;
        outcome->verdict = never ? RUNBOOK_FAILS_EVERY : RUNBOOK_FAILS_SOME;
        note_calls(inquiry, outcome, run->system, failing ? &fails->trace : &rests->trace);
        if (failing)
            note_failure(inquiry, outcome, run->system, &fails->trace);
        else
            outcome->reason = explain_stop(inquiry, outcome, run->system, rests);
        if (can_end && done->verdict == VERDICT_UNKNOWN)
            outcome->reason = arena_format(&inquiry->verification->arena,
                                           "whether it can come to its end was not decided: %s", done->reason);
        return;
    }
    const struct result *open = fails->verdict == VERDICT_UNKNOWN ? fails : rests;
    outcome->verdict = open->verdict == VERDICT_UNKNOWN ? RUNBOOK_UNKNOWN : RUNBOOK_WORKS;
    outcome->reason = open->verdict == VERDICT_UNKNOWN ? keep(inquiry, open->reason) : NULL;
}

static void ask_process(const struct inquiry *inquiry, const struct process *process, uint32_t object,
                        struct runbook_outcome *outcome) {
    size_t labels = process->at->type->enumeration->count, done = labels - 2, failed = labels - 1;
    struct property fails = {.name = "fails", .form = PROPERTY_REACHABLE},
                    ends = {.name = "ends", .form = PROPERTY_REACHABLE},
                    rests = {.name = "rests", .form = PROPERTY_LEADS_TO};
    fails.term = is_at(inquiry, process, object, failed);
    ends.term = is_at(inquiry, process, object, done);
    rests.frame = rest_frame(process);
    if (process->can_end || process->first_wait != NULL) {
        rests.term = at_rest(inquiry, process, false, (int32_t)object);
    } else { /* it goes round and round, and that is what it is for */
        rests.term = typed(inquiry, TERM_BOOL, &inquiry->rulebook->bool_type, NULL, NULL);
        rests.term->value = 1;
    }
    const struct property *const properties[] = {&fails, &ends, &rests};
    struct system *system;
    struct run run;
    outcome->process = process;
    outcome->object = object;
    outcome->name = process->kind->objects.at[object].name;
    outcome->about = process->about;
    if (!ask(inquiry, properties, ARRAY_SIZE(properties), &system, &run)) {
        outcome->verdict = RUNBOOK_UNKNOWN;
        outcome->reason = "the system would be too large";
        return;
    }
    judge_process(inquiry, outcome, &run, process->can_end);
    close_question(system, &run);
}

static void ask_promise(const struct inquiry *inquiry, const struct property *property,
                        struct runbook_outcome *outcome) {
    struct system *system;
    struct run run;
    outcome->name = property->name;
    outcome->about = property->origin.about;
    outcome->verdict = RUNBOOK_UNKNOWN;
    outcome->reason = "the system would be too large";
    if (!ask(inquiry, &property, 1, &system, &run))
        return;
    const struct result *result = &run.results.at[0];
    outcome->states = run.stats.states;
    outcome->reason = keep(inquiry, result->reason);
    if (result->verdict == VERDICT_VIOLATED) {
        outcome->verdict = RUNBOOK_FAILS_SOME;
        note_calls(inquiry, outcome, system, &result->trace);
    } else if (result->verdict == VERDICT_HOLDS) {
        outcome->verdict = RUNBOOK_WORKS;
    }
    close_question(system, &run);
}

/* Do they leave each other alone?  A built-in promise, asked if every process works by itself. */
static void ask_rest(const struct inquiry *inquiry) {
    const struct rulebook *rulebook = inquiry->rulebook;
    struct property property = {.name = "all come to rest", .form = PROPERTY_LEADS_TO, .calm = true};
    for (size_t i = 0; i < inquiry->verification->outcomes.count; i++)
        if (inquiry->verification->outcomes.at[i].verdict != RUNBOOK_WORKS)
            return;
    for (size_t p = 0; p < rulebook->processes.count; p++) {
        const struct process *process = rulebook->processes.at[p];
        if (!process->can_end && process->first_wait == NULL)
            return; /* one that goes round and round never rests */
        struct term *rest = at_rest(inquiry, process, true, -1);
        property.term =
            property.term == NULL ? rest : typed(inquiry, TERM_AND, &inquiry->rulebook->bool_type, property.term, rest);
        uint32_t frame = rest_frame(process);
        property.frame = frame > property.frame ? frame : property.frame;
    }
    property.origin.about = "once nothing fails any more, every process is done or waits in its first step";
    struct runbook_outcome outcome = {0};
    ask_promise(inquiry, &property, &outcome);
    vec_push(&inquiry->verification->outcomes, outcome);
}

/* A question's share of the time that is left. */
static void share(struct inquiry *inquiry, const struct budget *budget, const struct timespec *started,
                  struct timespec *begun, size_t left) {
    double rest = budget->timeout_seconds - seconds_since(started);
    inquiry->budget = *budget;
    inquiry->budget.timeout_seconds =
        budget->timeout_seconds <= 0 ? QUESTION_SECONDS : (rest < 0.01 ? 0.01 : rest) / (double)left;
    clock_gettime(CLOCK_MONOTONIC, begun);
    inquiry->budget.started = begun;
}

void runbook_verify(struct runbook_verification *verification, struct rulebook *rulebook, const struct budget *budget,
                    struct diags *diags) {
    struct timespec started, begun;
    clock_gettime(CLOCK_MONOTONIC, &started);
    *verification = (struct runbook_verification){0};
    struct inquiry inquiry = {.verification = verification, .rulebook = rulebook, .diags = diags};
    size_t left = 1;
    for (size_t p = 0; p < rulebook->processes.count; p++)
        left += rulebook->processes.at[p]->kind->objects.count;
    for (size_t i = 0; i < rulebook->properties.count; i++)
        left += rulebook->properties.at[i]->form == PROPERTY_LEADS_TO;
    for (size_t p = 0; p < rulebook->processes.count; p++)
        for (uint32_t o = 0; o < rulebook->processes.at[p]->kind->objects.count; o++) {
            struct runbook_outcome outcome = {0};
            share(&inquiry, budget, &started, &begun, left--);
            ask_process(&inquiry, rulebook->processes.at[p], o, &outcome);
            vec_push(&verification->outcomes, outcome);
        }
    share(&inquiry, budget, &started, &begun, left--);
    ask_rest(&inquiry);
    for (size_t i = 0; i < rulebook->properties.count; i++) {
        struct runbook_outcome outcome = {0};
        if (rulebook->properties.at[i]->form != PROPERTY_LEADS_TO)
            continue;
        share(&inquiry, budget, &started, &begun, left--);
        ask_promise(&inquiry, rulebook->properties.at[i], &outcome);
        vec_push(&verification->outcomes, outcome);
    }
}

void runbook_clear(struct runbook_verification *verification) {
    vec_free(&verification->outcomes);
    arena_clear(&verification->arena);
}
