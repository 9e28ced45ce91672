#include "solver/localize.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "solver/counting.h"
#include "solver/plan_moment.h"
#include "solver/state_set.h"

enum {
    ROUNDS_MOST = 40,     /* of refinement */
    FOLLOWED_MOST = 64,   /* variables */
    STATES_MOST = 1000,   /* of one abstraction */
    SPLITS_MOST = 4,      /* case distinctions, one within the other */
    SUCCESSORS_MOST = 64, /* of one transition: what it writes may be unknown */
    SET_BYTES = 2 << 20,  /* enough for the states of one abstraction, too little for huge pages */
};

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
    struct plan_index index;
    struct counting *counting;
    struct expr_map map; /* empty between uses */
};

/* One question. */
struct attempt {
    struct localizer *localizer;
    struct plan_moment moment; /* of a bad state */
    expr_id bad;               /* without what follows from the moment */
    abstract_list followed;    /* variables */
    VEC(struct move) moves;
    VEC(struct system_update) updates; /* `var`: its place in `followed` */
    abstract_list bad_nodes, nodes;    /* that depend on what is followed, arguments first */
    struct state_set *set;
    abstract_list parents, taken; /* by state */
    uint64_t *states;
};

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* ---- the localizer ---- */

struct localizer *localizer_new(struct system *system) {
    struct localizer *localizer = zeroed(1, sizeof *localizer);
    localizer->system = system;
    plan_index_init(&localizer->index, system);
    abstraction_init(&localizer->abstraction, system);
    localizer->counting = counting_new(system, &localizer->abstraction, &localizer->index);
    return localizer;
}

void localizer_free(struct localizer *localizer) {
    if (localizer == NULL)
        return;
    counting_free(localizer->counting);
    plan_index_clear(&localizer->index);
    abstraction_clear(&localizer->abstraction);
    expr_map_clear(&localizer->map);
    free(localizer);
}

struct abstraction *localizer_abstraction(struct localizer *localizer) {
    abstraction_grow(&localizer->abstraction);
    return &localizer->abstraction;
}

/* ---- counts ---- */

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
        if (!all && !counting_is_plain(attempt->localizer->counting, nodes.at[i]))
            continue;
        struct range range = counting_bounds(attempt->localizer->counting, nodes.at[i], &attempt->moment, attempt->bad);
        possible = abstraction_limit(abstraction, nodes.at[i], range);
    }
    vec_free(&nodes);
    return possible;
}

/* The variable that a conjunct is about, if it says no more than that it has some value, or has not. */
static const struct system_var *literal_var(const struct system *system, expr_id part) {
    const struct exprs *exprs = &system->exprs;
    const struct expr *node = expr_get(exprs, part);
    if (node->op == OP_NOT)
        node = expr_get(exprs, expr_args(exprs, part)[0]);
    if (node->op == OP_EQ && expr_get(exprs, exprs->args.at[node->first])->op == OP_CONST)
        node = expr_get(exprs, exprs->args.at[node->first + 1]);
    return node->op == OP_VAR ? &system->vars.at[node->payload] : NULL;
}

/* Can all conjuncts hold together that say something of the same field (all interfaces exist, no address is free)? */
static bool find_groups(struct attempt *attempt) {
    struct system *system = attempt->localizer->system;
    struct exprs *exprs = &system->exprs;
    uint32_t count = expr_get(exprs, attempt->bad)->op == OP_AND ? expr_get(exprs, attempt->bad)->count : 0;
    bool possible = true;
    abstract_list parts = {0}, group = {0};
    for (uint32_t i = 0; i < count; i++)
        vec_push(&parts, expr_args(exprs, attempt->bad)[i]);
    for (size_t i = 0; i < parts.count && possible; i++) {
        const struct system_var *var = literal_var(system, parts.at[i]);
        bool is_first = var != NULL;
        group.count = 0;
        for (size_t k = 0; k < parts.count && is_first; k++) {
            const struct system_var *other = literal_var(system, parts.at[k]);
            bool same = other != NULL && other->field == var->field;
            is_first = !same || k >= i;
            if (same)
                vec_push(&group, parts.at[k]);
        }
        if (!is_first || group.count < 2)
            continue;
        expr_id all = expr_and(exprs, group.at, group.count);
        if (expr_get(exprs, all)->op == OP_AND)
            possible = counting_bounds(attempt->localizer->counting, all, &attempt->moment, attempt->bad).high != 0;
        else
            possible = all != EXPR_FALSE;
    }
    vec_free(&parts);
    vec_free(&group);
    abstraction_grow(&attempt->localizer->abstraction);
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
    for (size_t w = 0; w < localizer->index.writers[var].count; w++) {
        size_t step = localizer->index.step_of[localizer->index.writers[var].at[w].transition];
        if (step == NO_STEP || !attempt->moment.is_done[step])
            continue;
        follow_only(attempt, localizer->index.done[step]);
        if (plan_index_is_sent_first(&localizer->index, step))
            follow_only(attempt, localizer->index.sent[step]);
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
        uint32_t var = attempt->followed.at[k];
        for (size_t w = 0; w < localizer->index.writers[var].count; w++) {
            transition_id t = localizer->index.writers[var].at[w].transition;
            size_t step = localizer->index.step_of[t];
            expr_id guard = system->transitions.at[t].guard;
            if ((step == NO_STEP || !attempt->moment.is_waiting[step]) &&
                localizer->abstraction.ranges[guard].high != 0)
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
        size_t flag = localizer->index.flag_of[attempt->followed.at[k]];
        bool is_done = flag != NO_STEP && attempt->followed.at[k] == localizer->index.done[flag];
        if (is_done && !state[k] && attempt->moment.order->before[flag * attempt->moment.order->count + move->step])
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
        size_t step = localizer->index.flag_of[attempt->followed.at[k]];
        if (step != NO_STEP &&
            ((attempt->moment.is_done[step] && !state[k]) || (attempt->moment.is_waiting[step] && state[k])))
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
        if ((localizer->index.flag_of[all.at[i]] != NO_STEP) == flags)
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
    attempt->set = state_set_new(attempt->followed.count / 2 + 1, SET_BYTES);
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

static enum end decide(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states,
                       bool thorough) {
    struct attempt one = {.localizer = localizer, .states = states}, *attempt = &one;
    abstraction_grow(&localizer->abstraction);
    if (localizer->abstraction.base[bad].high == 0)
        return END_EXCLUDED;
    attempt->bad = plan_moment_init(&attempt->moment, order, &localizer->index, &localizer->system->exprs, bad);
    abstraction_grow(&localizer->abstraction);
    enum end end = localizer->abstraction.base[attempt->bad].high == 0 ? END_EXCLUDED : END_FOUND;
    if (plan_moment_is_impossible(&attempt->moment))
        end = END_EXCLUDED;
    if (end == END_FOUND) {
        if (is_contradiction(attempt) || !find_groups(attempt) || !find_counts(attempt, thorough))
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
    plan_moment_clear(&attempt->moment);
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

static bool negation_says_value(struct exprs *exprs, expr_id part) {
    uint32_t var;
    int32_t value;
    return condition_says_value(exprs, expr_not(exprs, part), &var, &value);
}

static bool excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states,
                     int depth);

/* Part by part, for each needs variables of its own.  First those that say least: in the other cases they do not hold,
 * which tells the values of variables. */
static bool excludes_cases(struct localizer *localizer, const struct plan_order *order, expr_id rest, expr_id choice,
                           uint64_t *states, int depth) {
    struct exprs *exprs = &localizer->system->exprs;
    abstract_list cases = {0};
    bool excluded = true;
    for (int is_plain = 1; is_plain >= 0; is_plain--)
        for (uint32_t i = 0; i < expr_get(exprs, choice)->count; i++) {
            expr_id part = expr_args(exprs, choice)[i];
            if (negation_says_value(exprs, part) == (is_plain != 0))
                vec_push(&cases, expr_args(exprs, choice)[i]);
        }
    for (size_t i = 0; i < cases.count && excluded; i++) {
        excluded = excludes(localizer, order, expr_and2(exprs, rest, cases.at[i]), states, depth);
        if (negation_says_value(exprs, cases.at[i]))
            rest = expr_and2(exprs, rest, expr_not(exprs, cases.at[i]));
    }
    vec_free(&cases);
    return excluded;
}

/* A disjunction within a conjunction is taken apart only if it must be. */
static bool excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states,
                     int depth) {
    struct exprs *exprs = &localizer->system->exprs;
    expr_id choice = bad, rest = EXPR_TRUE;
    abstraction_grow(&localizer->abstraction);
    if (expr_get(exprs, bad)->op != OP_OR) {
        bad = plan_moment_settle(order, &localizer->index, &localizer->abstraction, exprs, bad, &localizer->map);
        if (expr_get(exprs, bad)->op == OP_OR)
            return excludes_cases(localizer, order, EXPR_TRUE, bad, states, depth - 1);
        enum end end = decide(localizer, order, bad, states, false);
        choice = end == END_GAVE_UP && depth > 0 ? widest_choice(localizer, bad) : EXPR_TRUE;
        if (end == END_GAVE_UP && choice == EXPR_TRUE)
            end = decide(localizer, order, bad, states, true);
        if (end != END_GAVE_UP || choice == EXPR_TRUE)
            return end == END_EXCLUDED;
        for (uint32_t i = 0; i < expr_get(exprs, bad)->count; i++)
            if (expr_args(exprs, bad)[i] != choice)
                rest = expr_and2(exprs, rest, expr_args(exprs, bad)[i]);
    }
    return excludes_cases(localizer, order, rest, choice, states, depth - 1);
}

bool localizer_excludes(struct localizer *localizer, const struct plan_order *order, expr_id bad, uint64_t *states) {
    return excludes(localizer, order, bad, states, SPLITS_MOST);
}
