#include "solver/verify.h"

#include <stdlib.h>
#include <string.h>

#include "model/print.h"
#include "solver/cone.h"
#include "solver/trace.h"

extern const struct engine engine_explicit;

enum {
    STEP_SECONDS = 20,      /* for one step, if there is no time limit; with one, steps share it */
    REPAIR_STATES = 200000, /* a repair that needs more is not offered */
    REPAIRS_MOST = 6
};

struct extra_order { /* step `step` comes after `after`, besides what the plan says */
    size_t step, after;
};

struct inquiry {
    struct verification *verification;
    const bool *before; /* see find_order() */
    const struct budget *budget;
    size_t step;
    const struct extra_order *extra; /* or NULL */
};

static const struct rulebook *rulebook_of(const struct verification *verification) {
    return verification->system->rulebook;
}

static expr_id done_flag(struct system *system, size_t step) {
    const struct kind *kind = system->rulebook->step_kind;
    for (uint32_t v = 0; v < system->vars.count; v++) {
        const struct system_var *var = &system->vars.at[v];
        if (var->field->kind == kind && var->object == step && strcmp(var->field->name, "done") == 0)
            return expr_var(&system->exprs, v, var->low, var->high, var->is_bool);
    }
    return EXPR_FALSE;
}

static size_t step_number(const struct rulebook *rulebook, const struct plan_step *step) {
    size_t number = 0;
    while (rulebook->plan.at[number] != step)
        number++;
    return number;
}

/* Is this a call or waiter of a step that cannot begin before the asked one is done? */
static bool is_later(const struct inquiry *inquiry, const struct action *action) {
    const struct rulebook *rulebook = rulebook_of(inquiry->verification);
    size_t n = rulebook->plan.count;
    return action->step != NULL && inquiry->before[inquiry->step * n + step_number(rulebook, action->step)];
}

/* The system until the asked step is done, with the extra order: a call of its later step waits. */
static struct system until_done(const struct inquiry *inquiry) {
    struct system *system = inquiry->verification->system, copy = *system;
    const struct extra_order *extra = inquiry->extra;
    const struct plan_step *waiting = extra == NULL ? NULL : system->rulebook->plan.at[extra->step];
    copy.calls.at = NULL;
    copy.transitions.at = NULL;
    copy.calls.count = copy.calls.room = 0;
    copy.transitions.count = copy.transitions.room = 0;
    expr_id before = extra == NULL ? EXPR_TRUE : done_flag(&copy, extra->after);
    for (size_t c = 0; c < system->calls.count; c++) {
        struct system_call call = system->calls.at[c];
        if (waiting != NULL && call.action->step == waiting && !call.action->is_waiter)
            call.enabled = expr_and2(&copy.exprs, call.enabled, before);
        vec_push(&copy.calls, call); /* all of them: transitions name them by number */
    }
    for (size_t t = 0; t < system->transitions.count; t++) {
        struct system_transition transition = system->transitions.at[t];
        const struct action *action = system->calls.at[transition.call].action;
        if (is_later(inquiry, action))
            continue;
        if (waiting != NULL && action->step == waiting && !action->is_waiter)
            transition.guard = expr_and2(&copy.exprs, transition.guard, before);
        vec_push(&copy.transitions, transition);
    }
    return copy;
}

/* Its turn and refused. */
static expr_id refused(struct system *system, const struct plan_step *step) {
    expr_id some = EXPR_FALSE;
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action->step != step || call->action->is_waiter)
            continue;
        expr_id passes =
            expr_and(&system->exprs, system->check_conditions.at + call->checks, call->action->checks.count);
        expr_id fails = expr_and2(&system->exprs, call->enabled, expr_not(&system->exprs, passes));
        some = expr_or2(&system->exprs, some, fails);
    }
    return some;
}

static expr_id possible(struct system *view) {
    VEC(expr_id) guards = {0};
    for (size_t t = 0; t < view->transitions.count; t++)
        vec_push(&guards, view->transitions.at[t].guard);
    expr_id some = expr_or(&view->exprs, guards.at, guards.count);
    vec_free(&guards);
    return some;
}

static void note_run(struct inquiry *inquiry, struct step_outcome *outcome, struct run *run,
                     const struct result *result) {
    struct verification *verification = inquiry->verification;
    const struct system *view = run->system;
    const char *problem = "";
    int32_t *states = trace_play(view, &result->trace, &verification->arena, &problem);
    struct evaluator evaluator;
    evaluator_init(&evaluator, view->rulebook);
    if (states != NULL)
        plan_fails(view, &evaluator, outcome->step, states + result->trace.steps.count * view->rulebook->state_width,
                   &verification->arena, &outcome->failure);
    evaluator_clear(&evaluator);
    free(states);
    outcome->call_count = result->trace.steps.count;
    outcome->calls = arena_alloc(&verification->arena, (outcome->call_count + 1) * sizeof *outcome->calls);
    for (size_t i = 0; i < outcome->call_count; i++) {
        transition_id t = result->trace.steps.at[i];
        outcome->calls[i] = print_call(view->rulebook, system_action(view, t),
                                       view->arguments.at + view->transitions.at[t].arguments, true);
    }
}

static void judge(struct inquiry *inquiry, struct step_outcome *outcome, struct run *run) {
    const struct result *works = &run->results.at[0], *ends = &run->results.at[1];
    outcome->states += run->stats.states;
    if (run->breakage.is_broken) {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = arena_format(&inquiry->verification->arena, "the rulebook is broken on the way: %s",
                                       run->system->obligations.at[run->breakage.obligation].text);
    } else if (works->verdict == VERDICT_VIOLATED) {
        outcome->verdict = ends->verdict == VERDICT_VIOLATED ? STEP_FAILS_EVERY : STEP_FAILS_SOME;
        note_run(inquiry, outcome, run, works);
    } else if (works->verdict == VERDICT_HOLDS) {
        outcome->verdict = STEP_SUCCEEDS;
    } else {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = works->reason == NULL
                              ? "not decided"
                              : arena_text(&inquiry->verification->arena, works->reason, strlen(works->reason));
    }
}

static void ask(struct inquiry *inquiry, struct step_outcome *outcome) {
    struct system *system = inquiry->verification->system;
    const struct plan_step *step = system->rulebook->plan.at[inquiry->step];
    outcome->step = step;
    struct system changed = until_done(inquiry);
    expr_id fails = refused(&changed, step), done = done_flag(&changed, inquiry->step), waits = fails;
    size_t n = system->rulebook->plan.count;
    for (size_t i = 0; i < n; i++) /* a step before it is refused: that is the finding, not this */
        if (inquiry->before[i * n + inquiry->step] ||
            (inquiry->extra != NULL && (inquiry->extra->after == i || inquiry->before[i * n + inquiry->extra->after])))
            waits = expr_or2(&changed.exprs, waits, refused(&changed, system->rulebook->plan.at[i]));
    struct cone cone;
    cone_init(&cone, &changed, (expr_id[]){fails, done, waits}, 3);
    expr_id moves = possible(&cone.view);
    struct exprs *exprs = &cone.view.exprs;
    expr_id stuck = expr_not(exprs, expr_or2(exprs, done, expr_or2(exprs, moves, waits)));
    struct property works = {.name = step->name, .form = PROPERTY_PLAN, .step = step};
    struct property ends = {
        .name = step->name, .form = PROPERTY_LIVE, .action = step->waiter != NULL ? step->waiter : step->action};
    struct system_property works_here = {.property = &works, .from = EXPR_TRUE};
    works_here.holds = expr_not(exprs, expr_or2(exprs, fails, stuck));
    struct system_property ends_here = {.property = &ends, .holds = EXPR_TRUE, .from = EXPR_TRUE};
    vec_push(&cone.view.properties, works_here);
    vec_push(&cone.view.properties, ends_here);
    struct run run;
    struct budget budget = *inquiry->budget;
    if (inquiry->extra != NULL && (budget.max_states == 0 || budget.max_states > REPAIR_STATES))
        budget.max_states = REPAIR_STATES;
    run_init(&run, &cone.view, &budget);
    engine_explicit.run(&run);
    judge(inquiry, outcome, &run);
    run_clear(&run);
    cone_share(&cone, system);
    cone_clear(&cone);
    vec_free(&changed.calls);
    vec_free(&changed.transitions);
}

/* ---- repairs ---- */

/* before[a * n + b]: step a has to be done before b begins. */
static bool *find_order(const struct rulebook *rulebook) {
    size_t n = rulebook->plan.count;
    bool *before = calloc(n * n + 1, 1);
    if (before == NULL)
        out_of_memory(n * n);
    for (size_t b = 0; b < n; b++) {
        const struct yaml *after = rulebook->plan.at[b]->after;
        for (size_t i = 0; after != NULL && i < after->count; i++)
            for (size_t a = 0; a < n; a++)
                if (rulebook->plan.at[a]->name == after->items[i]->text)
                    before[a * n + b] = true;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n && before[a * n + k]; b++)
                before[a * n + b] = before[a * n + b] || before[k * n + b];
    return before;
}

static void try_repair(struct inquiry *inquiry, struct step_outcome *outcome, size_t step, size_t after) {
    struct extra_order extra = {step, after};
    struct inquiry changed = *inquiry;
    struct step_outcome repaired = {0};
    changed.extra = &extra;
    ask(&changed, &repaired);
    const struct rulebook *rulebook = rulebook_of(inquiry->verification);
    if (repaired.verdict == STEP_SUCCEEDS)
        vec_push(&outcome->repairs, ((struct step_repair){rulebook->plan.at[step], rulebook->plan.at[after]}));
}

/* Every single order between this step and another that neither the plan has nor its reverse contradicts: first that
 * this step waits; only if that does not help, that another waits for it. */
static void find_repairs(struct inquiry *inquiry, struct step_outcome *outcome) {
    const bool *before = inquiry->before;
    size_t n = rulebook_of(inquiry->verification)->plan.count, s = inquiry->step;
    for (int pass = 0; pass < 2 && outcome->repairs.count == 0; pass++)
        for (size_t other = 0; other < n && outcome->repairs.count < REPAIRS_MOST; other++) {
            if (other == s || before[other * n + s] || before[s * n + other])
                continue;
            if (pass == 0)
                try_repair(inquiry, outcome, s, other);
            else
                try_repair(inquiry, outcome, other, s);
        }
}

void verify_plan(struct verification *verification, struct system *system, const struct budget *budget) {
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    *verification = (struct verification){.system = system};
    double limit = budget->timeout_seconds;
    bool *before = find_order(system->rulebook);
    for (size_t i = 0; i < system->rulebook->plan.count; i++) {
        struct budget own = *budget; /* a step's share of the time that is left */
        double left = limit - seconds_since(&started);
        own.timeout_seconds = limit <= 0 ? STEP_SECONDS : (left < 0.01 ? 0.01 : left) / (double)(system->rulebook->plan.count - i);
        struct timespec begun;
        clock_gettime(CLOCK_MONOTONIC, &begun);
        own.started = &begun;
        struct inquiry inquiry = {verification, before, &own, i, NULL};
        struct step_outcome outcome = {0};
        ask(&inquiry, &outcome);
        if (outcome.verdict == STEP_FAILS_SOME)
            find_repairs(&inquiry, &outcome);
        vec_push(&verification->outcomes, outcome);
    }
    free(before);
    verification->seconds = seconds_since(&started);
}

void verification_clear(struct verification *verification) {
    for (size_t i = 0; i < verification->outcomes.count; i++)
        vec_free(&verification->outcomes.at[i].repairs);
    vec_free(&verification->outcomes);
    arena_clear(&verification->arena);
}
