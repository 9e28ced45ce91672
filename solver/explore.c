#include "solver/explore.h"

#include <assert.h>
#include <string.h>

#include "solver/program.h"

struct explorer {
    const struct system *system;
    const struct budget *budget;
    struct layout layout;
    struct state_set *set;
    struct program *program;    /* successors and the checks that are still open */
    struct program *successors; /* successors only; made when first needed */
    VEC(expr_id) checks;
    VEC(uint32_t) open; /* the checks of `program`, by its check number */
    state_id *hits;
    bool *fired;
    VEC(state_id) levels; /* the first state of each */
    void *registers;
    size_t register_bytes;
    uint64_t *block; /* PROGRAM_BLOCK successors */
    uint32_t lanes[PROGRAM_BLOCK];
    transition_id transitions[PROGRAM_BLOCK];
    state_id batch_first;
    bool is_full;
    size_t hits_since_program;
    struct timespec started;
};

static void prepare_registers(struct explorer *explorer, const struct program *program) {
    size_t bytes = program_register_bytes(program);
    if (bytes <= explorer->register_bytes)
        return;
    free(explorer->registers);
    explorer->registers = program_registers(program);
    explorer->register_bytes = bytes;
}

static void make_program(struct explorer *explorer) {
    VEC(expr_id) roots = {0};
    explorer->open.count = 0;
    for (uint32_t i = 0; i < explorer->checks.count; i++)
        if (explorer->hits[i] == STATE_NONE && explorer->checks.at[i] != EXPR_FALSE) {
            vec_push(&explorer->open, i);
            vec_push(&roots, explorer->checks.at[i]);
        }
    program_free(explorer->program);
    explorer->program = program_new(explorer->system, &explorer->layout, true, roots.at, roots.count);
    explorer->hits_since_program = 0;
    prepare_registers(explorer, explorer->program);
    vec_free(&roots);
}

struct explorer *explorer_new(const struct system *system, const struct budget *budget, const expr_id *checks,
                              size_t check_count) {
    struct explorer *explorer = memory_resize(NULL, sizeof *explorer);
    *explorer = (struct explorer){.system = system, .budget = budget};
    clock_gettime(CLOCK_MONOTONIC, &explorer->started);
    if (budget->started != NULL)
        explorer->started = *budget->started;
    layout_init(&explorer->layout, system);
    explorer->set = state_set_new(explorer->layout.words, budget->max_bytes == 0 ? SIZE_MAX / 4 : budget->max_bytes);
    explorer->hits = memory_resize(NULL, (check_count + 1) * sizeof *explorer->hits);
    explorer->fired = memory_resize(NULL, system->transitions.count + 1);
    memset(explorer->fired, 0, system->transitions.count + 1);
    for (size_t i = 0; i < check_count; i++) {
        vec_push(&explorer->checks, checks[i]);
        explorer->hits[i] = STATE_NONE;
    }
    explorer->block = memory_resize(NULL, PROGRAM_BLOCK * explorer->layout.words * sizeof(uint64_t));
    if (explorer->set == NULL) {
        explorer_free(explorer);
        return NULL;
    }
    make_program(explorer);
    return explorer;
}

void explorer_free(struct explorer *explorer) {
    if (explorer == NULL)
        return;
    program_free(explorer->program);
    program_free(explorer->successors);
    state_set_free(explorer->set);
    layout_clear(&explorer->layout);
    vec_free(&explorer->checks);
    vec_free(&explorer->open);
    vec_free(&explorer->levels);
    free(explorer->hits);
    free(explorer->fired);
    free(explorer->registers);
    free(explorer->block);
    free(explorer);
}

static struct program_sink new_sink(struct explorer *explorer, bool (*flush)(struct program_sink *)) {
    return (struct program_sink){.states = explorer->block,
                                 .lanes = explorer->lanes,
                                 .transitions = explorer->transitions,
                                 .flush = flush,
                                 .context = explorer};
}

/* ---- the search ---- */

static bool store(struct program_sink *sink) {
    struct explorer *explorer = sink->context;
    for (size_t i = 0; i < sink->count; i++)
        explorer->fired[explorer->transitions[i]] = true;
    explorer->is_full = !state_set_add(explorer->set, explorer->block, sink->count, NULL);
    sink->count = 0;
    return !explorer->is_full;
}

static void note_hit(struct program_sink *sink, uint32_t check, uint32_t lane) {
    struct explorer *explorer = sink->context;
    state_id *hit = &explorer->hits[explorer->open.at[check]];
    if (*hit != STATE_NONE)
        return;
    *hit = explorer->batch_first + lane;
    explorer->hits_since_program++;
}

static void update_stats(const struct explorer *explorer, const struct program_sink *sink, state_id expanded,
                         struct stats *stats) {
    stats->states = state_set_count(explorer->set);
    stats->transitions = sink->fired;
    stats->depth = explorer->levels.count == 0 ? 0 : (uint32_t)explorer->levels.count - 1;
    stats->seconds = seconds_since(&explorer->started);
    stats->peak_bytes = state_set_peak_bytes(explorer->set) + explorer->register_bytes;
    stats->state_bits = explorer->layout.bits;
    stats->threads = 1;
    stats->queue = stats->states - expanded;
}

static const char *limit_reached(const struct explorer *explorer, const struct stats *stats) {
    const struct budget *budget = explorer->budget;
    if (explorer->is_full)
        return "memory limit";
    if (budget->stop != NULL && *budget->stop)
        return "interrupted";
    if (budget->max_states != 0 && stats->states >= budget->max_states && stats->queue > 0)
        return "state limit";
    if (budget->timeout_seconds > 0 && stats->seconds >= budget->timeout_seconds)
        return "time limit";
    return NULL;
}

enum explore_end explorer_run(struct explorer *explorer, bool (*decided)(void *context), void *context,
                              struct stats *stats) {
    const struct budget *budget = explorer->budget;
    struct program_sink sink = new_sink(explorer, store);
    sink.hit = note_hit;
    int32_t *initial = memory_resize(NULL, (explorer->system->vars.count + 1) * sizeof *initial);
    for (size_t i = 0; i < explorer->system->vars.count; i++)
        initial[i] = explorer->system->vars.at[i].initial;
    layout_pack(&explorer->layout, explorer->system, initial, explorer->block);
    free(initial);
    state_set_add(explorer->set, explorer->block, 1, NULL);
    double last_progress = 0;
    state_id next = 0;
    size_t batches = 0;
    while (next < state_set_count(explorer->set)) {
        state_id end = state_set_count(explorer->set);
        vec_push(&explorer->levels, next);
        if (explorer->levels.count - 1 == budget->max_depth) { /* look at these states, but go no further */
            update_stats(explorer, &sink, next, stats);
            stats->reason = "depth limit";
            struct program *program = explorer->program;
            VEC(expr_id) roots = {0};
            for (size_t i = 0; i < explorer->open.count; i++)
                vec_push(&roots, explorer->checks.at[explorer->open.at[i]]);
            explorer->program = program_new(explorer->system, &explorer->layout, false, roots.at, roots.count);
            prepare_registers(explorer, explorer->program);
            vec_free(&roots);
            for (; next < end; next += LANES) {
                explorer->batch_first = next;
                program_run(explorer->program, explorer->registers, state_set_get(explorer->set, next),
                            end - next < LANES ? end - next : LANES, &sink);
            }
            program_free(program);
            return EXPLORE_LIMIT;
        }
        while (next < end) {
            size_t count = end - next < LANES ? end - next : LANES;
            explorer->batch_first = next;
            program_run(explorer->program, explorer->registers, state_set_get(explorer->set, next), count, &sink);
            if (!explorer->is_full)
                next += (state_id)count;
            if (++batches % 64 == 0 || explorer->is_full || budget->max_states != 0) {
                update_stats(explorer, &sink, next, stats);
                stats->reason = limit_reached(explorer, stats);
                if (stats->reason != NULL)
                    return EXPLORE_LIMIT;
                if (budget->progress != NULL && stats->seconds - last_progress > 0.2) {
                    last_progress = stats->seconds;
                    budget->progress(budget->progress_context, stats);
                }
            }
        }
        update_stats(explorer, &sink, next, stats);
        stats->reason = limit_reached(explorer, stats);
        if (stats->reason != NULL && stats->queue > 0)
            return EXPLORE_LIMIT;
        if (decided != NULL && decided(context) && stats->queue > 0)
            return EXPLORE_DECIDED;
        if (explorer->hits_since_program > explorer->open.count / 4)
            make_program(explorer);
    }
    update_stats(explorer, &sink, next, stats);
    stats->complete = true;
    stats->reason = NULL;
    return EXPLORE_COMPLETE;
}

/* ---- afterwards ---- */

state_id explorer_hit(const struct explorer *explorer, size_t check) { return explorer->hits[check]; }
bool explorer_fired(const struct explorer *explorer, transition_id transition) { return explorer->fired[transition]; }
state_id explorer_count(const struct explorer *explorer) { return state_set_count(explorer->set); }

uint32_t explorer_depth(const struct explorer *explorer, state_id state) {
    uint32_t level = (uint32_t)explorer->levels.count - 1;
    while (explorer->levels.at[level] > state)
        level--;
    return level;
}

void explorer_unpack(const struct explorer *explorer, state_id state, int32_t *values) {
    layout_unpack(&explorer->layout, explorer->system, state_set_get(explorer->set, state), values);
}

static void prepare_successors(struct explorer *explorer) {
    if (explorer->successors == NULL)
        explorer->successors = program_new(explorer->system, &explorer->layout, true, NULL, 0);
    prepare_registers(explorer, explorer->successors);
}

struct path_search {
    struct explorer *explorer;
    const uint64_t *target;
    uint32_t lane; /* of the predecessor, UINT32_MAX while there is none */
    transition_id transition;
};

static bool compare_successors(struct program_sink *sink) {
    struct path_search *search = sink->context;
    size_t words = search->explorer->layout.words;
    for (size_t i = 0; i < sink->count; i++) {
        uint32_t lane = sink->lanes[i];
        bool better = search->lane == UINT32_MAX || lane < search->lane;
        if (better && memcmp(sink->states + i * words, search->target, words * sizeof(uint64_t)) == 0) {
            search->lane = lane;
            search->transition = sink->transitions[i];
        }
    }
    sink->count = 0;
    return true;
}

void explorer_path(struct explorer *explorer, state_id state, struct trace *trace) {
    size_t first = trace->steps.count;
    prepare_successors(explorer);
    for (uint32_t level = explorer_depth(explorer, state); level > 0; level--) {
        struct path_search search = {explorer, state_set_get(explorer->set, state), UINT32_MAX, 0};
        struct program_sink sink = new_sink(explorer, compare_successors);
        sink.context = &search;
        state_id next = explorer->levels.at[level - 1], end = explorer->levels.at[level];
        while (search.lane == UINT32_MAX) {
            assert(next < end);
            size_t count = end - next < LANES ? end - next : LANES;
            program_run(explorer->successors, explorer->registers, state_set_get(explorer->set, next), count, &sink);
            if (search.lane == UINT32_MAX)
                next += (state_id)count;
        }
        state = next + search.lane;
        vec_push(&trace->steps, search.transition);
    }
    for (size_t i = first, j = trace->steps.count; i + 1 < j; i++) { /* found backwards */
        transition_id swap = trace->steps.at[i];
        trace->steps.at[i] = trace->steps.at[--j];
        trace->steps.at[j] = swap;
    }
}

struct edge_walk {
    struct explorer *explorer;
    explorer_edge *edge;
    void *context;
};

static bool show_edges(struct program_sink *sink) {
    struct edge_walk *walk = sink->context;
    state_id ids[PROGRAM_BLOCK];
    state_set_find(walk->explorer->set, sink->states, sink->count, ids);
    for (size_t i = 0; i < sink->count; i++)
        if (ids[i] != STATE_NONE)
            walk->edge(walk->context, walk->explorer->batch_first + sink->lanes[i], sink->transitions[i], ids[i]);
    sink->count = 0;
    return true;
}

bool explorer_edges(struct explorer *explorer, bool descending, explorer_edge *edge, void *context) {
    struct edge_walk walk = {explorer, edge, context};
    struct program_sink sink = new_sink(explorer, show_edges);
    sink.context = &walk;
    prepare_successors(explorer);
    state_id total = state_set_count(explorer->set), batches = (total + LANES - 1) / LANES;
    for (state_id i = 0; i < batches; i++) {
        state_id first = (descending ? batches - 1 - i : i) * LANES;
        explorer->batch_first = first;
        program_run(explorer->successors, explorer->registers, state_set_get(explorer->set, first),
                    total - first < LANES ? total - first : LANES, &sink);
        const struct budget *budget = explorer->budget;
        if (i % 64 == 0 &&
            ((budget->stop != NULL && *budget->stop) ||
             (budget->timeout_seconds > 0 && seconds_since(&explorer->started) > budget->timeout_seconds)))
            return false;
    }
    return true;
}

void explorer_edges_of(struct explorer *explorer, state_id state, explorer_edge *edge, void *context) {
    struct edge_walk walk = {explorer, edge, context};
    struct program_sink sink = new_sink(explorer, show_edges);
    sink.context = &walk;
    prepare_successors(explorer);
    explorer->batch_first = state;
    program_run(explorer->successors, explorer->registers, state_set_get(explorer->set, state), 1, &sink);
}

void explorer_mark(struct explorer *explorer, expr_id condition, bool *marks) {
    const struct system *system = explorer->system;
    int32_t *state = memory_resize(NULL, (system->vars.count + 1) * sizeof *state);
    struct expr_cone cone;
    expr_cone_init(&cone, &system->exprs, condition);
    for (state_id id = 0; id < state_set_count(explorer->set); id++) {
        explorer_unpack(explorer, id, state);
        marks[id] = expr_cone_value(&cone, state, NULL) != 0;
    }
    expr_cone_clear(&cone);
    free(state);
}

struct closure {
    struct explorer *explorer;
    bool is_open;
};

static bool find_all(struct program_sink *sink) {
    struct closure *closure = sink->context;
    state_id ids[PROGRAM_BLOCK];
    state_set_find(closure->explorer->set, sink->states, sink->count, ids);
    for (size_t i = 0; i < sink->count; i++)
        closure->is_open = closure->is_open || ids[i] == STATE_NONE;
    sink->count = 0;
    return !closure->is_open;
}

static void open_closure(struct program_sink *sink, uint32_t check, uint32_t lane) {
    struct closure *closure = sink->context;
    (void)check;
    (void)lane;
    closure->is_open = true;
}

static bool has_same_vars(const struct system *a, const struct system *b) {
    for (size_t i = 0; i < a->vars.count && a->vars.count == b->vars.count; i++) {
        const struct system_var *v = &a->vars.at[i], *w = &b->vars.at[i];
        if (v->slot != w->slot || v->low != w->low || v->high != w->high || v->initial != w->initial)
            return false;
    }
    return a->vars.count == b->vars.count;
}

bool explorer_is_closed(struct explorer *explorer, const struct system *other, const struct action *action,
                        const expr_id *checks, size_t check_count) {
    if (!has_same_vars(explorer->system, other))
        return false;
    struct program *program = program_new_of(other, &explorer->layout, action, checks, check_count);
    struct closure closure = {.explorer = explorer};
    struct program_sink sink = new_sink(explorer, find_all);
    sink.context = &closure;
    sink.hit = open_closure;
    prepare_registers(explorer, program);
    state_id total = state_set_count(explorer->set);
    for (state_id next = 0; next < total && !closure.is_open; next += LANES)
        program_run(program, explorer->registers, state_set_get(explorer->set, next),
                    total - next < LANES ? total - next : LANES, &sink);
    program_free(program);
    return !closure.is_open;
}
