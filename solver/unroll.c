/* A step is one Boolean for each ground transition, of which exactly one is true.  Updates are asserted variable by
 * variable: transitions that give it the same value share one case, all others keep it (frames per transition are
 * what makes ground encodings slow).
 *
 * Measured and left out: restricting runs to one order of independent steps (half the depth in the same time). */
#include "solver/unroll.h"

#include <assert.h>
#include <string.h>

#include "solver/trace.h"

/* Without --timeout and --max-depth. */
#define DEFAULT_SECONDS 60.0
/* For the question whether there is a longer run without repetitions: Z3's units, about a second.  Once this is not
 * enough it will hardly be later, when runs are longer. */
#define SIMPLE_EFFORT 20000000

/* ---- runs ---- */

static int compare_assignments(const void *one, const void *other) {
    const struct assignment *a = one, *b = other;
    if (a->var != b->var)
        return a->var < b->var ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->transition > b->transition) - (a->transition < b->transition);
}

static void find_assignments(struct unroll *unroll) {
    const struct system *system = unroll->system;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        for (uint32_t i = 0; i < transition->update_count && transition->guard != EXPR_FALSE; i++) {
            const struct system_update *update = &system->updates.at[transition->first_update + i];
            vec_push(&unroll->assignments, ((struct assignment){update->var, update->value, t}));
        }
    }
    if (unroll->assignments.count > 0)
        qsort(unroll->assignments.at, unroll->assignments.count, sizeof *unroll->assignments.at, compare_assignments);
}

void unroll_init(struct unroll *unroll, const struct system *system, struct smt *smt, bool from_initial) {
    *unroll = (struct unroll){.system = system, .smt = smt};
    find_assignments(unroll);
    if (!from_initial)
        return;
    int32_t *state = memory_resize(NULL, (system->vars.count + 1) * sizeof *state);
    system_from_valuation(system, system->initial, state);
    smt_assert_state(smt, 0, state);
    free(state);
}

void unroll_clear(struct unroll *unroll) {
    vec_free(&unroll->fires);
    vec_free(&unroll->assignments);
    smt_free(unroll->smt);
    unroll->smt = NULL;
}

static const smt_lit *fires_of(const struct unroll *unroll, uint32_t step) {
    return unroll->fires.at + step * unroll->system->transitions.count;
}

static void assert_guard(struct unroll *unroll, uint32_t frame, smt_lit fires, expr_id guard) {
    const struct exprs *exprs = &unroll->system->exprs;
    const struct expr *node = expr_get(exprs, guard);
    uint32_t parts = node->op == OP_AND ? node->count : 1;
    for (uint32_t i = 0; i < parts; i++) { /* a clause for each conjunct */
        smt_lit part = smt_expr(unroll->smt, frame, node->op == OP_AND ? expr_args(exprs, guard)[i] : guard);
        smt_assert(unroll->smt, smt_implies(unroll->smt, fires, part));
    }
}

static void add_fires(struct unroll *unroll) {
    const struct system *system = unroll->system;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        expr_id guard = system->transitions.at[t].guard;
        smt_lit fires = guard == EXPR_FALSE ? SMT_FALSE : smt_fresh(unroll->smt);
        vec_push(&unroll->fires, fires);
        if (fires != SMT_FALSE)
            assert_guard(unroll, unroll->depth, fires, guard);
    }
    if (!unroll->may_rest) {
        smt_assert_one(unroll->smt, fires_of(unroll, unroll->depth), system->transitions.count);
        return;
    }
    vec_push(&unroll->fires, smt_fresh(unroll->smt));
    smt_assert_one(unroll->smt, fires_of(unroll, unroll->depth), system->transitions.count + 1);
    unroll->fires.count--;
}

static void add_updates(struct unroll *unroll) {
    VEC(struct smt_case) cases = {0};
    VEC(smt_lit) some = {0};
    const smt_lit *fires = fires_of(unroll, unroll->depth);
    size_t at = 0;
    for (uint32_t var = 0; var < unroll->system->vars.count; var++) {
        cases.count = 0;
        while (at < unroll->assignments.count && unroll->assignments.at[at].var == var) {
            expr_id value = unroll->assignments.at[at].value;
            some.count = 0;
            for (; at < unroll->assignments.count && unroll->assignments.at[at].var == var &&
                   unroll->assignments.at[at].value == value;
                 at++)
                vec_push(&some, fires[unroll->assignments.at[at].transition]);
            vec_push(&cases, ((struct smt_case){smt_or(unroll->smt, some.at, some.count), value}));
        }
        smt_assert_update(unroll->smt, unroll->depth, var, cases.at, cases.count);
    }
    vec_free(&cases);
    vec_free(&some);
}

void unroll_step(struct unroll *unroll) {
    add_fires(unroll);
    add_updates(unroll);
    unroll->depth++;
}

static smt_lit distinct(struct unroll *unroll, uint32_t frame, uint32_t other_frame) {
    VEC(smt_lit) differ = {0};
    for (uint32_t var = 0; var < unroll->system->vars.count; var++)
        vec_push(&differ, smt_not(unroll->smt, smt_same(unroll->smt, var, frame, other_frame)));
    smt_lit result = smt_or(unroll->smt, differ.at, differ.count);
    vec_free(&differ);
    return result;
}

smt_lit unroll_is_new(struct unroll *unroll) {
    VEC(smt_lit) all = {0};
    for (uint32_t frame = 0; frame < unroll->depth; frame++)
        vec_push(&all, distinct(unroll, unroll->depth, frame));
    smt_lit result = smt_and(unroll->smt, all.at, all.count);
    vec_free(&all);
    return result;
}

void unroll_trace(const struct unroll *unroll, struct trace *trace) {
    trace->steps.count = 0;
    for (uint32_t step = 0; step < unroll->depth; step++)
        for (transition_id t = 0; t < unroll->system->transitions.count; t++)
            if (fires_of(unroll, step)[t] != SMT_FALSE && smt_is_true(unroll->smt, fires_of(unroll, step)[t])) {
                vec_push(&trace->steps, t);
                break;
            }
    trace->recovery = trace->steps.count;
}

/* ---- targets ---- */

static expr_id bad_states(struct exprs *exprs, const struct system *system, const struct system_property *property) {
    VEC(expr_id) some = {0};
    expr_id bad = EXPR_FALSE;
    switch (property->property->form) {
    case PROPERTY_INVARIANT:
    case PROPERTY_PLAN:
        bad = expr_not(exprs, property->holds);
        break;
    case PROPERTY_REACHABLE:
    case PROPERTY_UNREACHABLE:
        bad = property->holds;
        break;
    case PROPERTY_STEP:
        bad = expr_or(exprs, system->step_violations.at + property->violations, system->transitions.count);
        break;
    case PROPERTY_DEADLOCK_FREE:
        for (transition_id t = 0; t < system->transitions.count; t++)
            vec_push(&some, system->transitions.at[t].guard);
        bad = expr_not(exprs, expr_or(exprs, some.at, some.count));
        vec_free(&some);
        break;
    case PROPERTY_LIVE:
    case PROPERTY_RECOVERABLE:
    case PROPERTY_LEADS_TO:
    case PROPERTY_SCENARIO:
        break;
    }
    return bad;
}

void targets_find(target_list *targets, const struct system *system) {
    /* new conditions join the graph: the system is ours to extend, not to change */
    struct exprs *exprs = &((struct system *)(uintptr_t)system)->exprs;
    for (size_t i = 0; i < system->obligations.count; i++)
        vec_push(targets, ((struct target){true, i, expr_not(exprs, system->obligations.at[i].holds), true, false}));
    for (size_t i = 0; i < system->properties.count; i++) {
        enum property_form form = system->properties.at[i].property->form;
        if (property_is_about_states(form))
            vec_push(targets,
                     ((struct target){false, i, bad_states(exprs, system, &system->properties.at[i]), true, false}));
    }
}

bool targets_are_open(const target_list *targets) {
    for (size_t i = 0; i < targets->count; i++)
        if (targets->at[i].is_open && !targets->at[i].is_proved && !targets->at[i].is_obligation)
            return true;
    return false;
}

static bool holds_in(const struct exprs *exprs, expr_id condition, const int32_t *state) {
    struct expr_cone cone;
    expr_cone_init(&cone, exprs, condition);
    bool result = expr_cone_value(&cone, state, NULL) != 0;
    expr_cone_clear(&cone);
    return result;
}

/* The transition that breaks a STEP property in its bad state. */
static void add_last_step(const struct system *system, size_t property, const int32_t *state, struct trace *trace) {
    const expr_id *violations = system->step_violations.at + system->properties.at[property].violations;
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (violations[t] != EXPR_FALSE && holds_in(&system->exprs, violations[t], state)) {
            vec_push(&trace->steps, t);
            trace->recovery = trace->steps.count;
            return;
        }
    assert(false);
}

static void copy_steps(struct trace *trace, const struct trace *from) {
    trace->steps.count = 0;
    for (size_t i = 0; i < from->steps.count; i++)
        vec_push(&trace->steps, from->steps.at[i]);
    trace->recovery = from->recovery;
}

static void found_property(struct run *run, const struct trace *trace, size_t index, const int32_t *state,
                           const char *method) {
    struct result *result = &run->results.at[index];
    enum property_form form = result->property->form;
    bool is_about_reaching = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
    result->verdict = is_about_reaching ? VERDICT_REACHABLE : VERDICT_VIOLATED;
    result->method = method;
    result->has_trace = true;
    copy_steps(&result->trace, trace);
    if (form == PROPERTY_STEP)
        add_last_step(run->system, index, state, &result->trace);
    result->depth = (uint32_t)result->trace.steps.count;
    trace_check_result(run->system, result);
}

static void found_breakage(struct run *run, const struct trace *trace, size_t index) {
    struct breakage *breakage = &run->breakage;
    if (breakage->is_broken)
        return;
    breakage->is_broken = true;
    breakage->obligation = index;
    copy_steps(&breakage->trace, trace);
}

/* Whether the state shows a target, the expressions themselves say. */
void targets_found(target_list *targets, struct run *run, const struct trace *trace, const int32_t *state,
                   const char *method) {
    for (size_t i = 0; i < targets->count; i++) {
        struct target *target = &targets->at[i];
        if (!target->is_open || !holds_in(&run->system->exprs, target->bad, state))
            continue;
        target->is_open = false;
        if (target->is_obligation)
            found_breakage(run, trace, target->index);
        else
            found_property(run, trace, target->index, state, method);
    }
}

/* ---- bounded search ---- */

struct smt *search_solver(const struct search *search, unsigned seed) {
    return smt_new(search->run->system, &search->run->budget, &search->started, search->deadline_seconds, seed);
}

void search_init(struct search *search, struct run *run, target_list *targets) {
    bool is_bounded = run->budget.timeout_seconds > 0 || run->budget.max_depth != UINT32_MAX;
    *search = (struct search){.run = run, .targets = targets, .asks_simple = true};
    search->deadline_seconds = is_bounded ? run->budget.timeout_seconds : DEFAULT_SECONDS;
    if (run->budget.started != NULL)
        search->started = *run->budget.started;
    else
        clock_gettime(CLOCK_MONOTONIC, &search->started);
    search->lane_count = targets->count < SEARCH_LANES ? targets->count : SEARCH_LANES;
    for (size_t i = 0; i < search->lane_count; i++)
        unroll_init(&search->lanes[i], run->system, search_solver(search, 0), true);
    unroll_init(&search->simple, run->system, search_solver(search, 0), true);
}

void search_clear(struct search *search) {
    for (size_t i = 0; i < search->lane_count; i++)
        unroll_clear(&search->lanes[i]);
    unroll_clear(&search->simple);
}

/* False after an error of Z3's while the model was read. */
static bool found(struct search *search, const struct unroll *lane) {
    int32_t *state = memory_resize(NULL, (search->run->system->vars.count + 1) * sizeof *state);
    struct trace trace = {0};
    smt_state(lane->smt, lane->depth, state);
    unroll_trace(lane, &trace);
    bool good = !smt_has_failed(lane->smt);
    if (good)
        targets_found(search->targets, search->run, &trace, state, "bounded search");
    vec_free(&trace.steps);
    free(state);
    return good;
}

static void tell(struct unroll *lane, uint32_t depth, expr_id bad) {
    if (lane->depth == depth)
        smt_assert(lane->smt, smt_not(lane->smt, smt_expr(lane->smt, depth, bad)));
}

/* Closes the target or learns that it cannot be met at this depth. */
static bool look_for(struct search *search, size_t index) {
    struct target *target = &search->targets->at[index];
    struct unroll *lane = &search->lanes[index % search->lane_count];
    smt_lit bad = smt_expr(lane->smt, search->depth, target->bad), asked = smt_fresh(lane->smt);
    smt_assert(lane->smt, smt_implies(lane->smt, asked, bad));
    bool is_known = (bad == SMT_FALSE && !smt_has_failed(lane->smt)) || target->is_proved;
    enum smt_answer answer = is_known ? SMT_UNSAT : smt_check(lane->smt, &asked, 1, 0);
    if (answer == SMT_UNKNOWN || (answer == SMT_SAT && !found(search, lane))) {
        search->reason = search_explain(search, smt_reason(lane->smt), &search->run->system->rulebook->arena);
        return false;
    }
    if (answer == SMT_SAT) {
        assert(!target->is_open); /* or Z3 and the expressions disagree */
        return true;
    }
    for (size_t i = 0; i < search->lane_count; i++)
        tell(&search->lanes[i], search->depth, target->bad);
    return true;
}

bool search_frame(struct search *search) {
    if (smt_is_over(search->simple.smt)) { /* perhaps nothing below asks Z3, which would notice */
        search->reason = search_explain(search, smt_reason(search->simple.smt), &search->run->system->rulebook->arena);
        return false;
    }
    for (size_t i = 0; i < search->targets->count; i++)
        if (search->targets->at[i].is_open && !look_for(search, i))
            return false;
    return true;
}

static bool has_open(const struct search *search, size_t lane) {
    for (size_t i = lane; i < search->targets->count; i += search->lane_count)
        if (search->targets->at[i].is_open)
            return true;
    return false;
}

bool search_deepen(struct search *search) {
    search->depth++;
    for (size_t i = 0; i < search->lane_count; i++)
        if (has_open(search, i))
            unroll_step(&search->lanes[i]);
    if (!search->asks_simple)
        return true;
    unroll_step(&search->simple);
    smt_assert(search->simple.smt, unroll_is_new(&search->simple));
    enum smt_answer answer = smt_check(search->simple.smt, NULL, 0, SIMPLE_EFFORT);
    search->asks_simple = answer == SMT_SAT;
    return answer != SMT_UNSAT;
}

const char *search_explain(const struct search *search, const char *reason, struct arena *arena) {
    bool is_default = search->deadline_seconds > search->run->budget.timeout_seconds;
    if (strcmp(reason, "time limit") == 0 && is_default)
        return arena_format(arena, "time limit of %.0f s, the default without --timeout and --max-depth",
                            DEFAULT_SECONDS);
    return arena_format(arena, "%s", reason);
}

void search_show(struct search *search, uint32_t depth) {
    struct run *run = search->run;
    run->stats.depth = depth;
    run->stats.threads = 1;
    run->stats.seconds = seconds_since(&search->started);
    if (smt_bytes() > run->stats.peak_bytes)
        run->stats.peak_bytes = smt_bytes();
    if (run->budget.progress != NULL)
        run->budget.progress(run->budget.progress_context, &run->stats);
}
