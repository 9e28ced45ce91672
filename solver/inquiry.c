#include "solver/inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "model/print.h"
#include "solver/cone.h"
#include "solver/stubborn.h"
#include "solver/trace.h"

enum { FIRST_STATES = 3000 }; /* in which a shortest failing run is looked for before any */

static const struct rulebook *rulebook_of(const struct inquiry *inquiry) {
    return inquiry->verification->system->rulebook;
}

static expr_id done_flag(struct system *system, size_t step) {
    uint32_t v = plan_flag(system, step, "done");
    return v == UINT32_MAX ? EXPR_FALSE : expr_var(&system->exprs, v, 0, 1, true);
}

/* ---- the system, changed ---- */

static bool is_changed(const struct inquiry *inquiry) { return inquiry->extra != NULL || inquiry->retry != NULL; }

static bool has_code(const struct check *check, const char *code) {
    for (size_t k = 0; k < check->code_count; k++)
        if (strcmp(check->codes[k], code) == 0)
            return true;
    return false;
}

/* What a call of this step waits for besides what the plan says. */
static expr_id find_waits(const struct inquiry *inquiry, struct system *system, const struct system_call *call) {
    expr_id waits = EXPR_TRUE;
    if (call->action->step == NULL || call->action->is_waiter)
        return waits;
    size_t step = plan_step_number(rulebook_of(inquiry), call->action->step);
    for (size_t i = 0; inquiry->extra != NULL && i < inquiry->extra->count; i++)
        if (inquiry->extra->at[i].later == step)
            waits = expr_and2(&system->exprs, waits, done_flag(system, inquiry->extra->at[i].earlier));
    for (size_t i = 0; inquiry->retry != NULL && step == inquiry->step && i < call->action->checks.count; i++)
        if (has_code(&call->action->checks.at[i], inquiry->retry))
            waits = expr_and2(&system->exprs, waits, system->check_conditions.at[call->checks + i]);
    return waits;
}

/* The system until the asked step is done: what comes after it is not in it. */
static struct system until_done(const struct inquiry *inquiry, const struct plan_order *order) {
    struct system *system = inquiry->verification->system, copy = *system;
    copy.calls.at = NULL;
    copy.transitions.at = NULL;
    copy.calls.count = copy.calls.room = 0;
    copy.transitions.count = copy.transitions.room = 0;
    expr_id *waits = memory_resize(NULL, (system->calls.count + 1) * sizeof *waits);
    for (size_t c = 0; c < system->calls.count; c++) {
        struct system_call call = system->calls.at[c];
        waits[c] = is_changed(inquiry) ? find_waits(inquiry, &copy, &call) : EXPR_TRUE;
        call.enabled = expr_and2(&copy.exprs, call.enabled, waits[c]);
        vec_push(&copy.calls, call); /* all of them: transitions name them by number */
    }
    for (size_t t = 0; t < system->transitions.count; t++) {
        struct system_transition transition = system->transitions.at[t];
        const struct action *action = system->calls.at[transition.call].action;
        if (action->step != NULL &&
            order->before[inquiry->step * order->count + plan_step_number(rulebook_of(inquiry), action->step)])
            continue;
        transition.guard = expr_and2(&copy.exprs, transition.guard, waits[transition.call]);
        vec_push(&copy.transitions, transition);
    }
    free(waits);
    return copy;
}

/* Its turn and refused: by a check that is not known to pass. */
static expr_id refused(const struct inquiry *inquiry, struct system *system) {
    expr_id some = EXPR_FALSE;
    const struct plan_step *step = rulebook_of(inquiry)->plan.at[inquiry->step];
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action->step != step || call->action->is_waiter)
            continue;
        expr_id passes = EXPR_TRUE;
        for (size_t i = 0; i < call->action->checks.count; i++)
            if (!inquiry->proof->passes[call->checks + i])
                passes = expr_and2(&system->exprs, passes, system->check_conditions.at[call->checks + i]);
        expr_id fails = expr_and2(&system->exprs, call->enabled, expr_not(&system->exprs, passes));
        some = expr_or2(&system->exprs, some, fails);
    }
    return some;
}

/* ---- the answer ---- */

/* A run in words. */
const char **inquiry_calls(struct verification *verification, const struct system *view, const struct trace *trace) {
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

static void note_run(const struct inquiry *inquiry, struct step_outcome *outcome, const struct system *view,
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
    size_t width = view->rulebook->state_width;
    if (confirmed)
        outcome->end = arena_copy(&verification->arena, states + trace->steps.count * width, width * sizeof *states);
    free(states);
    if (!confirmed) {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = arena_format(&verification->arena,
                                       "the plain evaluator does not confirm the run%s%s; this is an error in enimc, "
                                       "please report it",
                                       *problem != '\0' ? ": " : "", problem);
        return;
    }
    outcome->calls = inquiry_calls(verification, view, trace);
    outcome->call_count = trace->steps.count;
}

static const char *explain_limit(const struct inquiry *inquiry, const struct stubborn_search *search) {
    return arena_format(&inquiry->verification->arena,
                        "%s after %llu states; no run of at most %u calls and events leads to a refusal",
                        search->reason, (unsigned long long)search->states, search->depth);
}

static void note_steps(const struct inquiry *inquiry, const struct system *view, const struct trace *trace) {
    for (size_t i = 0; inquiry->run_steps != NULL && i < trace->steps.count; i++) {
        const struct action *action = system_action(view, trace->steps.at[i]);
        if (action->step != NULL && !action->is_waiter)
            vec_push(inquiry->run_steps, (uint32_t)plan_step_number(rulebook_of(inquiry), action->step));
    }
}

/* A shortest failing run; if the first states do not have one, any that looking ahead finds as quickly. */
static enum stubborn_end find_failure(const struct inquiry *inquiry, struct step_outcome *outcome,
                                      const struct system *view, struct stubborn_search *failing) {
    struct abstraction *abstraction = localizer_abstraction(inquiry->proof->localizer);
    struct budget first = *inquiry->budget;
    bool is_bounded = first.max_states == 0 || first.max_states > FIRST_STATES;
    first.max_states = is_bounded ? FIRST_STATES : first.max_states;
    enum stubborn_end end = stubborn_run(failing, view, abstraction, &first);
    outcome->states += failing->states;
    if (end != STUBBORN_LIMIT || !is_bounded)
        return end;
    struct stubborn_search ahead = {.goal = failing->goal, .fine = EXPR_TRUE, .is_deep = true};
    end = stubborn_run(&ahead, view, abstraction, &first);
    outcome->states += ahead.states;
    if (end == STUBBORN_GOAL) {
        failing->trace = ahead.trace;
        outcome->is_longer = true;
        return end;
    }
    end = stubborn_run(failing, view, abstraction, inquiry->budget);
    outcome->states += failing->states;
    return end;
}

/* Can it be refused, or come to a stop?  If so: can it also be done? */
static void judge(const struct inquiry *inquiry, struct step_outcome *outcome, const struct system *view, expr_id fails,
                  expr_id fine, expr_id done) {
    struct abstraction *abstraction = localizer_abstraction(inquiry->proof->localizer);
    struct stubborn_search failing = {.goal = fails, .fine = fine}, ending = {.goal = done, .fine = EXPR_TRUE};
    enum stubborn_end end = find_failure(inquiry, outcome, view, &failing);
    if (end == STUBBORN_NOTHING) {
        outcome->verdict = STEP_SUCCEEDS;
    } else if (end == STUBBORN_LIMIT) {
        outcome->verdict = STEP_UNKNOWN;
        outcome->reason = explain_limit(inquiry, &failing);
    } else {
        outcome->verdict = STEP_FAILS_SOME;
        note_run(inquiry, outcome, view, &failing.trace);
        note_steps(inquiry, view, &failing.trace);
    }
    if (outcome->verdict == STEP_FAILS_SOME && !is_changed(inquiry)) {
        ending.is_deep = true;
        enum stubborn_end ends = stubborn_run(&ending, view, abstraction, inquiry->budget);
        outcome->verdict = ends == STUBBORN_NOTHING ? STEP_FAILS_EVERY : STEP_FAILS_SOME;
        if (ends == STUBBORN_LIMIT)
            outcome->reason = arena_format(&inquiry->verification->arena,
                                           "whether any schedule finishes it was not decided: %s after %llu states",
                                           ending.reason, (unsigned long long)ending.states);
        outcome->states += ending.states;
    }
    vec_free(&failing.trace.steps);
    vec_free(&ending.trace.steps);
}

/* What is asked about a step, and the part of the system that can matter for it. */
struct question {
    struct system changed;
    struct cone cone;
    expr_id fails, done, fine;
};

static void order_init(const struct inquiry *inquiry, struct plan_order *order) {
    plan_order_copy(order, &inquiry->proof->order);
    for (size_t i = 0; inquiry->extra != NULL && i < inquiry->extra->count; i++)
        plan_order_add(order, inquiry->extra->at[i].earlier, inquiry->extra->at[i].later);
}

/* `only_done`: nothing but whether it is done. */
static void question_init(struct question *question, const struct inquiry *inquiry, const struct plan_order *order,
                          bool only_done) {
    struct system *system = inquiry->verification->system;
    question->changed = until_done(inquiry, order);
    struct exprs *exprs = &question->changed.exprs;
    expr_id turn = EXPR_TRUE;
    question->done = done_flag(&question->changed, inquiry->step);
    question->fails = only_done ? EXPR_FALSE : refused(inquiry, &question->changed);
    for (size_t i = 0; i < order->count; i++) /* where one before it is not done, that is the finding, not this */
        if (order->before[i * order->count + inquiry->step])
            turn = expr_and2(exprs, turn, done_flag(&question->changed, i));
    question->fine = expr_or2(exprs, expr_or2(exprs, question->done, question->fails), expr_not(exprs, turn));
    system->exprs = *exprs; /* which may have moved */
    cone_init(&question->cone, &question->changed, localizer_abstraction(inquiry->proof->localizer),
              only_done ? &question->done : (expr_id[]){question->fails, question->done, question->fine},
              only_done ? 1 : 3);
}

static void question_clear(struct question *question) {
    cone_clear(&question->cone);
    vec_free(&question->changed.calls);
    vec_free(&question->changed.transitions);
}

static void search(const struct inquiry *inquiry, const struct plan_order *order, struct step_outcome *outcome) {
    const struct system *system = inquiry->verification->system;
    struct question question;
    question_init(&question, inquiry, order, false);
    for (transition_id t = 0; inquiry->concerned != NULL && t < question.changed.transitions.count; t++) {
        const struct action *action = system_action(&question.changed, t);
        if (question.cone.transitions[t] && action->step != NULL)
            inquiry->concerned[plan_step_number(system->rulebook, action->step)] = true;
    }
    judge(inquiry, outcome, &question.cone.view, question.fails, question.fine, question.done);
    question_clear(&question);
}

bool inquiry_finishes(const struct inquiry *inquiry) {
    struct plan_order order;
    struct question question;
    order_init(inquiry, &order);
    question_init(&question, inquiry, &order, true);
    struct stubborn_search ending = {.goal = question.done, .fine = EXPR_TRUE, .is_deep = true};
    enum stubborn_end end =
        stubborn_run(&ending, &question.cone.view, localizer_abstraction(inquiry->proof->localizer), inquiry->budget);
    vec_free(&ending.trace.steps);
    question_clear(&question);
    plan_order_clear(&order);
    return end == STUBBORN_GOAL;
}

/* Without a search, with the further order. */
static bool is_settled(const struct inquiry *inquiry, const struct plan_order *order, uint64_t *states) {
    struct system *system = inquiry->verification->system;
    expr_id turn = EXPR_TRUE;
    for (size_t i = 0; i < inquiry->extra->count; i++)
        if (inquiry->extra->at[i].later == inquiry->step)
            turn = expr_and2(&system->exprs, turn, done_flag(system, inquiry->extra->at[i].earlier));
    return plan_proof_settles(inquiry->proof, order, inquiry->step, turn, states);
}

void inquire(const struct inquiry *inquiry, struct step_outcome *outcome) {
    struct plan_order order;
    outcome->step = rulebook_of(inquiry)->plan.at[inquiry->step];
    order_init(inquiry, &order);
    if (inquiry->extra != NULL && inquiry->retry == NULL && is_settled(inquiry, &order, &outcome->states))
        outcome->verdict = STEP_SUCCEEDS;
    else
        search(inquiry, &order, outcome);
    plan_order_clear(&order);
}
