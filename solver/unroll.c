/* A step is one Boolean for each ground transition, of which exactly one is true.  Updates are asserted variable by
 * variable: transitions that give it the same value share one case, all others keep it (frames per transition are
 * what makes ground encodings slow).
 *
 * Ordered runs.  Two transitions are independent if neither writes what the other reads or writes; neighbours of that
 * kind may be exchanged.  Of all shortest paths to a state, the lexicographically least has no neighbours t, u with u
 * independent of t and u < t, so it is enough to look at paths without such pairs (Godefroid's partial orders; "peephole"
 * of Wang, Yang, Kahlon, Gupta, TACAS 2008).  The least path repeats no state either, so both restrictions go together,
 * for bounded search and for the step of k-induction: there the last k steps of the least path to a nearest violation
 * are what must be excluded. */
#include "solver/unroll.h"

#include <assert.h>
#include <string.h>

#include "solver/trace.h"

#define DEFAULT_SECONDS 60.0

/* ---- what transitions touch ---- */

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

/* Marks are numbers of the round, so that nothing needs to be cleared. */
struct reader {
    uint32_t *expr_marks, *var_marks;
    uint32_t round;
    VEC(expr_id) stack;
};

static void add_reads(struct unroll *unroll, struct reader *reader, expr_id root) {
    const struct exprs *exprs = &unroll->system->exprs;
    vec_push(&reader->stack, root);
    while (reader->stack.count > 0) {
        expr_id id = reader->stack.at[--reader->stack.count];
        const struct expr *node = expr_get(exprs, id);
        if (reader->expr_marks[id] == reader->round)
            continue;
        reader->expr_marks[id] = reader->round;
        if (node->op == OP_VAR && reader->var_marks[node->payload] != reader->round) {
            reader->var_marks[node->payload] = reader->round;
            vec_push(&unroll->touched, (uint32_t)node->payload);
        }
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&reader->stack, expr_args(exprs, id)[i]);
    }
}

static void find_touches(struct unroll *unroll) {
    const struct system *system = unroll->system;
    size_t expr_bytes = system->exprs.nodes.count * sizeof(uint32_t), var_bytes = (system->vars.count + 1) * sizeof(uint32_t);
    struct reader reader = {.expr_marks = memory_resize(NULL, expr_bytes), .var_marks = memory_resize(NULL, var_bytes)};
    memset(reader.expr_marks, 0, expr_bytes);
    memset(reader.var_marks, 0, var_bytes);
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        const struct system_update *updates = system->updates.at + transition->first_update;
        struct touch touch = {.first = (uint32_t)unroll->touched.count, .writes = transition->update_count};
        reader.round++;
        add_reads(unroll, &reader, transition->guard);
        for (uint32_t i = 0; i < transition->update_count; i++)
            add_reads(unroll, &reader, updates[i].value);
        touch.reads = (uint32_t)unroll->touched.count - touch.first;
        for (uint32_t i = 0; i < transition->update_count; i++)
            vec_push(&unroll->touched, updates[i].var);
        vec_push(&unroll->touches, touch);
    }
    vec_free(&reader.stack);
    free(reader.expr_marks);
    free(reader.var_marks);
}

/* ---- runs ---- */

void unroll_init(struct unroll *unroll, const struct system *system, struct smt *smt, bool from_initial,
                 bool is_ordered) {
    *unroll = (struct unroll){.system = system, .smt = smt, .is_ordered = is_ordered};
    find_assignments(unroll);
    if (is_ordered)
        find_touches(unroll);
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
    vec_free(&unroll->touches);
    vec_free(&unroll->touched);
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
    smt_assert_one(unroll->smt, fires_of(unroll, unroll->depth), system->transitions.count);
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

/* For each variable whether the step writes it (`writes`) or reads it. */
static smt_lit *touch_lits(struct unroll *unroll, uint32_t step, bool writes) {
    size_t var_count = unroll->system->vars.count;
    VEC(smt_lit) *some = memory_resize(NULL, (var_count + 1) * sizeof *some);
    smt_lit *lits = memory_resize(NULL, (var_count + 1) * sizeof *lits);
    memset(some, 0, (var_count + 1) * sizeof *some);
    for (transition_id t = 0; t < unroll->touches.count; t++) {
        const struct touch *touch = &unroll->touches.at[t];
        const uint32_t *vars = unroll->touched.at + touch->first + (writes ? touch->reads : 0);
        for (uint32_t i = 0; i < (writes ? touch->writes : touch->reads); i++)
            vec_push(&some[vars[i]], fires_of(unroll, step)[t]);
    }
    for (size_t v = 0; v < var_count; v++) {
        lits[v] = smt_or(unroll->smt, some[v].at, some[v].count);
        vec_free(&some[v]);
    }
    free(some);
    return lits;
}

/* A literal that implies: the two steps before the last frame depend on each other. */
static smt_lit dependent(struct unroll *unroll) {
    struct smt *smt = unroll->smt;
    smt_lit *lits[2][2];
    VEC(smt_lit) some = {0};
    for (uint32_t step = 0; step < 2; step++)
        for (int writes = 0; writes < 2; writes++)
            lits[step][writes] = touch_lits(unroll, unroll->depth - 2 + step, writes);
    for (size_t v = 0; v < unroll->system->vars.count; v++) {
        smt_lit later = smt_or(smt, (smt_lit[]){lits[1][0][v], lits[1][1][v]}, 2);
        vec_push(&some, smt_and(smt, (smt_lit[]){lits[0][1][v], later}, 2));
        vec_push(&some, smt_and(smt, (smt_lit[]){lits[0][0][v], lits[1][1][v]}, 2));
    }
    smt_lit result = smt_fresh(smt);
    smt_assert(smt, smt_implies(smt, result, smt_or(smt, some.at, some.count)));
    vec_free(&some);
    for (int i = 0; i < 4; i++)
        free(lits[i / 2][i % 2]);
    return result;
}

/* The last step depends on the one before or has no smaller number. */
static void assert_order(struct unroll *unroll) {
    struct smt *smt = unroll->smt;
    const smt_lit *before = fires_of(unroll, unroll->depth - 2), *fires = fires_of(unroll, unroll->depth - 1);
    smt_lit depends = dependent(unroll), from_here = SMT_FALSE; /* implies: some transition >= t fires */
    for (transition_id t = (transition_id)unroll->system->transitions.count; t-- > 0;) {
        if (fires[t] != SMT_FALSE) {
            smt_lit here = smt_fresh(smt);
            smt_assert(smt, smt_or(smt, (smt_lit[]){smt_not(smt, here), fires[t], from_here}, 3));
            from_here = here;
        }
        smt_assert(smt, smt_or(smt, (smt_lit[]){smt_not(smt, before[t]), from_here, depends}, 3));
    }
}

void unroll_step(struct unroll *unroll) {
    add_fires(unroll);
    add_updates(unroll);
    unroll->depth++;
    if (unroll->is_ordered && unroll->depth >= 2)
        assert_order(unroll);
}

smt_lit unroll_distinct(struct unroll *unroll, uint32_t frame, uint32_t other_frame) {
    VEC(smt_lit) differ = {0};
    for (uint32_t var = 0; var < unroll->system->vars.count; var++)
        vec_push(&differ, smt_not(unroll->smt, smt_same(unroll->smt, var, frame, other_frame)));
    smt_lit result = smt_or(unroll->smt, differ.at, differ.count);
    vec_free(&differ);
    return result;
}

void unroll_trace(struct unroll *unroll, struct trace *trace) {
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
        break;
    }
    return bad;
}

void targets_find(target_list *targets, const struct system *system) {
    /* new conditions join the graph: the system is ours to extend, not to change */
    struct exprs *exprs = &((struct system *)(uintptr_t)system)->exprs;
    for (size_t i = 0; i < system->obligations.count; i++)
        vec_push(targets, ((struct target){true, i, expr_not(exprs, system->obligations.at[i].holds), true}));
    for (size_t i = 0; i < system->properties.count; i++) {
        enum property_form form = system->properties.at[i].property->form;
        if (form != PROPERTY_LIVE && form != PROPERTY_RECOVERABLE)
            vec_push(targets, ((struct target){false, i, bad_states(exprs, system, &system->properties.at[i]), true}));
    }
}

bool targets_are_open(const target_list *targets) {
    for (size_t i = 0; i < targets->count; i++)
        if (targets->at[i].is_open && !targets->at[i].is_obligation)
            return true;
    return false;
}

/* ---- bounded search ---- */

void search_init(struct search *search, struct run *run, target_list *targets, struct smt *smt) {
    *search = (struct search){.run = run, .targets = targets, .smt = smt};
    unroll_init(&search->unroll, run->system, smt, true, true);
    search->simple = smt_fresh(smt);
}

void search_clear(struct search *search) { unroll_clear(&search->unroll); }

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

static void found_property(struct search *search, size_t index, const int32_t *state) {
    struct result *result = &search->run->results.at[index];
    enum property_form form = result->property->form;
    bool is_about_reaching = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
    result->verdict = is_about_reaching ? VERDICT_REACHABLE : VERDICT_VIOLATED;
    result->method = "bounded search";
    result->has_trace = true;
    unroll_trace(&search->unroll, &result->trace);
    if (form == PROPERTY_STEP)
        add_last_step(search->run->system, index, state, &result->trace);
    result->depth = (uint32_t)result->trace.steps.count;
    trace_check_result(search->run->system, result);
}

static void found_breakage(struct search *search, size_t index) {
    struct breakage *breakage = &search->run->breakage;
    if (breakage->is_broken)
        return;
    breakage->is_broken = true;
    breakage->obligation = index;
    unroll_trace(&search->unroll, &breakage->trace);
}

/* Closes every target that the model's last state shows.  Whether it does, the expressions themselves say. */
static bool found(struct search *search) {
    const struct system *system = search->run->system;
    int32_t *state = memory_resize(NULL, (system->vars.count + 1) * sizeof *state);
    bool any = false;
    smt_state(search->smt, search->unroll.depth, state);
    for (size_t i = 0; i < search->targets->count; i++) {
        struct target *target = &search->targets->at[i];
        if (!target->is_open || !holds_in(&system->exprs, target->bad, state))
            continue;
        target->is_open = false;
        any = true;
        if (target->is_obligation)
            found_breakage(search, target->index);
        else
            found_property(search, target->index, state);
    }
    free(state);
    return any;
}

static smt_lit some_bad(struct search *search) {
    VEC(smt_lit) bad = {0};
    for (size_t i = 0; i < search->targets->count; i++)
        if (search->targets->at[i].is_open)
            vec_push(&bad, smt_expr(search->smt, search->unroll.depth, search->targets->at[i].bad));
    smt_lit some = smt_or(search->smt, bad.at, bad.count);
    vec_free(&bad);
    return some;
}

bool search_frame(struct search *search) {
    struct smt *smt = search->smt;
    for (;;) {
        smt_lit bad = some_bad(search), asked = smt_fresh(smt);
        smt_assert(smt, smt_implies(smt, asked, bad));
        enum smt_answer answer = bad == SMT_FALSE ? SMT_UNSAT : smt_check(smt, &asked, 1, 0);
        if (answer == SMT_UNKNOWN)
            return false;
        if (answer == SMT_UNSAT) {
            smt_assert(smt, smt_not(smt, bad)); /* nothing new, but it helps */
            return true;
        }
        bool any = found(search);
        assert(any); /* or Z3 and the expressions disagree */
    }
}

enum smt_answer search_simple(struct search *search, unsigned effort) {
    struct smt *smt = search->smt;
    for (uint32_t frame = search->simple_frames + 1; frame <= search->unroll.depth; frame++)
        for (uint32_t other = 0; other < frame; other++)
            smt_assert(smt, smt_implies(smt, search->simple, unroll_distinct(&search->unroll, frame, other)));
    search->simple_frames = search->unroll.depth;
    return smt_check(smt, &search->simple, 1, effort);
}

double search_deadline(const struct budget *budget) {
    bool is_bounded = budget->timeout_seconds > 0 || budget->max_depth != UINT32_MAX;
    return is_bounded ? budget->timeout_seconds : DEFAULT_SECONDS;
}

struct timespec search_started(const struct budget *budget) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return budget->started != NULL ? *budget->started : now;
}

const char *search_reason(const struct run *run, const struct smt *smt, struct arena *arena) {
    const char *reason = smt_reason(smt);
    if (strcmp(reason, "time limit") == 0 && search_deadline(&run->budget) != run->budget.timeout_seconds)
        return arena_format(arena, "time limit of %.0f s, the default without --timeout and --max-depth", DEFAULT_SECONDS);
    return reason;
}
