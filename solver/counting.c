#include "solver/counting.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOKEN_DEPTH = 6, /* events that supply events */
    PLAIN_PARTS = 3, /* at least */
    PLAIN_VARS = 2   /* at most, in each part */
};

/* A variable has a value, and events take it away. */
struct token {
    uint32_t var;
    int32_t value;
    bool is_initial, is_unbounded;
    abstract_list steps;  /* whose calls supply it, each at most once */
    abstract_list events; /* tokens: what the events that supply it use up */
};

#define NO_TOKEN UINT32_MAX

/* How a transition, or one of those of a step, changes the parts of a node: how many become true or false. */
struct change {
    bool is_event, is_waiter;
    uint32_t source; /* a step; of an event a token, or NO_TOKEN: it may happen any number of times */
    uint32_t won_most, won_least, lost_most, lost_least;
};

/* A node: one change for each step and each token. */
struct facts {
    uint32_t initially;
    VEC(struct change) changes;
};

/* A part of a node: what can happen to it. */
struct part_change {
    transition_id transition;
    bool can_win, must_win, can_lose, must_lose;
};

struct part {
    size_t var_count;
    VEC(struct part_change) changes;
};

struct counting {
    struct system *system;
    struct abstraction *abstraction;
    const struct plan_index *index;
    VEC(struct facts) facts;
    VEC(struct part) parts;
    uint32_t *facts_of, *part_of; /* by expression: 1 + the number of its facts, of the part; 0: not yet */
    size_t room;
    uint32_t *touched; /* by transition: 1 + its place among those that touch the node; 0 between uses */
    bool *seen;        /* by transition: touches the part; false between uses */
    VEC(struct token) tokens;
    uint32_t *token_of; /* by transition; NO_TOKEN; made when first needed */
    bool *has_token;
};

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

struct counting *counting_new(struct system *system, struct abstraction *abstraction, const struct plan_index *index) {
    struct counting *counting = zeroed(1, sizeof *counting);
    *counting = (struct counting){.system = system, .abstraction = abstraction, .index = index};
    counting->touched = zeroed(system->transitions.count, sizeof *counting->touched);
    counting->seen = zeroed(system->transitions.count, 1);
    counting->token_of = zeroed(system->transitions.count, sizeof *counting->token_of);
    counting->has_token = zeroed(system->transitions.count, 1);
    return counting;
}

void counting_free(struct counting *counting) {
    if (counting == NULL)
        return;
    for (size_t i = 0; i < counting->facts.count; i++)
        vec_free(&counting->facts.at[i].changes);
    for (size_t i = 0; i < counting->parts.count; i++)
        vec_free(&counting->parts.at[i].changes);
    for (size_t i = 0; i < counting->tokens.count; i++) {
        vec_free(&counting->tokens.at[i].steps);
        vec_free(&counting->tokens.at[i].events);
    }
    vec_free(&counting->facts);
    vec_free(&counting->parts);
    vec_free(&counting->tokens);
    free(counting->facts_of);
    free(counting->part_of);
    free(counting->touched);
    free(counting->seen);
    free(counting->token_of);
    free(counting->has_token);
    free(counting);
}

/* Room for all expressions that there are. */
static void grow(struct counting *counting) {
    size_t from = counting->room, to = counting->system->exprs.nodes.count;
    if (to <= from)
        return;
    counting->room = to + to / 4 + 64;
    counting->facts_of = memory_resize(counting->facts_of, counting->room * sizeof *counting->facts_of);
    counting->part_of = memory_resize(counting->part_of, counting->room * sizeof *counting->part_of);
    memset(counting->facts_of + from, 0, (counting->room - from) * sizeof *counting->facts_of);
    memset(counting->part_of + from, 0, (counting->room - from) * sizeof *counting->part_of);
}

static bool is_possible(const struct counting *counting, transition_id t) {
    return counting->abstraction->base[counting->system->transitions.at[t].guard].high != 0;
}

static void add_once(abstract_list *list, uint32_t item) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == item)
            return;
    vec_push(list, item);
}

/* ---- tokens ---- */

static bool condition_says(const struct exprs *exprs, expr_id condition, uint32_t var, int32_t value) {
    const struct expr *node = expr_get(exprs, condition);
    bool is_and = node->op == OP_AND, found = false;
    for (uint32_t i = 0; i < (is_and ? node->count : 1) && !found; i++) {
        uint32_t said;
        int32_t said_value;
        found = condition_says_value(exprs, is_and ? expr_args(exprs, condition)[i] : condition, &said, &said_value) &&
                said == var && said_value == value;
    }
    return found;
}

/* Once the transition has happened, can the variable have this value? */
static bool can_leave(struct counting *counting, transition_id t, expr_id written, int32_t value) {
    struct value_list list;
    if (abstraction_values(counting->abstraction, written, &list)) {
        bool found = false;
        for (size_t i = 0; i < list.count && !found; i++)
            found = list.at[i] == value;
        if (!found)
            return false;
    }
    abstraction_suppose_guard(counting->abstraction, t);
    struct range range = abstraction_value(counting->abstraction, written);
    return range.low <= value && value <= range.high;
}

static uint32_t find_token(const struct counting *counting, uint32_t var, int32_t value) {
    for (size_t i = 0; i < counting->tokens.count; i++)
        if (counting->tokens.at[i].var == var && counting->tokens.at[i].value == value)
            return (uint32_t)i;
    return NO_TOKEN;
}

static uint32_t token_used_by(struct counting *counting, transition_id t, int depth);

/* What supplies it.  Tokens in the making are unbounded, so that events in a circle are. */
static uint32_t make_token(struct counting *counting, uint32_t var, int32_t value, int depth) {
    const struct plan_index *index = counting->index;
    uint32_t number = find_token(counting, var, value);
    if (number != NO_TOKEN)
        return number;
    number = (uint32_t)counting->tokens.count;
    struct token token = {.var = var, .value = value, .is_unbounded = true};
    vec_push(&counting->tokens, token);
    token.is_initial = counting->system->vars.at[var].initial == value;
    token.is_unbounded = depth == 0;
    for (size_t w = 0; w < index->writers[var].count && !token.is_unbounded; w++) {
        struct plan_write write = index->writers[var].at[w];
        if (!is_possible(counting, write.transition) || !can_leave(counting, write.transition, write.value, value))
            continue;
        if (index->step_of[write.transition] != NO_STEP) {
            add_once(&token.steps, (uint32_t)index->step_of[write.transition]);
            continue;
        }
        uint32_t used = token_used_by(counting, write.transition, depth - 1);
        token.is_unbounded = used == NO_TOKEN || counting->tokens.at[used].is_unbounded;
        if (used != NO_TOKEN)
            add_once(&token.events, used);
    }
    counting->tokens.at[number] = token;
    return number;
}

/* What it needs and takes away, of which there is a bounded supply; NO_TOKEN: nothing that is known. */
static uint32_t find_used(struct counting *counting, transition_id t, int depth) {
    const struct exprs *exprs = &counting->system->exprs;
    const struct system_transition *transition = &counting->system->transitions.at[t];
    bool is_and = expr_get(exprs, transition->guard)->op == OP_AND;
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, transition->guard)->count : 1); i++) {
        expr_id part = is_and ? expr_args(exprs, transition->guard)[i] : transition->guard;
        uint32_t var;
        int32_t value;
        if (!condition_says_value(exprs, part, &var, &value))
            continue;
        for (uint32_t u = 0; u < transition->update_count; u++) {
            const struct system_update *update = &counting->system->updates.at[transition->first_update + u];
            if (update->var != var || can_leave(counting, t, update->value, value))
                continue;
            uint32_t token = make_token(counting, var, value, depth);
            if (!counting->tokens.at[token].is_unbounded)
                return token;
        }
    }
    return NO_TOKEN;
}

static uint32_t token_used_by(struct counting *counting, transition_id t, int depth) {
    if (counting->has_token[t])
        return counting->token_of[t];
    uint32_t token = find_used(counting, t, depth);
    if (depth == TOKEN_DEPTH) { /* what was found on the way may be unbounded for no other reason than the way */
        counting->has_token[t] = true;
        counting->token_of[t] = token;
    }
    return token;
}

/* How often can it have been used up at most? */
static uint32_t supply(const struct counting *counting, uint32_t number, const struct plan_moment *moment,
                       expr_id state) {
    const struct token *token = &counting->tokens.at[number];
    uint64_t total = token->is_initial;
    for (size_t i = 0; i < token->steps.count; i++)
        total += !moment->is_waiting[token->steps.at[i]];
    for (size_t i = 0; i < token->events.count; i++)
        total += supply(counting, token->events.at[i], moment, state);
    if (total > 0 && condition_says(&counting->system->exprs, state, token->var, token->value))
        total--; /* that one is still there */
    return total > INT32_MAX ? INT32_MAX : (uint32_t)total;
}

/* ---- facts about a part ---- */

static void add_part_change(struct counting *counting, struct part *part, transition_id t, expr_id id) {
    abstraction_suppose_guard(counting->abstraction, t);
    struct range before = abstraction_value(counting->abstraction, id);
    abstraction_suppose_update(counting->abstraction, t);
    struct range after = abstraction_value(counting->abstraction, id);
    struct part_change change = {.transition = t,
                                 .can_win = before.low == 0 && after.high == 1,
                                 .must_win = before.high == 0 && after.low == 1,
                                 .can_lose = before.high == 1 && after.low == 0,
                                 .must_lose = before.low == 1 && after.high == 0};
    if (change.can_win || change.can_lose)
        vec_push(&part->changes, change);
}

static const struct part *part_of(struct counting *counting, expr_id id) {
    if (counting->part_of[id] != 0)
        return &counting->parts.at[counting->part_of[id] - 1];
    struct part part = {0};
    abstract_list vars = {0}, known = {0};
    abstraction_vars(counting->abstraction, id, false, &vars);
    part.var_count = vars.count;
    for (size_t v = 0; v < vars.count; v++)
        for (size_t w = 0; w < counting->index->writers[vars.at[v]].count; w++) {
            transition_id t = counting->index->writers[vars.at[v]].at[w].transition;
            if (counting->seen[t] || !is_possible(counting, t))
                continue;
            counting->seen[t] = true;
            vec_push(&known, t);
            add_part_change(counting, &part, t, id);
        }
    for (size_t i = 0; i < known.count; i++)
        counting->seen[known.at[i]] = false;
    vec_free(&vars);
    vec_free(&known);
    vec_push(&counting->parts, part);
    counting->part_of[id] = (uint32_t)counting->parts.count;
    return &counting->parts.at[counting->parts.count - 1];
}

/* ---- facts about a node ---- */

/* Alternatives: one of a step's transitions, or one of those that use up a token. */
static void join_change(struct facts *facts, struct change change) {
    struct change *known = NULL;
    for (size_t i = 0; i < facts->changes.count && known == NULL; i++)
        if (facts->changes.at[i].is_event == change.is_event && facts->changes.at[i].is_waiter == change.is_waiter &&
            facts->changes.at[i].source == change.source)
            known = &facts->changes.at[i];
    if (known == NULL) {
        vec_push(&facts->changes, change);
        return;
    }
#define LEAST(field) known->field = change.field < known->field ? change.field : known->field
#define MOST(field) known->field = change.field > known->field ? change.field : known->field
    MOST(won_most);
    MOST(lost_most);
    LEAST(won_least);
    LEAST(lost_least);
#undef LEAST
#undef MOST
}

typedef VEC(struct change) change_list;

/* How each transition changes the node; `is_event`, `is_waiter` and `source` are open. */
static void sum_changes(struct counting *counting, expr_id id, change_list *sums, abstract_list *transitions) {
    const struct exprs *exprs = &counting->system->exprs;
    for (uint32_t i = 0; i < expr_get(exprs, id)->count; i++) {
        const struct part *part = part_of(counting, expr_args(exprs, id)[i]);
        for (size_t k = 0; k < part->changes.count; k++) {
            const struct part_change *change = &part->changes.at[k];
            uint32_t *place = &counting->touched[change->transition];
            if (*place == 0) {
                vec_push(sums, (struct change){0});
                vec_push(transitions, change->transition);
                *place = (uint32_t)sums->count;
            }
            struct change *sum = &sums->at[*place - 1];
            sum->won_most += change->can_win;
            sum->won_least += change->must_win;
            sum->lost_most += change->can_lose;
            sum->lost_least += change->must_lose;
        }
    }
}

static void find_changes(struct counting *counting, struct facts *facts, expr_id id) {
    const struct plan_index *index = counting->index;
    change_list sums = {0};
    abstract_list transitions = {0};
    bool *any = zeroed(index->step_count, 1);
    sum_changes(counting, id, &sums, &transitions);
    for (size_t k = 0; k < transitions.count; k++) {
        transition_id t = transitions.at[k];
        struct change change = sums.at[k];
        change.is_event = index->step_of[t] == NO_STEP;
        change.is_waiter = !change.is_event && system_action(counting->system, t)->is_waiter;
        change.source = change.is_event ? token_used_by(counting, t, TOKEN_DEPTH) : (uint32_t)index->step_of[t];
        if (change.is_event || change.is_waiter)
            change.won_least = change.lost_least = 0;
        else
            any[index->step_of[t]] = true;
        join_change(facts, change);
    }
    for (size_t s = 0; s < index->step_count; s++) /* its call may also leave the parts alone */
        for (size_t k = 0; any[s] && k < index->calls[s].count; k++) {
            transition_id t = index->calls[s].at[k];
            if (counting->touched[t] == 0 && is_possible(counting, t))
                join_change(facts, (struct change){.source = (uint32_t)s});
        }
    for (size_t k = 0; k < transitions.count; k++)
        counting->touched[transitions.at[k]] = 0;
    vec_free(&sums);
    vec_free(&transitions);
    free(any);
}

static const struct facts *facts_of(struct counting *counting, expr_id id) {
    grow(counting);
    if (counting->facts_of[id] != 0)
        return &counting->facts.at[counting->facts_of[id] - 1];
    const struct exprs *exprs = &counting->system->exprs;
    struct facts facts = {0};
    for (uint32_t i = 0; i < expr_get(exprs, id)->count; i++)
        facts.initially += counting->abstraction->first[expr_args(exprs, id)[i]].low != 0;
    find_changes(counting, &facts, id);
    vec_push(&counting->facts, facts);
    counting->facts_of[id] = (uint32_t)counting->facts.count;
    return &counting->facts.at[counting->facts.count - 1];
}

bool counting_is_plain(struct counting *counting, expr_id id) {
    const struct exprs *exprs = &counting->system->exprs;
    bool plain = expr_get(exprs, id)->count >= PLAIN_PARTS;
    abstract_list vars = {0};
    grow(counting);
    for (uint32_t i = 0; i < expr_get(exprs, id)->count && plain; i++) {
        expr_id part = expr_args(exprs, id)[i];
        vars.count = 0;
        if (counting->part_of[part] == 0)
            abstraction_vars(counting->abstraction, part, false, &vars);
        plain =
            (counting->part_of[part] == 0 ? vars.count : counting->parts.at[counting->part_of[part] - 1].var_count) <=
            PLAIN_VARS;
    }
    vec_free(&vars);
    return plain;
}

struct range counting_bounds(struct counting *counting, expr_id id, const struct plan_moment *moment, expr_id state) {
    const struct facts *facts = facts_of(counting, id);
    const struct expr *node = expr_get(&counting->system->exprs, id);
    int64_t count = node->count, low = facts->initially, high = low;
    for (size_t i = 0; i < facts->changes.count; i++) {
        const struct change *change = &facts->changes.at[i];
        int64_t times = 1;
        if (!change->is_event && moment->is_waiting[change->source])
            continue;
        if (change->is_event)
            times = change->source == NO_TOKEN ? INT32_MAX : supply(counting, change->source, moment, state);
        bool surely = !change->is_event && moment->is_called[change->source];
        low += (surely ? (int64_t)change->won_least : 0) - times * change->lost_most;
        high += times * change->won_most - (surely ? (int64_t)change->lost_least : 0);
    }
    low = low < 0 ? 0 : low > count ? count : low;
    high = high > count ? count : high < 0 ? 0 : high;
    if (node->op == OP_AND)
        return (struct range){low == count, high == count};
    if (node->op == OP_OR)
        return (struct range){low > 0, high > 0};
    return (struct range){(int32_t)low, (int32_t)high};
}
