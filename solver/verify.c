#include "solver/verify.h"

#include <stdlib.h>
#include <string.h>

#include "model/print.h"
#include "solver/cone.h"
#include "solver/plan_proof.h"
#include "solver/stubborn.h"
#include "solver/trace.h"

enum {
    STEP_SECONDS = 20,      /* for one step, if there is no time limit; with one, steps share it */
    REPAIR_STATES = 200000, /* a repair that needs more is not offered */
    REPAIRS_MOST = 6
};

struct extra_order { /* step `step` comes after `after`, besides what the plan says */
    size_t step, after[REPAIR_ORDERS], count;
};

struct inquiry {
    struct verification *verification;
    bool *concerned; /* by step: in the asked one's cone, so that its place in the order can matter; NULL: not wanted */
    struct plan_proof *proof;
    const struct budget *budget;
    size_t step;
    const struct extra_order *extra; /* or NULL */
};

static const struct rulebook *rulebook_of(const struct verification *verification) {
    return verification->system->rulebook;
}

static expr_id done_flag(struct system *system, size_t step) {
    uint32_t v = plan_flag(system, step, "done");
    return v == UINT32_MAX ? EXPR_FALSE : expr_var(&system->exprs, v, 0, 1, true);
}

/* Is this a call or waiter of a step that cannot begin before the asked one is done? */
static bool is_later(const struct inquiry *inquiry, const struct action *action) {
    const struct rulebook *rulebook = rulebook_of(inquiry->verification);
    size_t n = rulebook->plan.count;
    return action->step != NULL &&
           inquiry->proof->order.before[inquiry->step * n + plan_step_number(rulebook, action->step)];
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
    expr_id before = EXPR_TRUE;
    for (size_t i = 0; extra != NULL && i < extra->count; i++)
        before = expr_and2(&copy.exprs, before, done_flag(&copy, extra->after[i]));
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

/* A run in words. */
static const char **calls_of(struct verification *verification, const struct system *view, const struct trace *trace) {
    const char **calls = arena_alloc(&verification->arena, (trace->steps.count + 1) * sizeof *calls);
    for (size_t i = 0; i < trace->steps.count; i++) {
        transition_id t = trace->steps.at[i];
        const struct action *action = system_action(view, t);
        calls[i] = arena_format(
            &verification->arena, "%s%s", action->by == BY_CLIENT ? "" : "* ",
            print_call(view->rulebook, action, view->arguments.at + view->transitions.at[t].arguments, true));
    }
    return calls;
}

static void note_run(struct inquiry *inquiry, struct step_outcome *outcome, const struct system *view,
                     const struct trace *trace) {
    struct verification *verification = inquiry->verification;
    const char *problem = "";
    int32_t *states = trace_play(view, trace, &verification->arena, &problem);
    struct evaluator evaluator;
    evaluator_init(&evaluator, view->rulebook);
    bool confirmed = states != NULL && plan_fails(view, &evaluator, outcome->step,
                                                  states + trace->steps.count * view->rulebook->state_width,
                                                  &verification->arena, &outcome->failure);
    evaluator_clear(&evaluator);
    free(states);
    if (!confirmed) {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = arena_format(&verification->arena,
                                       "the plain evaluator does not confirm the run%s%s; this is an error in enimc, "
                                       "please report it",
                                       *problem != '\0' ? ": " : "", problem);
        return;
    }
    outcome->calls = calls_of(verification, view, trace);
    outcome->call_count = trace->steps.count;
}

/* Can it be refused, or come to a stop?  If so: can it also be done? */
static void judge(struct inquiry *inquiry, struct step_outcome *outcome, const struct system *view,
                  struct abstraction *abstraction, expr_id fails, expr_id fine, expr_id done) {
    struct budget budget = *inquiry->budget;
    if (inquiry->extra != NULL && (budget.max_states == 0 || budget.max_states > REPAIR_STATES))
        budget.max_states = REPAIR_STATES;
    struct stubborn_search failing = {.goal = fails, .fine = fine}, ending = {.goal = done, .fine = EXPR_TRUE};
    enum stubborn_end end = stubborn_run(&failing, view, abstraction, &budget);
    outcome->states += failing.states;
    if (end == STUBBORN_NOTHING) {
        outcome->verdict = STEP_SUCCEEDS;
    } else if (end == STUBBORN_LIMIT) {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = failing.reason;
    } else {
        enum stubborn_end ends = stubborn_run(&ending, view, abstraction, &budget);
        outcome->verdict = ends == STUBBORN_NOTHING ? STEP_FAILS_EVERY : STEP_FAILS_SOME;
        if (ends == STUBBORN_LIMIT)
            outcome->reason = arena_format(&inquiry->verification->arena,
                                           "whether any schedule finishes it was not decided: %s", ending.reason);
        outcome->states += ending.states;
        note_run(inquiry, outcome, view, &failing.trace);
    }
    vec_free(&failing.trace.steps);
    vec_free(&ending.trace.steps);
}

/* Does the asked step wait for this one, by the plan or by the extra order? */
static bool comes_before(const struct inquiry *inquiry, size_t step) {
    size_t n = rulebook_of(inquiry->verification)->plan.count;
    const struct extra_order *extra = inquiry->extra;
    bool before = inquiry->proof->order.before[step * n + inquiry->step];
    for (size_t i = 0; extra != NULL && extra->step == inquiry->step && i < extra->count; i++)
        before = before || extra->after[i] == step || inquiry->proof->order.before[step * n + extra->after[i]];
    return before;
}

static void ask(struct inquiry *inquiry, struct step_outcome *outcome) {
    struct system *system = inquiry->verification->system;
    const struct plan_step *step = system->rulebook->plan.at[inquiry->step];
    outcome->step = step;
    struct system changed = until_done(inquiry);
    expr_id fails = refused(&changed, step), done = done_flag(&changed, inquiry->step), turn = EXPR_TRUE;
    size_t n = system->rulebook->plan.count;
    for (size_t i = 0; i < n; i++) /* where one before it is not done, that is the finding, not this */
        if (comes_before(inquiry, i))
            turn = expr_and2(&changed.exprs, turn, done_flag(&changed, i));
    expr_id fine = expr_or2(&changed.exprs, expr_or2(&changed.exprs, done, fails), expr_not(&changed.exprs, turn));
    struct cone cone;
    system->exprs = changed.exprs; /* which may have moved */
    struct abstraction *abstraction = localizer_abstraction(inquiry->proof->localizer);
    cone_init(&cone, &changed, abstraction, (expr_id[]){fails, done, fine}, 3);
    for (transition_id t = 0; inquiry->concerned != NULL && t < changed.transitions.count; t++) {
        const struct action *action = system_action(&changed, t);
        if (cone.transitions[t] && action->step != NULL)
            inquiry->concerned[plan_step_number(system->rulebook, action->step)] = true;
    }
    judge(inquiry, outcome, &cone.view, abstraction, fails, fine, done);
    cone_clear(&cone);
    vec_free(&changed.calls);
    vec_free(&changed.transitions);
}

/* ---- repairs ---- */

/* Without a search, with the extra order. */
static bool is_settled(struct inquiry *inquiry, struct step_outcome *outcome) {
    struct system *system = inquiry->verification->system;
    const struct extra_order *extra = inquiry->extra;
    struct plan_order order;
    expr_id turn = EXPR_TRUE;
    plan_order_copy(&order, &inquiry->proof->order);
    for (size_t i = 0; i < extra->count; i++) {
        plan_order_add(&order, extra->after[i], extra->step);
        if (extra->step == inquiry->step)
            turn = expr_and2(&system->exprs, turn, done_flag(system, extra->after[i]));
    }
    bool settled = plan_proof_settles(inquiry->proof, &order, inquiry->step, turn, &outcome->states);
    plan_order_clear(&order);
    return settled;
}

/* What the asked step does with the extra order; its repairs stay empty. */
static struct step_outcome try_order(const struct inquiry *inquiry, const struct extra_order *extra) {
    struct inquiry changed = *inquiry;
    changed.concerned = NULL;
    struct step_outcome outcome = {.step = rulebook_of(inquiry->verification)->plan.at[inquiry->step]};
    changed.extra = extra;
    if (is_settled(&changed, &outcome))
        outcome.verdict = STEP_SUCCEEDS;
    else
        ask(&changed, &outcome);
    return outcome;
}

static void add_repair(const struct inquiry *inquiry, struct step_outcome *outcome, const struct extra_order *extra) {
    const struct rulebook *rulebook = rulebook_of(inquiry->verification);
    struct step_repair repair = {.step = rulebook->plan.at[extra->step], .count = extra->count};
    for (size_t i = 0; i < extra->count; i++)
        repair.after[i] = rulebook->plan.at[extra->after[i]];
    vec_push(&outcome->repairs, repair);
}

/* Steps that this one could wait for: they matter for it, and neither wait for it nor come before it anyway. */
static bool is_candidate(const struct inquiry *inquiry, size_t other) {
    const struct verification *verification = inquiry->verification;
    size_t n = rulebook_of(verification)->plan.count, s = inquiry->step;
    return inquiry->concerned[other] && other != s && !comes_before(inquiry, other) &&
           !inquiry->proof->order.before[s * n + other];
}

/* No single order helps: one after the other, each of which does away with the failure that is left. */
static void find_several(struct inquiry *inquiry, struct step_outcome *outcome) {
    const struct verification *verification = inquiry->verification;
    struct extra_order extra = {.step = inquiry->step};
    const struct check *left = outcome->failure.check;
    bool better = true;
    while (better && extra.count < REPAIR_ORDERS && outcome->repairs.count == 0) {
        better = false;
        for (size_t other = 0; other < verification->outcomes.count && !better; other++) {
            if (!is_candidate(inquiry, other) || verification->outcomes.at[other].verdict != STEP_SUCCEEDS)
                continue;
            extra.after[extra.count++] = other;
            struct step_outcome next = try_order(inquiry, &extra);
            if (next.verdict == STEP_SUCCEEDS)
                add_repair(inquiry, outcome, &extra);
            better = next.verdict == STEP_SUCCEEDS || (next.verdict == STEP_FAILS_SOME && next.failure.check != left);
            if (better)
                left = next.failure.check;
            else
                extra.count--;
        }
    }
}

/* Every single order between this step and another that neither the plan has nor its reverse contradicts: first that
 * this step waits, for one that works; only if that does not help, that it waits for several, or another waits for it.
 */
static void find_repairs(struct inquiry *inquiry, struct step_outcome *outcome) {
    const struct verification *verification = inquiry->verification;
    size_t n = rulebook_of(verification)->plan.count;
    for (size_t other = 0; other < n && outcome->repairs.count < REPAIRS_MOST; other++) {
        struct extra_order extra = {inquiry->step, {other}, 1};
        if (is_candidate(inquiry, other) && verification->outcomes.at[other].verdict == STEP_SUCCEEDS &&
            try_order(inquiry, &extra).verdict == STEP_SUCCEEDS)
            add_repair(inquiry, outcome, &extra);
    }
    for (size_t other = 0; other < n && outcome->repairs.count == 0; other++) {
        struct extra_order extra = {other, {inquiry->step}, 1};
        if (is_candidate(inquiry, other) && try_order(inquiry, &extra).verdict == STEP_SUCCEEDS)
            add_repair(inquiry, outcome, &extra);
    }
    if (outcome->repairs.count == 0)
        find_several(inquiry, outcome);
}

/* ---- a broken rulebook ---- */

/* What is not shown to hold by proofs is looked for in its own cone. */
static void ask_obligation(struct verification *verification, struct plan_proof *proof, size_t number,
                           const struct budget *budget) {
    struct system *system = verification->system;
    expr_id bad = expr_not(&system->exprs, system->obligations.at[number].holds);
    uint64_t states = 0;
    if (localizer_excludes(proof->localizer, &proof->order, bad, &states))
        return;
    struct abstraction *abstraction = localizer_abstraction(proof->localizer);
    struct cone cone;
    struct stubborn_search search = {.goal = bad, .fine = EXPR_TRUE};
    cone_init(&cone, system, abstraction, &bad, 1);
    enum stubborn_end end = stubborn_run(&search, &cone.view, abstraction, budget);
    if (end == STUBBORN_GOAL) {
        verification->is_broken = true;
        verification->obligation = number;
        verification->broken_calls = calls_of(verification, &cone.view, &search.trace);
        verification->broken_call_count = search.trace.steps.count;
    } else if (end == STUBBORN_LIMIT) {
        verification->undecided = search.reason;
    }
    vec_free(&search.trace.steps);
    cone_clear(&cone);
}

/* A step's share of the time that is left. */
static struct budget share(const struct budget *budget, const struct timespec *started, struct timespec *begun,
                           size_t steps_left) {
    struct budget own = *budget;
    double left = budget->timeout_seconds - seconds_since(started);
    own.timeout_seconds =
        budget->timeout_seconds <= 0 ? STEP_SECONDS : (left < 0.01 ? 0.01 : left) / (double)steps_left;
    clock_gettime(CLOCK_MONOTONIC, begun);
    own.started = begun;
    return own;
}

void verify_plan(struct verification *verification, struct system *system, const struct budget *budget) {
    struct timespec started, begun;
    struct plan_proof proof;
    clock_gettime(CLOCK_MONOTONIC, &started);
    *verification = (struct verification){.system = system};
    plan_proof_init(&proof, system);
    size_t n = system->rulebook->plan.count, failing = 0, open = 0;
    bool *concerned = calloc(n * n + 1, 1);
    if (concerned == NULL)
        out_of_memory(n * n);
    for (size_t i = 0; i < n; i++)
        open += !proof.settled[i];
    for (size_t i = 0; i < system->obligations.count && !verification->is_broken; i++) {
        struct budget own = share(budget, &started, &begun, open + 2);
        ask_obligation(verification, &proof, i, &own);
    }
    for (size_t i = 0; i < n && !verification->is_broken; i++) {
        struct step_outcome outcome = {.step = system->rulebook->plan.at[i], .states = proof.states[i]};
        if (!proof.settled[i]) {
            struct budget own = share(budget, &started, &begun, open-- + 1);
            ask(&(struct inquiry){verification, concerned + i * n, &proof, &own, i, NULL}, &outcome);
        }
        failing += outcome.verdict == STEP_FAILS_SOME;
        vec_push(&verification->outcomes, outcome);
    }
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        struct step_outcome *outcome = &verification->outcomes.at[i];
        if (outcome->verdict != STEP_FAILS_SOME)
            continue;
        struct budget own = share(budget, &started, &begun, failing--);
        find_repairs(&(struct inquiry){verification, concerned + i * n, &proof, &own, i, NULL}, outcome);
    }
    free(concerned);
    plan_proof_clear(&proof);
    verification->seconds = seconds_since(&started);
}

void verification_clear(struct verification *verification) {
    for (size_t i = 0; i < verification->outcomes.count; i++)
        vec_free(&verification->outcomes.at[i].repairs);
    vec_free(&verification->outcomes);
    arena_clear(&verification->arena);
}
