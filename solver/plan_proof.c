#include "solver/plan_proof.h"

#include <stdlib.h>
#include <string.h>

typedef VEC(expr_id) expr_list;

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

static void add_parts(const struct exprs *exprs, expr_id id, expr_list *parts) {
    const struct expr *node = expr_get(exprs, id);
    if (node->op != OP_AND)
        vec_push(parts, id);
    for (uint32_t i = 0; node->op == OP_AND && i < node->count; i++)
        vec_push(parts, expr_args(exprs, id)[i]);
}

static bool has_part(const struct exprs *exprs, expr_id id, expr_id part) {
    const struct expr *node = expr_get(exprs, id);
    bool found = id == part;
    for (uint32_t i = 0; node->op == OP_AND && i < node->count; i++)
        found = found || expr_args(exprs, id)[i] == part;
    return found;
}

/* `id` without the parts of `gone`. */
static expr_id without(struct exprs *exprs, expr_id id, const expr_list *gone) {
    expr_list parts = {0};
    add_parts(exprs, id, &parts);
    size_t left = 0;
    for (size_t i = 0; i < parts.count; i++) {
        bool is_gone = false;
        for (size_t k = 0; k < gone->count && !is_gone; k++)
            is_gone = gone->at[k] == parts.at[i];
        if (!is_gone)
            parts.at[left++] = parts.at[i];
    }
    expr_id result = expr_and(exprs, parts.at, left);
    vec_free(&parts);
    return result;
}

/* A guard without the checks that always pass.  What makes them pass stays: `enabled` and the other checks. */
static expr_id weaken(struct system *system, const struct system_transition *transition, const bool *passes) {
    const struct system_call *call = &system->calls.at[transition->call];
    expr_list gone = {0};
    expr_id kept = call->enabled;
    for (size_t i = 0; call->action->step != NULL && i < call->action->checks.count; i++) {
        expr_id check = system->check_conditions.at[call->checks + i];
        if (passes[call->checks + i])
            add_parts(&system->exprs, check, &gone);
        else
            kept = expr_and2(&system->exprs, kept, check);
    }
    expr_id weaker = without(&system->exprs, transition->guard, &gone);
    vec_free(&gone);
    return expr_and2(&system->exprs, weaker, kept);
}

static expr_id flag_var(struct system *system, size_t step, const char *flag) {
    uint32_t v = plan_flag(system, step, flag);
    return v == UINT32_MAX ? EXPR_FALSE : expr_var(&system->exprs, v, 0, 1, true);
}

/* All steps that the plan lets it come after are done, and its call has not been answered. */
static expr_id turn_of(struct plan_proof *proof, size_t step) {
    struct system *system = proof->system;
    const struct plan_step *of = system->rulebook->plan.at[step];
    expr_id turn = expr_not(&system->exprs, flag_var(system, step, of->waiter == NULL ? "done" : "sent"));
    for (size_t a = 0; a < proof->order.count; a++)
        for (size_t i = 0; of->after != NULL && i < of->after->count; i++)
            if (system->rulebook->plan.at[a]->name == of->after->items[i]->text)
                turn = expr_and2(&system->exprs, turn, flag_var(system, a, "done"));
    return turn;
}

struct question {
    struct plan_proof *proof;
    const struct plan_order *order;
    size_t step;
    expr_id turn; /* what the order adds */
    uint64_t *states;
};

static bool excludes(const struct question *question, expr_id bad) {
    bad = expr_and2(&question->proof->system->exprs, bad, question->turn);
    return bad == EXPR_FALSE || localizer_excludes(question->proof->localizer, question->order, bad, question->states);
}

/* Marks in `passes` (by number of the check in the whole system) which of the call's checks always pass. */
static bool checks_pass(const struct question *question, const struct system_call *call, bool *passes) {
    struct system *system = question->proof->system;
    expr_id tried = call->enabled; /* the checks before it have passed */
    bool all = true;
    for (size_t i = 0; i < call->action->checks.count; i++) {
        size_t number = call->checks + i;
        expr_id check = system->check_conditions.at[number];
        passes[number] = passes[number] || check == EXPR_TRUE ||
                         excludes(question, expr_and2(&system->exprs, tried, expr_not(&system->exprs, check)));
        if (!passes[number])
            tried = expr_and2(&system->exprs, tried, check);
        all = all && passes[number];
    }
    return all;
}

/* What all guards say moves to `common`; each keeps the rest. */
static void take_common(struct exprs *exprs, expr_list *guards, expr_list *common) {
    size_t kept = 0;
    if (guards->count > 0)
        add_parts(exprs, guards->at[0], common);
    for (size_t i = 0; i < common->count; i++) {
        bool everywhere = true;
        for (size_t g = 1; g < guards->count && everywhere; g++)
            everywhere = has_part(exprs, guards->at[g], common->at[i]);
        if (everywhere)
            common->at[kept++] = common->at[i];
    }
    common->count = kept;
    for (size_t g = 0; g < guards->count; g++)
        guards->at[g] = without(exprs, guards->at[g], common);
}

/* Once all its checks pass: some transition of the call is enabled when it is its turn. */
static bool can_be_called(const struct question *question, const bool *passes) {
    struct system *system = question->proof->system;
    struct exprs *exprs = &system->exprs;
    const struct plan_step *step = system->rulebook->plan.at[question->step];
    expr_list guards = {0}, common = {0};
    for (size_t t = 0; t < system->transitions.count; t++) {
        const struct system_call *call = &system->calls.at[system->transitions.at[t].call];
        if (call->action->step != step || call->action->is_waiter)
            continue;
        vec_push(&guards, weaken(system, &system->transitions.at[t], passes));
    }
    take_common(exprs, &guards, &common);
    expr_id turn = turn_of(question->proof, question->step);
    bool can = guards.count > 0;
    for (size_t i = 0; i < common.count && can; i++)
        can = excludes(question, expr_and2(exprs, turn, expr_not(exprs, common.at[i])));
    can = can && excludes(question, expr_and2(exprs, turn, expr_not(exprs, expr_or(exprs, guards.at, guards.count))));
    vec_free(&guards);
    vec_free(&common);
    return can;
}

static bool reads(const struct exprs *exprs, expr_id id, uint32_t var) {
    const struct expr *node = expr_get(exprs, id);
    bool found = node->op == OP_VAR && (uint32_t)node->payload == var;
    for (uint32_t i = 0; i < node->count && !found; i++)
        found = reads(exprs, expr_args(exprs, id)[i], var);
    return found;
}

/* One of these guards holds; what they have in common is said once.  Empties the list. */
static expr_id some_enabled(struct exprs *exprs, expr_list *guards) {
    expr_list common = {0};
    take_common(exprs, guards, &common);
    expr_id some = expr_or(exprs, guards->at, guards->count);
    for (size_t i = 0; i < common.count; i++)
        some = expr_and2(exprs, some, common.at[i]);
    vec_free(&common);
    guards->count = 0;
    return some;
}

/* Until the step is done, an event that has to do with its `until` can happen, or the one that finds it done. */
static bool gets_done(const struct question *question) {
    struct system *system = question->proof->system;
    struct exprs *exprs = &system->exprs;
    const struct plan_step *step = system->rulebook->plan.at[question->step];
    if (step->waiter == NULL)
        return true;
    expr_id bad = expr_and2(exprs, flag_var(system, question->step, "sent"),
                            expr_not(exprs, flag_var(system, question->step, "done")));
    expr_id found = EXPR_FALSE;
    for (size_t t = 0; t < system->transitions.count; t++)
        if (system_action(system, (transition_id)t) == step->waiter)
            found = system->transitions.at[t].guard;
    expr_list flags = {0};
    add_parts(exprs, bad, &flags);
    found = without(exprs, found, &flags);
    vec_free(&flags);
    bad = expr_and2(exprs, bad, expr_not(exprs, found));
    expr_list guards = {0}; /* of the events so far of one call: they differ in what is chosen */
    for (size_t t = 0; t < system->transitions.count && bad != EXPR_FALSE; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        bool concerns = false;
        for (uint32_t u = 0; u < transition->update_count && system_action(system, (transition_id)t)->step == NULL; u++)
            concerns = concerns || reads(exprs, found, system->updates.at[transition->first_update + u].var);
        if (concerns)
            vec_push(&guards, transition->guard);
        bool is_last = t + 1 == system->transitions.count || system->transitions.at[t + 1].call != transition->call;
        if (is_last && guards.count > 0)
            bad = expr_and2(exprs, bad, expr_not(exprs, some_enabled(exprs, &guards)));
    }
    vec_free(&guards);
    return excludes(question, bad);
}

static bool settles(const struct question *question, bool *passes) {
    struct system *system = question->proof->system;
    const struct plan_step *step = system->rulebook->plan.at[question->step];
    bool all = true;
    for (size_t c = 0; c < system->calls.count; c++) {
        struct system_call call = system->calls.at[c];
        if (call.action->step == step && !call.action->is_waiter)
            all = checks_pass(question, &call, passes) && all;
    }
    return all && can_be_called(question, passes) && gets_done(question);
}

bool plan_proof_settles(struct plan_proof *proof, const struct plan_order *order, size_t step, expr_id turn,
                        uint64_t *states) {
    size_t checks = proof->system->check_conditions.count;
    bool *passes = zeroed(checks, 1);
    memcpy(passes, proof->passes, checks);
    bool settled = settles(&(struct question){proof, order, step, turn, states}, passes);
    free(passes);
    return settled;
}

void plan_proof_init(struct plan_proof *proof, struct system *system) {
    size_t n = system->rulebook->plan.count;
    *proof = (struct plan_proof){.system = system};
    proof->localizer = localizer_new(system);
    plan_order_init(&proof->order, system->rulebook);
    proof->passes = zeroed(system->check_conditions.count, 1);
    proof->settled = zeroed(n, 1);
    proof->states = zeroed(n, sizeof *proof->states);
    for (size_t s = 0; s < n; s++)
        proof->settled[s] =
            settles(&(struct question){proof, &proof->order, s, EXPR_TRUE, &proof->states[s]}, proof->passes);
    proof->guards = zeroed(system->transitions.count, sizeof *proof->guards);
    for (size_t t = 0; t < system->transitions.count; t++) {
        struct system_transition *transition = &system->transitions.at[t];
        proof->guards[t] = transition->guard;
        transition->guard = weaken(system, transition, proof->passes);
    }
}

void plan_proof_clear(struct plan_proof *proof) {
    for (size_t t = 0; t < proof->system->transitions.count; t++)
        proof->system->transitions.at[t].guard = proof->guards[t];
    localizer_free(proof->localizer);
    plan_order_clear(&proof->order);
    free(proof->passes);
    free(proof->settled);
    free(proof->states);
    free(proof->guards);
}
