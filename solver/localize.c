#include "solver/localize.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "solver/state_set.h"

enum {
    ROUNDS_MOST = 40,     /* of refinement */
    FOLLOWED_MOST = 64,   /* variables */
    STATES_MOST = 1000,   /* of one abstraction */
    SPLITS_MOST = 4,      /* case distinctions, one within the other */
    SUCCESSORS_MOST = 64, /* of one transition: what it writes may be unknown */
};

struct write {
    transition_id transition;
    expr_id value;
};

#define NO_STEP SIZE_MAX

typedef VEC(struct write) write_list;

/* A transition that writes a followed variable. */
struct move {
    transition_id transition;
    size_t step; /* NO_STEP: an event */
    expr_id guard;
    uint32_t first, count; /* in attempt.updates */
};

struct localizer {
    struct system *system;
    struct abstraction abstraction;
    write_list *writers;   /* by variable */
    size_t *step_of;       /* by transition */
    uint32_t *done, *sent; /* by step: variables */
    size_t *flag_of;       /* by variable: its step, or NO_STEP */
};

/* One question. */
struct attempt {
    struct localizer *localizer;
    const struct plan_order *order;
    expr_id bad;                /* without what follows from `is_done` */
    bool *is_done, *is_waiting; /* by step: done, not even begun in a bad state */
    abstract_list followed;     /* variables */
    VEC(struct move) moves;
    VEC(struct system_update) updates; /* `var`: its place in `followed` */
    abstract_list bad_nodes, nodes;    /* that depend on what is followed, arguments first */
    struct state_set *set;
    abstract_list parents, taken; /* by state */
    uint64_t *states;
};

/* ---- the order of a plan ---- */

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

size_t plan_step_number(const struct rulebook *rulebook, const struct plan_step *step) {
    size_t number = 0;
    while (rulebook->plan.at[number] != step)
        number++;
    return number;
}

uint32_t plan_flag(const struct system *system, size_t step, const char *flag) {
    for (uint32_t v = 0; v < system->vars.count; v++)
        if (system->vars.at[v].field->kind == system->rulebook->step_kind && system->vars.at[v].object == step &&
            strcmp(system->vars.at[v].field->name, flag) == 0)
            return v;
    return UINT32_MAX;
}

bool plan_order_add(struct plan_order *order, size_t earlier, size_t later) {
    size_t n = order->count;
    if (earlier == later || order->before[later * n + earlier])
        return false;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; (a == earlier || order->before[a * n + earlier]) && b < n; b++)
            if (b == later || order->before[later * n + b])
                order->before[a * n + b] = true;
    return true;
}

void plan_order_init(struct plan_order *order, const struct rulebook *rulebook) {
    size_t n = order->count = rulebook->plan.count;
    order->before = zeroed(n * n, 1);
    for (size_t b = 0; b < n; b++) {
        const struct yaml *after = rulebook->plan.at[b]->after;
        for (size_t i = 0; after != NULL && i < after->count; i++)
            for (size_t a = 0; a < n; a++)
                if (rulebook->plan.at[a]->name == after->items[i]->text && !order->before[a * n + b])
                    plan_order_add(order, a, b);
    }
}

void plan_order_copy(struct plan_order *copy, const struct plan_order *order) {
    size_t n = copy->count = order->count;
    copy->before = zeroed(n * n, 1);
    memcpy(copy->before, order->before, n * n);
}

void plan_order_clear(struct plan_order *order) {
    free(order->before);
    order->before = NULL;
}

/* ---- the localizer ---- */

struct localizer *localizer_new(struct system *system) {
    struct localizer *localizer = zeroed(1, sizeof *localizer);
    size_t vars = system->vars.count, steps = system->rulebook->plan.count;
    localizer->system = system;
    localizer->writers = zeroed(vars, sizeof *localizer->writers);
    localizer->step_of = zeroed(system->transitions.count, sizeof *localizer->step_of);
    localizer->flag_of = zeroed(vars, sizeof *localizer->flag_of);
    localizer->done = zeroed(steps, sizeof *localizer->done);
    localizer->sent = zeroed(steps, sizeof *localizer->sent);
    for (size_t i = 0; i < steps; i++)
        localizer->done[i] = localizer->sent[i] = UINT32_MAX;
    for (uint32_t v = 0; v < vars; v++) {
        const struct system_var *var = &system->vars.at[v];
        bool is_flag = var->field->kind == system->rulebook->step_kind;
        localizer->flag_of[v] = is_flag ? var->object : NO_STEP;
        if (is_flag)
            (strcmp(var->field->name, "done") == 0 ? localizer->done : localizer->sent)[var->object] = v;
    }
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        const struct action *action = system_action(system, t);
        localizer->step_of[t] = NO_STEP;
        for (uint32_t i = 0; i < transition->update_count; i++) {
            const struct system_update *update = &system->updates.at[transition->first_update + i];
            vec_push(&localizer->writers[update->var], ((struct write){t, update->value}));
            if (action->step != NULL && localizer->flag_of[update->var] != NO_STEP)
                localizer->step_of[t] = localizer->flag_of[update->var];
        }
    }
    abstraction_init(&localizer->abstraction, system);
    return localizer;
}

void localizer_free(struct localizer *localizer) {
    if (localizer == NULL)
        return;
    for (size_t v = 0; v < localizer->system->vars.count; v++)
        vec_free(&localizer->writers[v]);
    free(localizer->writers);
    free(localizer->step_of);
    free(localizer->flag_of);
    free(localizer->done);
    free(localizer->sent);
    abstraction_clear(&localizer->abstraction);
    free(localizer);
}

struct abstraction *localizer_abstraction(struct localizer *localizer) {
    abstraction_grow(&localizer->abstraction);
    return &localizer->abstraction;
}

/* Does it have `until`? */
static bool is_sent_first(const struct localizer *localizer, size_t step) {
    return localizer->sent[step] != UINT32_MAX && localizer->writers[localizer->sent[step]].count > 0;
}

/* ---- what a bad state says about the steps ---- */

static void mark_begun(struct attempt *attempt, size_t step) {
    size_t n = attempt->order->count;
    for (size_t a = 0; a < n; a++)
        attempt->is_done[a] = attempt->is_done[a] || attempt->order->before[a * n + step];
}

/* `is_begun`: its call was answered, but it is not done. */
static void mark_waiting(struct attempt *attempt, size_t step, bool is_begun) {
    size_t n = attempt->order->count;
    attempt->is_waiting[step] = attempt->is_waiting[step] || !is_begun;
    for (size_t b = 0; b < n; b++)
        attempt->is_waiting[b] = attempt->is_waiting[b] || attempt->order->before[step * n + b];
}

/* Takes `done` flags out of the bad condition, because they and all that comes before are known from here on. */
static void read_flags(struct attempt *attempt, expr_id bad) {
    struct localizer *localizer = attempt->localizer;
    struct exprs *exprs = &localizer->system->exprs;
    bool is_and = expr_get(exprs, bad)->op == OP_AND;
    uint32_t count = is_and ? expr_get(exprs, bad)->count : 1;
    abstract_list rest = {0};
    for (uint32_t i = 0; i < count; i++) {
        expr_id part = is_and ? expr_args(exprs, bad)[i] : bad;
        const struct expr *node = expr_get(exprs, part);
        bool negated = node->op == OP_NOT;
        if (negated)
            node = expr_get(exprs, expr_args(exprs, part)[0]);
        uint32_t var = node->op == OP_VAR ? (uint32_t)node->payload : UINT32_MAX;
        size_t step = var == UINT32_MAX ? NO_STEP : localizer->flag_of[var];
        if (step == NO_STEP) {
            vec_push(&rest, part);
        } else if (!negated && var == localizer->done[step]) {
            attempt->is_done[step] = true;
            mark_begun(attempt, step);
        } else {
            if (!negated)
                mark_begun(attempt, step);
            else /* a step with `until` raises `sent` first */
                mark_waiting(attempt, step, var == localizer->done[step] && is_sent_first(localizer, step));
            vec_push(&rest, part);
        }
    }
    attempt->bad = expr_and(exprs, rest.at, rest.count);
    vec_free(&rest);
}

/* ---- counts ---- */

/* Can these conditions change from `value` by this transition? How many of them? */
static uint32_t count_changed(struct attempt *attempt, transition_id t, const expr_id *parts, size_t count, int value,
                              const bool *touched) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    abstract_list possible = {0};
    uint32_t changed = 0;
    abstraction_suppose_guard(abstraction, t);
    for (uint32_t i = 0; i < count; i++) {
        struct range before = touched[i] ? abstraction_value(abstraction, parts[i]) : (struct range){!value, !value};
        if (before.low != before.high || before.low == value)
            vec_push(&possible, i);
    }
    if (possible.count > 0)
        abstraction_suppose_update(abstraction, t);
    for (size_t i = 0; i < possible.count; i++) {
        struct range after = abstraction_value(abstraction, parts[possible.at[i]]);
        changed += !(after.low == after.high && after.low == value);
    }
    vec_free(&possible);
    return changed;
}

/* At most so many of the conditions that have this value at first have another in a bad state; UINT32_MAX: any number.
 */
static uint32_t count_moved(struct attempt *attempt, const expr_id *parts, size_t count, int value) {
    struct localizer *localizer = attempt->localizer;
    size_t steps = attempt->order->count, transitions = localizer->system->transitions.count;
    uint32_t *most = zeroed(steps, sizeof *most), total = 0;
    bool **touched = zeroed(transitions, sizeof *touched);
    abstract_list vars = {0}, touching = {0};
    for (size_t i = 0; i < count; i++) {
        vars.count = 0;
        abstraction_vars(&localizer->abstraction, parts[i], false, &vars);
        for (size_t v = 0; v < vars.count; v++) {
            const write_list *writers = &localizer->writers[vars.at[v]];
            for (size_t w = 0; w < writers->count; w++) {
                transition_id t = writers->at[w].transition;
                if (touched[t] == NULL) {
                    touched[t] = zeroed(count, 1);
                    vec_push(&touching, t);
                }
                touched[t][i] = true;
            }
        }
    }
    for (size_t k = 0; k < touching.count; k++) {
        transition_id t = touching.at[k];
        size_t step = localizer->step_of[t];
        bool possible = total != UINT32_MAX && (step == NO_STEP || !attempt->is_waiting[step]) &&
                        localizer->abstraction.ranges[localizer->system->transitions.at[t].guard].high != 0;
        uint32_t changed = possible ? count_changed(attempt, t, parts, count, value, touched[t]) : 0;
        if (step == NO_STEP || system_action(localizer->system, t)->is_waiter)
            total = changed > 0 ? UINT32_MAX : total;
        else if (changed > most[step])
            most[step] = changed;
        free(touched[t]);
    }
    for (size_t s = 0; s < steps && total != UINT32_MAX; s++)
        total += most[s];
    vec_free(&vars);
    vec_free(&touching);
    free(touched);
    free(most);
    return total;
}

/* What can be said of `and`, `or` and `count` in a bad state because few of their parts can have changed. */
static struct range count_bounds(struct attempt *attempt, expr_id id) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    struct exprs *exprs = &attempt->localizer->system->exprs;
    const struct expr node = *expr_get(exprs, id);
    abstract_list parts = {0};
    uint32_t initially = 0;
    for (uint32_t i = 0; i < node.count; i++)
        vec_push(&parts, expr_args(exprs, id)[i]);
    for (uint32_t i = 0; i < node.count; i++)
        initially += abstraction->first[parts.at[i]].low != 0;
    uint32_t lost = count_moved(attempt, parts.at, parts.count, 1),
             won = count_moved(attempt, parts.at, parts.count, 0);
    int32_t low = lost >= initially ? 0 : (int32_t)(initially - lost);
    int32_t high = won >= node.count - initially ? (int32_t)node.count : (int32_t)(initially + won);
    vec_free(&parts);
    if (node.op == OP_AND)
        return (struct range){low == (int32_t)node.count, high == (int32_t)node.count};
    if (node.op == OP_OR)
        return (struct range){low > 0, high > 0};
    return (struct range){low, high};
}

/* Has it many parts, all of them about few variables? */
static bool is_plain_count(struct attempt *attempt, expr_id id) {
    const struct exprs *exprs = &attempt->localizer->system->exprs;
    abstract_list vars = {0};
    bool plain = expr_get(exprs, id)->count >= 3;
    for (uint32_t i = 0; i < expr_get(exprs, id)->count && plain; i++) {
        vars.count = 0;
        abstraction_vars(&attempt->localizer->abstraction, expr_args(exprs, id)[i], false, &vars);
        plain = vars.count <= 2;
    }
    vec_free(&vars);
    return plain;
}

/* Of the open parts of the bad condition; first of those where it promises most for the least work. */
static bool find_counts(struct attempt *attempt, bool all) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    const struct exprs *exprs = &attempt->localizer->system->exprs;
    abstract_list nodes = {0};
    bool possible = true;
    abstraction_nodes(abstraction, attempt->bad, &nodes);
    for (size_t i = 0; i < nodes.count && possible; i++) {
        const struct expr *node = expr_get(exprs, nodes.at[i]);
        if (node->count < 2 || (node->op != OP_COUNT && node->op != OP_OR && node->op != OP_AND))
            continue;
        if (!all && !is_plain_count(attempt, nodes.at[i]))
            continue;
        struct range range = count_bounds(attempt, nodes.at[i]);
        possible = abstraction_limit(abstraction, nodes.at[i], range);
    }
    vec_free(&nodes);
    return possible;
}

/* What a conjunct of the bad condition says of its own parts: in the other conjuncts they mean the same. */
static bool suppose_parts(struct attempt *attempt) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    const struct exprs *exprs = &attempt->localizer->system->exprs;
    const struct expr *bad = expr_get(exprs, attempt->bad);
    bool possible = true;
    for (uint32_t i = 0; bad->op == OP_AND && i < bad->count && possible; i++) {
        expr_id part = expr_args(exprs, attempt->bad)[i];
        const struct expr *node = expr_get(exprs, part);
        const expr_id *args = expr_args(exprs, part);
        int32_t value;
        if (node->op == OP_NOT)
            possible = abstraction_limit(abstraction, args[0], (struct range){0, 0});
        else
            possible = abstraction_limit(abstraction, part, (struct range){1, 1});
        if (node->op == OP_EQ && expr_is_const(exprs, args[0], &value))
            possible = possible && abstraction_limit(abstraction, args[1], (struct range){value, value});
    }
    return possible;
}

/* Do the conjuncts contradict each other, whatever the state? */
static bool is_contradiction(struct attempt *attempt) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    bool possible = suppose_parts(attempt);
    abstraction_dependent(abstraction, &attempt->bad, 1, true, &attempt->bad_nodes);
    possible =
        possible && abstraction_evaluate(abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count, NULL, true);
    abstraction_forget(abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count);
    abstraction_limit_none(abstraction);
    attempt->bad_nodes.count = 0;
    return !possible;
}

/* ---- one abstraction ---- */

static bool is_followed(const struct attempt *attempt, uint32_t var) {
    return attempt->localizer->abstraction.places[var] != UINT32_MAX;
}

static void follow_only(struct attempt *attempt, uint32_t var) {
    if (var == UINT32_MAX || is_followed(attempt, var))
        return;
    attempt->localizer->abstraction.places[var] = (uint32_t)attempt->followed.count;
    vec_push(&attempt->followed, var);
}

/* With it, the flags of the steps that have surely written it in a bad state. */
static void follow(struct attempt *attempt, uint32_t var) {
    struct localizer *localizer = attempt->localizer;
    if (is_followed(attempt, var))
        return;
    follow_only(attempt, var);
    for (size_t w = 0; w < localizer->writers[var].count; w++) {
        size_t step = localizer->step_of[localizer->writers[var].at[w].transition];
        if (step == NO_STEP || !attempt->is_done[step])
            continue;
        follow_only(attempt, localizer->done[step]);
        if (is_sent_first(localizer, step))
            follow_only(attempt, localizer->sent[step]);
    }
}

static int compare_moves(const void *one, const void *other) {
    transition_id a = ((const struct move *)one)->transition, b = ((const struct move *)other)->transition;
    return (a > b) - (a < b);
}

static void find_moves(struct attempt *attempt) {
    struct localizer *localizer = attempt->localizer;
    const struct system *system = localizer->system;
    attempt->moves.count = attempt->updates.count = 0;
    for (size_t k = 0; k < attempt->followed.count; k++) {
        const write_list *writers = &localizer->writers[attempt->followed.at[k]];
        for (size_t w = 0; w < writers->count; w++) {
            transition_id t = writers->at[w].transition;
            size_t step = localizer->step_of[t];
            expr_id guard = system->transitions.at[t].guard;
            if ((step == NO_STEP || !attempt->is_waiting[step]) && localizer->abstraction.ranges[guard].high != 0)
                vec_push(&attempt->moves, ((struct move){.transition = t, .step = step, .guard = guard}));
        }
    }
    if (attempt->moves.count > 1)
        qsort(attempt->moves.at, attempt->moves.count, sizeof *attempt->moves.at, compare_moves);
    size_t kept = 0;
    for (size_t i = 0; i < attempt->moves.count; i++)
        if (kept == 0 || attempt->moves.at[kept - 1].transition != attempt->moves.at[i].transition)
            attempt->moves.at[kept++] = attempt->moves.at[i];
    attempt->moves.count = kept;
    for (size_t i = 0; i < kept; i++) {
        struct move *move = &attempt->moves.at[i];
        const struct system_transition *transition = &system->transitions.at[move->transition];
        move->first = (uint32_t)attempt->updates.count;
        for (uint32_t u = 0; u < transition->update_count; u++) {
            struct system_update update = system->updates.at[transition->first_update + u];
            if (!is_followed(attempt, update.var))
                continue;
            update.var = localizer->abstraction.places[update.var];
            vec_push(&attempt->updates, update);
            move->count++;
        }
    }
}

static void find_nodes(struct attempt *attempt) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    abstract_list roots = {0};
    for (size_t i = 0; i < attempt->moves.count; i++)
        vec_push(&roots, attempt->moves.at[i].guard);
    for (size_t i = 0; i < attempt->updates.count; i++)
        vec_push(&roots, attempt->updates.at[i].value);
    abstraction_dependent(abstraction, roots.at, roots.count, false, &attempt->nodes);
    abstraction_dependent(abstraction, &attempt->bad, 1, true, &attempt->bad_nodes);
    vec_free(&roots);
}

static void pack(const struct attempt *attempt, const int32_t *state, uint64_t *packed) {
    memset(packed, 0, (attempt->followed.count / 2 + 1) * sizeof *packed);
    for (size_t k = 0; k < attempt->followed.count; k++)
        packed[k / 2] |= (uint64_t)(uint32_t)state[k] << (k % 2 * 32);
}

static void unpack(const struct attempt *attempt, const uint64_t *packed, int32_t *state) {
    for (size_t k = 0; k < attempt->followed.count; k++)
        state[k] = (int32_t)(uint32_t)(packed[k / 2] >> (k % 2 * 32));
}

static bool add_state(struct attempt *attempt, const int32_t *state, state_id parent, uint32_t move) {
    uint64_t packed[FOLLOWED_MOST / 2 + 2];
    state_id before = state_set_count(attempt->set);
    pack(attempt, state, packed);
    if (!state_set_add(attempt->set, packed, 1, NULL))
        return false;
    if (state_set_count(attempt->set) > before) {
        vec_push(&attempt->parents, parent);
        vec_push(&attempt->taken, move);
        ++*attempt->states;
    }
    return state_set_count(attempt->set) <= STATES_MOST;
}

/* A followed flag says that a step which must come first has not been done, or that this one has. */
static bool is_out_of_turn(const struct attempt *attempt, const struct move *move, const int32_t *state) {
    const struct localizer *localizer = attempt->localizer;
    for (size_t k = 0; k < attempt->followed.count && move->step != NO_STEP; k++) {
        size_t flag = localizer->flag_of[attempt->followed.at[k]];
        bool is_done = flag != NO_STEP && attempt->followed.at[k] == localizer->done[flag];
        if (is_done && !state[k] && attempt->order->before[flag * attempt->order->count + move->step])
            return true;
    }
    return false;
}

/* In every way that unknown values allow; false if those are too many. */
static bool take(struct attempt *attempt, const struct move *move, const int32_t *state, state_id from,
                 uint32_t number) {
    const struct system_update *updates = attempt->updates.at + move->first;
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    int32_t next[FOLLOWED_MOST];
    struct value_list lists[FOLLOWED_MOST];
    size_t total = 1;
    for (uint32_t u = 0; u < move->count; u++) {
        if (!abstraction_values(abstraction, updates[u].value, &lists[u]))
            return false;
        total *= lists[u].count;
        if (total > SUCCESSORS_MOST)
            return false;
    }
    for (size_t i = 0; i < total; i++) {
        memcpy(next, state, attempt->followed.count * sizeof *next);
        size_t rest = i;
        for (uint32_t u = 0; u < move->count; u++) {
            next[updates[u].var] = lists[u].at[rest % lists[u].count];
            rest /= lists[u].count;
        }
        if (!add_state(attempt, next, from, number))
            return false;
    }
    return true;
}

enum end { END_EXCLUDED, END_FOUND, END_GAVE_UP };

static bool is_bad(struct attempt *attempt, const int32_t *state) {
    struct localizer *localizer = attempt->localizer;
    for (size_t k = 0; k < attempt->followed.count; k++) {
        size_t step = localizer->flag_of[attempt->followed.at[k]];
        if (step != NO_STEP && ((attempt->is_done[step] && !state[k]) || (attempt->is_waiting[step] && state[k])))
            return false;
    }
    bool bad =
        abstraction_evaluate(&localizer->abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count, state, true) &&
        localizer->abstraction.ranges[attempt->bad].high != 0;
    abstraction_forget(&localizer->abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count); /* the limits */
    return bad;
}

static enum end explore(struct attempt *attempt, state_id *found) {
    struct localizer *localizer = attempt->localizer;
    int32_t state[FOLLOWED_MOST];
    attempt->parents.count = attempt->taken.count = 0;
    for (size_t k = 0; k < attempt->followed.count; k++)
        state[k] = localizer->system->vars.at[attempt->followed.at[k]].initial;
    add_state(attempt, state, 0, 0);
    for (state_id id = 0; id < state_set_count(attempt->set); id++) {
        unpack(attempt, state_set_get(attempt->set, id), state);
        *found = id;
        if (is_bad(attempt, state))
            return END_FOUND;
        abstraction_evaluate(&localizer->abstraction, attempt->nodes.at, attempt->nodes.count, state, false);
        for (uint32_t m = 0; m < attempt->moves.count; m++) {
            const struct move *move = &attempt->moves.at[m];
            if (localizer->abstraction.ranges[move->guard].high != 0 && !is_out_of_turn(attempt, move, state) &&
                !take(attempt, move, state, id, m))
                return END_GAVE_UP;
        }
    }
    return END_EXCLUDED;
}

/* ---- refinement ---- */

static size_t follow_all(struct attempt *attempt, const abstract_list *vars) {
    size_t before = attempt->followed.count;
    for (size_t i = 0; i < vars->count && attempt->followed.count < FOLLOWED_MOST; i++)
        follow(attempt, vars->at[i]);
    return attempt->followed.count - before;
}

/* The open variables of a condition; of a conjunction, those of the part with the fewest, for one part that is false is
 * enough. */
static void simplest_open(struct attempt *attempt, expr_id condition, abstract_list *vars) {
    struct abstraction *abstraction = &attempt->localizer->abstraction;
    const struct exprs *exprs = &attempt->localizer->system->exprs;
    bool is_and = expr_get(exprs, condition)->op == OP_AND;
    abstract_list of_part = {0};
    size_t first = vars->count;
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, condition)->count : 1); i++) {
        of_part.count = 0;
        abstraction_vars(abstraction, is_and ? expr_args(exprs, condition)[i] : condition, true, &of_part);
        if (of_part.count == 0 || (vars->count > first && of_part.count >= vars->count - first))
            continue;
        vars->count = first;
        for (size_t k = 0; k < of_part.count; k++)
            vec_push(vars, of_part.at[k]);
    }
    vec_free(&of_part);
}

/* The open variables of one move on the way to the found state; only its own flags and those before it, or others. */
static size_t refine_move(struct attempt *attempt, state_id at, bool flags) {
    struct localizer *localizer = attempt->localizer;
    const struct move *move = &attempt->moves.at[attempt->taken.at[at]];
    int32_t state[FOLLOWED_MOST];
    abstract_list all = {0}, wanted = {0};
    unpack(attempt, state_set_get(attempt->set, attempt->parents.at[at]), state);
    abstraction_evaluate(&localizer->abstraction, attempt->nodes.at, attempt->nodes.count, state, false);
    abstraction_vars(&localizer->abstraction, move->guard, true, &all);
    for (uint32_t u = 0; u < move->count; u++)
        abstraction_vars(&localizer->abstraction, attempt->updates.at[move->first + u].value, true, &all);
    for (size_t i = 0; i < all.count; i++)
        if ((localizer->flag_of[all.at[i]] != NO_STEP) == flags)
            vec_push(&wanted, all.at[i]);
    size_t added = follow_all(attempt, &wanted);
    vec_free(&all);
    vec_free(&wanted);
    return added;
}

/* False: the way to the bad state needs nothing unknown. */
static bool refine(struct attempt *attempt, state_id found) {
    struct localizer *localizer = attempt->localizer;
    int32_t state[FOLLOWED_MOST];
    abstract_list vars = {0};
    unpack(attempt, state_set_get(attempt->set, found), state);
    abstraction_evaluate(&localizer->abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count, state, true);
    simplest_open(attempt, attempt->bad, &vars);
    abstraction_forget(&localizer->abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count);
    size_t added = follow_all(attempt, &vars);
    vec_free(&vars);
    for (int flags = 1; flags >= 0 && added == 0; flags--)
        for (state_id at = found; at != 0 && added == 0; at = attempt->parents.at[at])
            added = refine_move(attempt, at, flags);
    return added > 0 && attempt->followed.count < FOLLOWED_MOST;
}

static enum end attempt_round(struct attempt *attempt, bool *refined) {
    state_id found = 0;
    find_moves(attempt);
    find_nodes(attempt);
    attempt->set = state_set_new(attempt->followed.count / 2 + 1, SIZE_MAX / 4);
    enum end end = attempt->set == NULL ? END_GAVE_UP : explore(attempt, &found);
    *refined = end == END_FOUND && refine(attempt, found);
    state_set_free(attempt->set);
    /* what depended on what was followed is unknown again */
    abstraction_forget(&attempt->localizer->abstraction, attempt->nodes.at, attempt->nodes.count);
    abstraction_forget(&attempt->localizer->abstraction, attempt->bad_nodes.at, attempt->bad_nodes.count);
    attempt->nodes.count = attempt->bad_nodes.count = 0;
    return end;
}

static enum end attempt_rounds(struct attempt *attempt) {
    enum end end = END_FOUND;
    bool refined = true;
    for (int round = 0; round < ROUNDS_MOST && refined && end != END_EXCLUDED; round++)
        end = attempt_round(attempt, &refined);
    return end == END_FOUND && (refined || attempt->followed.count >= FOLLOWED_MOST) ? END_GAVE_UP : end;
}

static void follow_none(struct attempt *attempt) {
    for (size_t k = 0; k < attempt->followed.count; k++)
        attempt->localizer->abstraction.places[attempt->followed.at[k]] = UINT32_MAX;
    attempt->followed.count = 0;
}

static enum end decide(struct attempt *attempt, expr_id bad, bool thorough) {
    struct localizer *localizer = attempt->localizer;
    abstraction_grow(&localizer->abstraction);
    if (localizer->abstraction.base[bad].high == 0)
        return END_EXCLUDED;
    size_t steps = attempt->order->count;
    attempt->is_done = zeroed(steps, 1);
    attempt->is_waiting = zeroed(steps, 1);
    read_flags(attempt, bad);
    abstraction_grow(&localizer->abstraction);
    enum end end = localizer->abstraction.base[attempt->bad].high == 0 ? END_EXCLUDED : END_FOUND;
    for (size_t s = 0; s < steps; s++) /* a contradiction: no such state */
        end = attempt->is_done[s] && attempt->is_waiting[s] ? END_EXCLUDED : end;
    if (end == END_FOUND) {
        if (is_contradiction(attempt) || !find_counts(attempt, thorough))
            end = END_EXCLUDED;
        else
            end = attempt_rounds(attempt);
        abstraction_limit_none(&localizer->abstraction);
    }
    follow_none(attempt);
    vec_free(&attempt->followed);
    vec_free(&attempt->moves);
    vec_free(&attempt->updates);
    vec_free(&attempt->nodes);
    vec_free(&attempt->bad_nodes);
    vec_free(&attempt->parents);
    vec_free(&attempt->taken);
    free(attempt->is_done);
    free(attempt->is_waiting);
    return end;
}

/* The disjunction among the parts of a condition on which most depends; EXPR_TRUE: there is none. */
static expr_id widest_choice(struct localizer *localizer, expr_id bad) {
    const struct exprs *exprs = &localizer->system->exprs;
    const struct expr *node = expr_get(exprs, bad);
    expr_id widest = EXPR_TRUE;
    size_t most = 0;
    abstract_list vars = {0};
    for (uint32_t i = 0; node->op == OP_AND && i < node->count; i++) {
        expr_id part = expr_args(exprs, bad)[i];
        vars.count = 0;
        if (expr_get(exprs, part)->op == OP_OR)
            abstraction_vars(&localizer->abstraction, part, false, &vars);
        if (vars.count > most) {
            most = vars.count;
            widest = part;
        }
    }
    vec_free(&vars);
    return widest;
}

/* A disjunction part by part, for each needs variables of its own; that within a conjunction only if it must be. */
static bool excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states,
                     int depth) {
    struct exprs *exprs = &localizer->system->exprs;
    expr_id choice = bad, rest = EXPR_TRUE;
    if (expr_get(exprs, bad)->op != OP_OR) {
        struct attempt attempt = {.localizer = localizer, .order = order, .states = states};
        enum end end = decide(&attempt, bad, false);
        choice = end == END_GAVE_UP && depth > 0 ? widest_choice(localizer, bad) : EXPR_TRUE;
        if (end == END_GAVE_UP && choice == EXPR_TRUE) {
            attempt = (struct attempt){.localizer = localizer, .order = order, .states = states};
            end = decide(&attempt, bad, true);
        }
        if (end != END_GAVE_UP || choice == EXPR_TRUE)
            return end == END_EXCLUDED;
        for (uint32_t i = 0; i < expr_get(exprs, bad)->count; i++)
            if (expr_args(exprs, bad)[i] != choice)
                rest = expr_and2(exprs, rest, expr_args(exprs, bad)[i]);
    }
    bool excluded = true;
    for (uint32_t i = 0; i < expr_get(exprs, choice)->count && excluded; i++)
        excluded = excludes(localizer, order, expr_and2(exprs, rest, expr_args(exprs, choice)[i]), states, depth - 1);
    return excluded;
}

bool localizer_excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states) {
    return excludes(localizer, order, bad, states, SPLITS_MOST);
}
