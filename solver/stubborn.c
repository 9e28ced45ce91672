#include "solver/stubborn.h"

#include <stdlib.h>
#include <string.h>

#include "model/layout.h"
#include "solver/distance.h"
#include "solver/state_set.h"

typedef abstract_list number_list; /* of variables or transitions */

struct reducer {
    const struct system *system;
    struct abstraction *abstraction;
    struct expr_cone cone;
    number_list moving;          /* the variables that some transition writes: all others keep their values */
    struct layout_place *places; /* of these */
    uint32_t words;
    number_list *readers, *writers; /* by variable: transitions */
    number_list *reads, *written;   /* by transition: variables */
    number_list *interfering;       /* by transition; made when first needed */
    number_list *enabling;          /* by expression: what writes its variables; made when first needed */
    bool *has_interfering, *has_enabling;
    size_t expr_count;
    bool *read; /* by variable; false between collections */
    abstract_list found;
    bool *chosen;
    number_list open;
    struct state_set *set;
    number_list parents, taken; /* by state: where it came from, by which transition */
    number_list steps, left;    /* by state: transitions so far, and at least to come until the goal */
    VEC(bool) expanded;         /* by state */
    VEC(number_list) open_at;   /* by estimate: states to be expanded; others are expanded or listed earlier */
    bool is_deep;
    struct distance distance; /* to the goal */
    int32_t *state, *next;
    uint64_t *packed;
};

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* ---- what reads and writes what ---- */

/* Appends the variables of `root` that move and are not yet marked in `reducer->read`. */
static void collect_vars(struct reducer *reducer, expr_id root, number_list *vars) {
    reducer->found.count = 0;
    abstraction_vars(reducer->abstraction, root, false, &reducer->found);
    for (size_t i = 0; i < reducer->found.count; i++) {
        uint32_t var = reducer->found.at[i];
        if (!reducer->read[var] && reducer->writers[var].count > 0) {
            reducer->read[var] = true;
            vec_push(vars, var);
        }
    }
}

static void unmark(struct reducer *reducer, const number_list *vars) {
    for (size_t i = 0; i < vars->count; i++)
        reducer->read[vars->at[i]] = false;
}

static void find_accesses(struct reducer *reducer) {
    const struct system *system = reducer->system;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        for (uint32_t i = 0; i < transition->update_count; i++) {
            uint32_t var = system->updates.at[transition->first_update + i].var;
            if (reducer->writers[var].count == 0)
                vec_push(&reducer->moving, var);
            vec_push(&reducer->written[t], var);
            vec_push(&reducer->writers[var], t);
        }
    }
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        collect_vars(reducer, transition->guard, &reducer->reads[t]);
        for (uint32_t i = 0; i < transition->update_count; i++)
            collect_vars(reducer, system->updates.at[transition->first_update + i].value, &reducer->reads[t]);
        for (size_t i = 0; i < reducer->reads[t].count; i++)
            vec_push(&reducer->readers[reducer->reads[t].at[i]], t);
        unmark(reducer, &reducer->reads[t]);
    }
}

/* A variable with n values takes ceil(log2 n) bits, and never straddles two words. */
static void find_places(struct reducer *reducer) {
    uint32_t used = 64;
    reducer->places = zeroed(reducer->moving.count, sizeof *reducer->places);
    for (size_t i = 0; i < reducer->moving.count; i++) {
        const struct system_var *var = &reducer->system->vars.at[reducer->moving.at[i]];
        uint32_t bits = layout_bits((uint64_t)((int64_t)var->high - var->low) + 1);
        if (used + bits > 64) {
            reducer->words++;
            used = 0;
        }
        reducer->places[i] = (struct layout_place){reducer->words - 1, used, bits, var->low};
        used += bits;
    }
    reducer->words += reducer->words == 0;
}

static void pack(struct reducer *reducer, const int32_t *state) {
    memset(reducer->packed, 0, reducer->words * sizeof *reducer->packed);
    for (size_t i = 0; i < reducer->moving.count; i++) {
        const struct layout_place *place = &reducer->places[i];
        reducer->packed[place->word] |= (uint64_t)((int64_t)state[reducer->moving.at[i]] - place->low) << place->shift;
    }
}

static void unpack(const struct reducer *reducer, const uint64_t *packed, int32_t *state) {
    for (size_t i = 0; i < reducer->moving.count; i++) {
        const struct layout_place *place = &reducer->places[i];
        uint64_t mask = ((uint64_t)1 << place->bits) - 1; /* a domain has less than 2^32 values */
        state[reducer->moving.at[i]] = (int32_t)((int64_t)(packed[place->word] >> place->shift & mask) + place->low);
    }
}

static void append(number_list *list, const number_list *more, bool *marks) {
    for (size_t i = 0; i < more->count; i++)
        if (!marks[more->at[i]]) {
            marks[more->at[i]] = true;
            vec_push(list, more->at[i]);
        }
}

/* Those that write what this one reads or writes, or read what it writes. */
static const number_list *interfering_with(struct reducer *reducer, transition_id t) {
    if (!reducer->has_interfering[t]) {
        bool *marks = zeroed(reducer->system->transitions.count, 1);
        marks[t] = true;
        for (size_t i = 0; i < reducer->written[t].count; i++) {
            append(&reducer->interfering[t], &reducer->readers[reducer->written[t].at[i]], marks);
            append(&reducer->interfering[t], &reducer->writers[reducer->written[t].at[i]], marks);
        }
        for (size_t i = 0; i < reducer->reads[t].count; i++)
            append(&reducer->interfering[t], &reducer->writers[reducer->reads[t].at[i]], marks);
        free(marks);
        reducer->has_interfering[t] = true;
    }
    return &reducer->interfering[t];
}

/* Those that can change the expression. */
static const number_list *enabling_of(struct reducer *reducer, expr_id id) {
    if (!reducer->has_enabling[id]) {
        const struct system *system = reducer->system;
        bool *marks = zeroed(system->transitions.count, 1);
        number_list vars = {0};
        collect_vars(reducer, id, &vars);
        for (size_t i = 0; i < vars.count; i++)
            append(&reducer->enabling[id], &reducer->writers[vars.at[i]], marks);
        unmark(reducer, &vars);
        vec_free(&vars);
        free(marks);
        reducer->has_enabling[id] = true;
    }
    return &reducer->enabling[id];
}

/* ---- one state ---- */

static void choose(struct reducer *reducer, transition_id t) {
    if (reducer->chosen[t])
        return;
    reducer->chosen[t] = true;
    vec_push(&reducer->open, t);
}

/* What must happen first so that a false condition becomes true: the writers of one of its false parts, of the part
 * that has the fewest. */
static void choose_enabling(struct reducer *reducer, expr_id condition) {
    const struct exprs *exprs = &reducer->system->exprs;
    const struct expr *node = expr_get(exprs, condition);
    const number_list *best = NULL;
    for (uint32_t i = 0; node->op == OP_AND && i < node->count; i++) {
        expr_id part = expr_args(exprs, condition)[i];
        if (reducer->cone.values[part] != 0)
            continue;
        const number_list *list = enabling_of(reducer, part);
        best = best == NULL || list->count < best->count ? list : best;
    }
    if (best == NULL)
        best = enabling_of(reducer, condition);
    for (size_t i = 0; i < best->count; i++)
        choose(reducer, best->at[i]);
}

static bool is_enabled(const struct reducer *reducer, transition_id t) {
    return reducer->cone.values[reducer->system->transitions.at[t].guard] != 0;
}

/* Closes the chosen set; true if it has an enabled transition. */
static bool close_chosen(struct reducer *reducer) {
    bool any = false;
    while (reducer->open.count > 0) {
        transition_id t = reducer->open.at[--reducer->open.count];
        if (!is_enabled(reducer, t)) {
            choose_enabling(reducer, reducer->system->transitions.at[t].guard);
            continue;
        }
        any = true;
        const number_list *list = interfering_with(reducer, t);
        for (size_t i = 0; i < list->count; i++)
            choose(reducer, list->at[i]);
    }
    return any;
}

/* A stubborn set: from the goal, or if nothing enabled leads there, from any enabled transition. */
static void choose_set(struct reducer *reducer, expr_id goal, transition_id some_enabled) {
    memset(reducer->chosen, 0, reducer->system->transitions.count);
    choose_enabling(reducer, goal);
    if (close_chosen(reducer))
        return;
    choose(reducer, some_enabled);
    close_chosen(reducer);
}

/* To be expanded: depth first what is nearest the goal, or first what can be part of the shortest way. */
static void enter(struct reducer *reducer, state_id id) {
    size_t estimate = reducer->left.at[id] + (reducer->is_deep ? 0 : reducer->steps.at[id]);
    while (reducer->open_at.count <= estimate)
        vec_push(&reducer->open_at, (number_list){0});
    vec_push(&reducer->open_at.at[estimate], id);
}

/* The state to be expanded next.  Of those that look equally good the last one, which has come furthest. */
static bool leave(struct reducer *reducer, state_id *id, size_t *estimate) {
    for (*estimate = 0; *estimate < reducer->open_at.count; ++*estimate)
        while (reducer->open_at.at[*estimate].count > 0) {
            *id = reducer->open_at.at[*estimate].at[--reducer->open_at.at[*estimate].count];
            if (!reducer->expanded.at[*id])
                return true;
        }
    return false;
}

static bool add_state(struct reducer *reducer, const int32_t *state, state_id parent, transition_id transition) {
    state_id id, before = state_set_count(reducer->set);
    uint32_t steps = before == 0 ? 0 : reducer->steps.at[parent] + 1;
    pack(reducer, state);
    if (!state_set_add(reducer->set, reducer->packed, 1, &id))
        return false;
    if (state_set_count(reducer->set) > before) {
        vec_push(&reducer->parents, parent);
        vec_push(&reducer->taken, transition);
        vec_push(&reducer->steps, steps);
        vec_push(&reducer->left, distance_of(&reducer->distance, state));
        vec_push(&reducer->expanded, false);
        enter(reducer, id);
    } else if (!reducer->is_deep && !reducer->expanded.at[id] && steps < reducer->steps.at[id]) {
        reducer->parents.at[id] = parent;
        reducer->taken.at[id] = transition;
        reducer->steps.at[id] = steps;
        enter(reducer, id);
    }
    return true;
}

static bool fire(struct reducer *reducer, state_id from, transition_id t) {
    const struct system *system = reducer->system;
    const struct system_transition *transition = &system->transitions.at[t];
    for (size_t i = 0; i < reducer->moving.count; i++)
        reducer->next[reducer->moving.at[i]] = reducer->state[reducer->moving.at[i]];
    for (uint32_t i = 0; i < transition->update_count; i++) {
        const struct system_update *update = &system->updates.at[transition->first_update + i];
        reducer->next[update->var] = reducer->cone.values[update->value];
    }
    return add_state(reducer, reducer->next, from, t);
}

static void give_trace(const struct reducer *reducer, state_id state, struct trace *trace) {
    for (state_id at = state; at != 0; at = reducer->parents.at[at])
        vec_push(&trace->steps, reducer->taken.at[at]);
    for (size_t i = 0, j = trace->steps.count; i + 1 < j; i++) { /* found backwards */
        transition_id swap = trace->steps.at[i];
        trace->steps.at[i] = trace->steps.at[--j];
        trace->steps.at[j] = swap;
    }
    trace->recovery = trace->steps.count;
}

/* ---- the search ---- */

static const char *limit_reached(const struct reducer *reducer, const struct budget *budget) {
    if (budget->stop != NULL && *budget->stop)
        return "interrupted";
    if (budget->max_states != 0 && state_set_count(reducer->set) >= budget->max_states)
        return "state limit";
    if (budget->timeout_seconds > 0 && seconds_since(budget->started) >= budget->timeout_seconds)
        return "time limit";
    return NULL;
}

static enum stubborn_end visit(struct reducer *reducer, struct stubborn_search *search, state_id id, bool *full) {
    const struct system *system = reducer->system;
    unpack(reducer, state_set_get(reducer->set, id), reducer->state);
    expr_cone_value(&reducer->cone, reducer->state, NULL);
    if (reducer->cone.values[search->goal] != 0) {
        give_trace(reducer, id, &search->trace);
        return STUBBORN_GOAL;
    }
    transition_id first = 0;
    while (first < system->transitions.count && !is_enabled(reducer, first))
        first++;
    if (first == system->transitions.count) {
        if (reducer->cone.values[search->fine] != 0)
            return STUBBORN_NOTHING;
        give_trace(reducer, id, &search->trace);
        return STUBBORN_DEADLOCK;
    }
    choose_set(reducer, search->goal, first);
    for (transition_id t = (transition_id)system->transitions.count;
         t-- > 0 && !*full;) /* what is last goes on first */
        if (reducer->chosen[t] && is_enabled(reducer, t))
            *full = !fire(reducer, id, t);
    return STUBBORN_NOTHING;
}

static void reducer_init(struct reducer *reducer, const struct system *system, const struct stubborn_search *search,
                         const struct budget *budget) {
    size_t vars = system->vars.count, transitions = system->transitions.count;
    reducer->system = system;
    reducer->expr_count = system->exprs.nodes.count;
    VEC(expr_id) roots = {0};
    vec_push(&roots, search->goal);
    vec_push(&roots, search->fine);
    for (size_t t = 0; t < transitions; t++)
        vec_push(&roots, system->transitions.at[t].guard);
    for (size_t u = 0; u < system->updates.count; u++)
        vec_push(&roots, system->updates.at[u].value);
    expr_cone_init_all(&reducer->cone, &system->exprs, roots.at, roots.count);
    vec_free(&roots);
    reducer->readers = zeroed(vars, sizeof(number_list));
    reducer->writers = zeroed(vars, sizeof(number_list));
    reducer->reads = zeroed(transitions, sizeof(number_list));
    reducer->written = zeroed(transitions, sizeof(number_list));
    reducer->interfering = zeroed(transitions, sizeof(number_list));
    reducer->has_interfering = zeroed(transitions, 1);
    reducer->enabling = zeroed(reducer->expr_count, sizeof(number_list));
    reducer->has_enabling = zeroed(reducer->expr_count, 1);
    reducer->chosen = zeroed(transitions, 1);
    reducer->state = zeroed(vars, sizeof(int32_t));
    reducer->next = zeroed(vars, sizeof(int32_t));
    reducer->read = zeroed(vars, 1);
    find_accesses(reducer);
    find_places(reducer);
    distance_init(&reducer->distance, system, reducer->abstraction, search->goal);
    reducer->packed = zeroed(reducer->words, sizeof(uint64_t));
    reducer->set = state_set_new(reducer->words, budget->max_bytes == 0 ? SIZE_MAX / 4 : budget->max_bytes);
}

static void clear_lists(number_list *lists, size_t count) {
    for (size_t i = 0; i < count; i++)
        vec_free(&lists[i]);
    free(lists);
}

static void reducer_clear(struct reducer *reducer) {
    size_t vars = reducer->system->vars.count, transitions = reducer->system->transitions.count;
    clear_lists(reducer->readers, vars);
    clear_lists(reducer->writers, vars);
    clear_lists(reducer->reads, transitions);
    clear_lists(reducer->written, transitions);
    clear_lists(reducer->interfering, transitions);
    clear_lists(reducer->enabling, reducer->expr_count);
    free(reducer->has_interfering);
    free(reducer->has_enabling);
    free(reducer->chosen);
    free(reducer->state);
    free(reducer->next);
    free(reducer->packed);
    vec_free(&reducer->open);
    vec_free(&reducer->parents);
    vec_free(&reducer->taken);
    vec_free(&reducer->steps);
    vec_free(&reducer->left);
    vec_free(&reducer->expanded);
    for (size_t i = 0; i < reducer->open_at.count; i++)
        vec_free(&reducer->open_at.at[i]);
    vec_free(&reducer->open_at);
    distance_clear(&reducer->distance);
    state_set_free(reducer->set);
    vec_free(&reducer->moving);
    free(reducer->places);
    vec_free(&reducer->found);
    free(reducer->read);
    expr_cone_clear(&reducer->cone);
}

enum stubborn_end stubborn_run(struct stubborn_search *search, const struct system *system,
                               struct abstraction *abstraction, const struct budget *budget) {
    struct reducer reducer = {.abstraction = abstraction, .is_deep = search->is_deep};
    reducer_init(&reducer, system, search, budget);
    enum stubborn_end end = STUBBORN_NOTHING;
    bool full = reducer.set == NULL;
    for (size_t v = 0; v < system->vars.count; v++)
        reducer.state[v] = reducer.next[v] = system->vars.at[v].initial;
    full = full || !add_state(&reducer, reducer.state, 0, 0);
    state_id id = 0;
    size_t estimate = 0;
    for (uint64_t expanded = 0; !full && end == STUBBORN_NOTHING && leave(&reducer, &id, &estimate); expanded++) {
        reducer.expanded.at[id] = true;
        end = visit(&reducer, search, id, &full);
        search->reason = expanded % 64 == 0 ? limit_reached(&reducer, budget) : NULL;
        if (end == STUBBORN_NOTHING && search->reason != NULL)
            end = STUBBORN_LIMIT;
    }
    if (full) {
        end = STUBBORN_LIMIT;
        search->reason = "memory limit";
    }
    if (end == STUBBORN_LIMIT && estimate > 0 && !search->is_deep)
        search->depth = (uint32_t)estimate - 1; /* of those with this estimate only a part was looked at */
    search->states = reducer.set == NULL ? 0 : state_set_count(reducer.set);
    reducer_clear(&reducer);
    return end;
}
