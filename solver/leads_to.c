/* The states without Q that can be reached from P without meeting Q are a graph.  Q does not come if some of them has
 * nothing fair enabled, or if some strongly connected component holds a fair loop: for everything fair a state where it
 * is not enabled, or an edge that takes it (Lichtenstein and Pnueli, POPL 1985; for weak fairness whole components are
 * enough, because a loop through all of a component meets all of them).  Components are Tarjan's (1972), which come in
 * reverse order of the edges between them, so the most calls up to Q are known when a component is complete. */
#include "solver/leads_to.h"

#include <string.h>

#include "solver/fairness.h"
#include "solver/trace.h"

#define WITHOUT_END UINT32_MAX
#define NOWHERE UINT32_MAX

struct edge {
    state_id from, to;
    transition_id transition;
};

struct graph {
    struct run *run;
    const struct system *system;
    const struct property *property;
    state_id count;
    bool *from, *to; /* P, Q */
    size_t edge_room;
    VEC(struct edge) edges; /* of states without Q, by state once sorted */
    bool is_full;
    size_t *first;           /* edges of state s: first[s] .. first[s + 1] */
    uint32_t *component;     /* NOWHERE: not in the graph */
    state_id *order;         /* states of the graph, component by component */
    size_t *component_first; /* in order */
    uint32_t component_count;
    uint32_t *calls;           /* by component: the most before Q, or WITHOUT_END */
    size_t fair_count, *fair;  /* by transition: what is fair, numbered from 0 as it occurs, or FAIRNESS_NONE */
    size_t *stamp;             /* by what is fair: the state that was looked at last, + 1 */
    uint32_t *enabled, *taken; /* by what is fair, of one component */
    uint32_t *parent;          /* travel(): the edge that led there */
    state_id *queue;
};

static bool is_call(const struct graph *graph, const struct edge *edge) {
    return system_action(graph->system, edge->transition)->by == BY_CLIENT;
}

static size_t fair_of(const struct graph *graph, const struct edge *edge) { return graph->fair[edge->transition]; }

/* Few of the numbers of what is fair occur. */
static void number_fair(struct graph *graph) {
    const struct system *system = graph->system;
    size_t all = fairness_count(system), *number = memory_resize(NULL, (all + 1) * sizeof *number);
    for (size_t i = 0; i < all; i++)
        number[i] = FAIRNESS_NONE;
    graph->fair = memory_resize(NULL, (system->transitions.count + 1) * sizeof *graph->fair);
    for (transition_id t = 0; t < system->transitions.count; t++) {
        size_t fair = fairness_of(system, t);
        if (fair != FAIRNESS_NONE && number[fair] == FAIRNESS_NONE)
            number[fair] = graph->fair_count++;
        graph->fair[t] = fair == FAIRNESS_NONE ? FAIRNESS_NONE : number[fair];
    }
    free(number);
}

static void collect(void *context, state_id from, transition_id transition, state_id to) {
    struct graph *graph = context;
    if (graph->to[from] || to == STATE_NONE || (graph->property->calm && graph->fair[transition] == FAIRNESS_NONE))
        return;
    if (graph->edges.count >= graph->edge_room)
        graph->is_full = true;
    else
        vec_push(&graph->edges, ((struct edge){from, to, transition}));
}

/* By state; those of a state stay in the order of transitions. */
static void sort_edges(struct graph *graph) {
    struct edge *sorted = memory_resize(NULL, (graph->edges.count + 1) * sizeof *sorted);
    memset(graph->first, 0, ((size_t)graph->count + 2) * sizeof *graph->first);
    for (size_t e = 0; e < graph->edges.count; e++)
        graph->first[graph->edges.at[e].from + 2]++;
    for (state_id s = 0; s < graph->count; s++)
        graph->first[s + 2] += graph->first[s + 1];
    for (size_t e = 0; e < graph->edges.count; e++)
        sorted[graph->first[graph->edges.at[e].from + 1]++] = graph->edges.at[e];
    free(graph->edges.at);
    graph->edges.at = sorted;
    graph->edges.room = graph->edges.count + 1;
}

/* ---- components ---- */

struct visit {
    state_id state;
    size_t edge;
};

struct tarjan {
    struct graph *graph;
    uint32_t *number, *low; /* 0: not met */
    uint32_t next;
    VEC(state_id) open;
    VEC(struct visit) path;
    size_t placed;
};

static void enter(struct tarjan *tarjan, state_id state) {
    tarjan->number[state] = tarjan->low[state] = ++tarjan->next;
    vec_push(&tarjan->open, state);
    vec_push(&tarjan->path, ((struct visit){state, tarjan->graph->first[state]}));
}

/* The most calls before Q from a state of the component. */
static uint32_t most_calls(const struct graph *graph, uint32_t component) {
    uint32_t most = 0;
    for (size_t i = graph->component_first[component]; i < graph->component_first[component + 1]; i++) {
        state_id s = graph->order[i];
        for (size_t e = graph->first[s]; e < graph->first[s + 1]; e++) {
            const struct edge *edge = &graph->edges.at[e];
            uint32_t rest = graph->to[edge->to] ? 0 : graph->calls[graph->component[edge->to]];
            if (!graph->to[edge->to] && graph->component[edge->to] == component) {
                if (is_call(graph, edge))
                    return WITHOUT_END;
                continue;
            }
            if (rest == WITHOUT_END)
                return WITHOUT_END;
            rest += is_call(graph, edge);
            most = rest > most ? rest : most;
        }
    }
    return most;
}

static void close_component(struct tarjan *tarjan, state_id root) {
    struct graph *graph = tarjan->graph;
    uint32_t component = graph->component_count++;
    graph->component_first[component] = tarjan->placed;
    state_id state;
    do {
        state = tarjan->open.at[--tarjan->open.count];
        graph->component[state] = component;
        graph->order[tarjan->placed++] = state;
    } while (state != root);
    graph->component_first[component + 1] = tarjan->placed;
    graph->calls[component] = most_calls(graph, component);
}

static void find_components(struct graph *graph) {
    struct tarjan tarjan = {.graph = graph};
    tarjan.number = calloc((size_t)graph->count + 1, sizeof *tarjan.number);
    tarjan.low = calloc((size_t)graph->count + 1, sizeof *tarjan.low);
    if (tarjan.number == NULL || tarjan.low == NULL)
        out_of_memory(graph->count);
    for (state_id start = 0; start < graph->count; start++) {
        if (!graph->from[start] || graph->to[start] || tarjan.number[start] != 0)
            continue;
        enter(&tarjan, start);
        while (tarjan.path.count > 0) {
            struct visit *visit = &tarjan.path.at[tarjan.path.count - 1];
            state_id s = visit->state;
            if (visit->edge < graph->first[s + 1]) {
                state_id to = graph->edges.at[visit->edge++].to;
                if (graph->to[to])
                    continue;
                if (tarjan.number[to] == 0)
                    enter(&tarjan, to);
                else if (graph->component[to] == NOWHERE && tarjan.number[to] < tarjan.low[s])
                    tarjan.low[s] = tarjan.number[to];
                continue;
            }
            tarjan.path.count--;
            if (tarjan.low[s] == tarjan.number[s])
                close_component(&tarjan, s);
            if (tarjan.path.count > 0) {
                state_id above = tarjan.path.at[tarjan.path.count - 1].state;
                if (tarjan.low[s] < tarjan.low[above])
                    tarjan.low[above] = tarjan.low[s];
            }
        }
    }
    free(tarjan.number);
    free(tarjan.low);
    vec_free(&tarjan.open);
    vec_free(&tarjan.path);
}

static bool is_inside(const struct graph *graph, const struct edge *edge) {
    return !graph->to[edge->to] && graph->component[edge->to] == graph->component[edge->from];
}

/* Is this fair thing enabled in the state? */
static bool is_enabled(const struct graph *graph, state_id state, size_t fair) {
    for (size_t e = graph->first[state]; e < graph->first[state + 1]; e++)
        if (fair_of(graph, &graph->edges.at[e]) == fair)
            return true;
    return false;
}

/* Nothing fair can happen: it may stay as it is. */
static bool is_stuck(const struct graph *graph, state_id state) {
    for (size_t e = graph->first[state]; e < graph->first[state + 1]; e++)
        if (fair_of(graph, &graph->edges.at[e]) != FAIRNESS_NONE)
            return false;
    return true;
}

/* Counts what is enabled and taken in the component. */
static void count_fair(struct graph *graph, uint32_t component) {
    memset(graph->enabled, 0, graph->fair_count * sizeof *graph->enabled);
    memset(graph->taken, 0, graph->fair_count * sizeof *graph->taken);
    memset(graph->stamp, 0, graph->fair_count * sizeof *graph->stamp);
    for (size_t i = graph->component_first[component]; i < graph->component_first[component + 1]; i++) {
        state_id s = graph->order[i];
        for (size_t e = graph->first[s]; e < graph->first[s + 1]; e++) {
            const struct edge *edge = &graph->edges.at[e];
            size_t fair = fair_of(graph, edge);
            bool inside = is_inside(graph, edge);
            if (fair == FAIRNESS_NONE)
                continue;
            graph->taken[fair] += inside;
            graph->enabled[fair] += graph->stamp[fair] != (size_t)s + 1;
            graph->stamp[fair] = (size_t)s + 1;
        }
    }
}

static size_t component_size(const struct graph *graph, uint32_t component) {
    return graph->component_first[component + 1] - graph->component_first[component];
}

static bool has_fair_loop(struct graph *graph, uint32_t component) {
    bool fair = true, turns = component_size(graph, component) > 1;
    state_id first = graph->order[graph->component_first[component]];
    for (size_t e = graph->first[first]; e < graph->first[first + 1]; e++)
        turns = turns || is_inside(graph, &graph->edges.at[e]);
    if (!turns)
        return false;
    count_fair(graph, component);
    for (size_t j = 0; j < graph->fair_count && fair; j++)
        fair = graph->taken[j] > 0 || graph->enabled[j] < component_size(graph, component);
    return fair;
}

/* ---- traces ---- */

typedef bool goal_test(const struct graph *graph, state_id state, size_t what);

static bool is_state(const struct graph *graph, state_id state, size_t what) {
    (void)graph;
    return state == what;
}

static bool is_in_component(const struct graph *graph, state_id state, size_t what) {
    return graph->component[state] == what;
}

static bool is_disabled(const struct graph *graph, state_id state, size_t what) {
    return !is_enabled(graph, state, what);
}

static size_t edge_inside(const struct graph *graph, state_id state, size_t fair) {
    for (size_t e = graph->first[state]; e < graph->first[state + 1]; e++)
        if (fair_of(graph, &graph->edges.at[e]) == fair && is_inside(graph, &graph->edges.at[e]))
            return e;
    return SIZE_MAX;
}

static bool takes(const struct graph *graph, state_id state, size_t what) {
    return edge_inside(graph, state, what) != SIZE_MAX;
}

static size_t call_inside(const struct graph *graph, state_id state) {
    for (size_t e = graph->first[state]; e < graph->first[state + 1]; e++)
        if (is_call(graph, &graph->edges.at[e]) && is_inside(graph, &graph->edges.at[e]))
            return e;
    return SIZE_MAX;
}

static bool calls_inside(const struct graph *graph, state_id state, size_t what) {
    return graph->component[state] == what && call_inside(graph, state) != SIZE_MAX;
}

static bool is_stuck_goal(const struct graph *graph, state_id state, size_t what) {
    (void)what;
    return is_stuck(graph, state);
}

/* Breadth first from these states to the first that meets the goal, inside one component or (NOWHERE) anywhere without
 * Q.  Its edges are appended to the trace, the state where it began is `*origin`.  STATE_NONE if there is no way. */
static state_id travel(struct graph *graph, const state_id *starts, size_t start_count, uint32_t component,
                       goal_test *goal, size_t what, struct trace *trace, state_id *origin) {
    size_t head = 0, tail = 0;
    state_id found = STATE_NONE;
    memset(graph->parent, 0xFF, (size_t)graph->count * sizeof *graph->parent);
    for (size_t i = 0; i < start_count; i++)
        if (graph->parent[starts[i]] == NOWHERE) {
            graph->parent[starts[i]] = NOWHERE - 1; /* a beginning */
            graph->queue[tail++] = starts[i];
        }
    while (head < tail && found == STATE_NONE) {
        state_id s = graph->queue[head++];
        if (goal(graph, s, what)) {
            found = s;
            break;
        }
        for (size_t e = graph->first[s]; e < graph->first[s + 1]; e++) {
            state_id to = graph->edges.at[e].to;
            if (graph->to[to] || graph->parent[to] != NOWHERE ||
                (component != NOWHERE && graph->component[to] != component))
                continue;
            graph->parent[to] = (uint32_t)e;
            graph->queue[tail++] = to;
        }
    }
    if (found == STATE_NONE)
        return STATE_NONE;
    size_t before = trace->steps.count;
    state_id at = found;
    while (graph->parent[at] != NOWHERE - 1) {
        const struct edge *edge = &graph->edges.at[graph->parent[at]];
        vec_push(&trace->steps, edge->transition);
        at = edge->from;
    }
    for (size_t i = before, k = trace->steps.count; i + 1 < k; i++, k--) {
        transition_id kept = trace->steps.at[i];
        trace->steps.at[i] = trace->steps.at[k - 1];
        trace->steps.at[k - 1] = kept;
    }
    if (origin != NULL)
        *origin = at;
    return found;
}

/* From the initial state to one with P, then on to the goal. */
static state_id come_to(struct graph *graph, struct explorer *explorer, goal_test *goal, size_t what,
                        struct trace *trace) {
    VEC(state_id) starts = {0};
    struct trace rest = {0};
    state_id origin = STATE_NONE;
    for (state_id s = 0; s < graph->count; s++)
        if (graph->from[s] && !graph->to[s])
            vec_push(&starts, s);
    state_id found = travel(graph, starts.at, starts.count, NOWHERE, goal, what, &rest, &origin);
    trace->steps.count = 0;
    if (found != STATE_NONE)
        explorer_path(explorer, origin, trace);
    for (size_t i = 0; i < rest.steps.count; i++)
        vec_push(&trace->steps, rest.steps.at[i]);
    trace->recovery = trace->steps.count;
    vec_free(&starts);
    vec_free(&rest.steps);
    return found;
}

static state_id go(struct graph *graph, state_id at, goal_test *goal, size_t what, struct trace *trace) {
    return travel(graph, &at, 1, graph->component[at], goal, what, trace, NULL);
}

static state_id take(const struct graph *graph, size_t edge, struct trace *trace) {
    vec_push(&trace->steps, graph->edges.at[edge].transition);
    return graph->edges.at[edge].to;
}

/* Round the component, past all that is fair. */
static void add_fair_loop(struct graph *graph, state_id start, struct trace *trace) {
    state_id at = start;
    size_t size = component_size(graph, graph->component[start]);
    count_fair(graph, graph->component[start]);
    for (size_t j = 0; j < graph->fair_count; j++) {
        if (graph->enabled[j] == size) {
            at = go(graph, at, takes, j, trace);
            at = take(graph, edge_inside(graph, at, j), trace);
        } else if (graph->enabled[j] > 0) {
            at = go(graph, at, is_disabled, j, trace);
        }
    }
    for (size_t e = graph->first[at]; at == start && trace->steps.count == trace->recovery; e++)
        if (is_inside(graph, &graph->edges.at[e]))
            at = take(graph, e, trace);
    go(graph, at, is_state, start, trace);
}

/* The way with the most calls from this state, until they are too many. */
static void add_calls(struct graph *graph, state_id at, uint32_t within, struct trace *trace) {
    uint32_t made = 0;
    while (made <= within) {
        uint32_t component = graph->component[at], best = 0;
        size_t chosen = SIZE_MAX;
        for (size_t i = graph->component_first[component]; i < graph->component_first[component + 1]; i++)
            for (size_t e = graph->first[graph->order[i]]; e < graph->first[graph->order[i] + 1]; e++) {
                const struct edge *edge = &graph->edges.at[e];
                if (is_inside(graph, edge))
                    continue;
                uint32_t calls =
                    is_call(graph, edge) + (graph->to[edge->to] ? 0 : graph->calls[graph->component[edge->to]]);
                if (chosen == SIZE_MAX || calls > best) {
                    best = calls;
                    chosen = e;
                }
            }
        go(graph, at, is_state, graph->edges.at[chosen].from, trace);
        made += is_call(graph, &graph->edges.at[chosen]);
        at = take(graph, chosen, trace);
    }
}

/* ---- the answer ---- */

static void refute(struct graph *graph, struct result *result, const char *turn, const char *reason) {
    result->verdict = VERDICT_VIOLATED;
    result->has_trace = true;
    result->reason = reason;
    result->trace.turn = turn;
    result->depth = (uint32_t)result->trace.steps.count;
    trace_check_result(graph->run->system, result);
}

static bool find_stuck(struct graph *graph, struct explorer *explorer, struct result *result) {
    if (come_to(graph, explorer, is_stuck_goal, 0, &result->trace) == STATE_NONE)
        return false;
    refute(graph, result, NULL, "from here on nothing needs to happen any more");
    return true;
}

static bool find_loop(struct graph *graph, struct explorer *explorer, struct result *result) {
    for (uint32_t c = 0; c < graph->component_count; c++) {
        if (!has_fair_loop(graph, c))
            continue;
        state_id start = come_to(graph, explorer, is_in_component, c, &result->trace);
        add_fair_loop(graph, start, &result->trace);
        refute(graph, result, "from here on for ever", "a loop that need not end");
        return true;
    }
    return false;
}

static bool find_calls(struct graph *graph, struct explorer *explorer, struct result *result, state_id worst) {
    uint32_t most = graph->calls[graph->component[worst]], within = (uint32_t)graph->property->within;
    if (most != WITHOUT_END && most <= within)
        return false;
    if (most != WITHOUT_END) {
        come_to(graph, explorer, is_state, worst, &result->trace);
        add_calls(graph, worst, within, &result->trace);
        refute(graph, result, "here the calls begin to count",
               arena_format(&result->arena, "worst case: %u API call%s", most, most == 1 ? "" : "s"));
        return true;
    }
    for (uint32_t c = 0; c < graph->component_count; c++) {
        state_id start = STATE_NONE;
        for (size_t i = graph->component_first[c]; i < graph->component_first[c + 1] && start == STATE_NONE; i++)
            if (calls_inside(graph, graph->order[i], c))
                start = come_to(graph, explorer, calls_inside, c, &result->trace);
        if (start == STATE_NONE)
            continue;
        state_id at = take(graph, call_inside(graph, start), &result->trace);
        go(graph, at, is_state, start, &result->trace);
        refute(graph, result, "from here on as often as it likes", "no bound on the number of API calls");
        return true;
    }
    return false;
}

static void judge(struct graph *graph, struct explorer *explorer, struct result *result) {
    state_id worst = STATE_NONE;
    bool any = false;
    find_components(graph);
    for (state_id s = 0; s < graph->count; s++) {
        any = any || graph->from[s];
        if (graph->from[s] && !graph->to[s] &&
            (worst == STATE_NONE || graph->calls[graph->component[s]] > graph->calls[graph->component[worst]]))
            worst = s;
    }
    bool limited = graph->property->within_term != NULL;
    if (worst != STATE_NONE && (find_stuck(graph, explorer, result) || find_loop(graph, explorer, result) ||
                                (limited && find_calls(graph, explorer, result, worst))))
        return;
    result->verdict = VERDICT_HOLDS;
    uint32_t most = worst == STATE_NONE ? 0 : graph->calls[graph->component[worst]];
    if (!any)
        result->reason = "no reachable state meets 'from'";
    else if (limited)
        result->reason = arena_format(&result->arena, "worst case: %u API call%s", most, most == 1 ? "" : "s");
}

static void *array(size_t count, size_t size) {
    void *memory = memory_resize(NULL, (count + 2) * size);
    memset(memory, 0, (count + 2) * size);
    return memory;
}

void leads_to_decide(struct explorer *explorer, struct run *run, size_t index) {
    const struct system_property *property = &run->system->properties.at[index];
    struct result *result = &run->results.at[index];
    state_id n = explorer_count(explorer);
    struct graph graph = {.run = run, .system = run->system, .property = property->property, .count = n};
    size_t per_state = 2 * sizeof(bool) + 2 * sizeof(size_t) + 7 * sizeof(uint32_t), bytes = run->budget.max_bytes;
    if (bytes > 0 && bytes / 2 < n * per_state) {
        result->reason = "memory limit: no room for the graph of states";
        return;
    }
    graph.edge_room = bytes == 0 ? NOWHERE - 2 : (bytes / 2 - n * per_state) / (2 * sizeof(struct edge));
    graph.from = array(n, sizeof *graph.from);
    graph.to = array(n, sizeof *graph.to);
    explorer_mark(explorer, property->from, graph.from);
    explorer_mark(explorer, property->holds, graph.to);
    number_fair(&graph);
    bool good = explorer_edges(explorer, false, collect, &graph);
    if (!good || graph.is_full) {
        result->reason = good ? "memory limit: too many steps for the graph of states"
                              : "stopped while the graph of states was made: time limit";
    } else {
        graph.first = array(n, sizeof *graph.first);
        graph.component = array(n, sizeof *graph.component);
        memset(graph.component, 0xFF, n * sizeof *graph.component);
        graph.order = array(n, sizeof *graph.order);
        graph.component_first = array(n, sizeof *graph.component_first);
        graph.calls = array(n, sizeof *graph.calls);
        graph.parent = array(n, sizeof *graph.parent);
        graph.queue = array(n, sizeof *graph.queue);
        graph.stamp = array(graph.fair_count, sizeof *graph.stamp);
        graph.enabled = array(graph.fair_count, sizeof *graph.enabled);
        graph.taken = array(graph.fair_count, sizeof *graph.taken);
        sort_edges(&graph);
        judge(&graph, explorer, result);
    }
    void *parts[] = {graph.from,  graph.to,     graph.first, graph.component, graph.order,   graph.component_first,
                     graph.calls, graph.parent, graph.queue, graph.stamp,     graph.enabled, graph.taken,
                     graph.fair};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        free(parts[i]);
    vec_free(&graph.edges);
}

/* ---- the plain evaluator's view ---- */

struct witness {
    const struct system *system;
    struct evaluator *evaluator;
    const struct property *property;
    const struct trace *trace;
    const int32_t *states;
};

static const int32_t *state_at(const struct witness *witness, size_t i) {
    return witness->states + i * witness->system->rulebook->state_width;
}

static bool meets(const struct witness *witness, const struct term *term, size_t i) {
    bool value = true;
    return term == NULL || (eval_condition(witness->evaluator, term, witness->property->frame, state_at(witness, i),
                                           NULL, NULL, &value) == EVAL_OK &&
                            value);
}

/* A calm time does not begin before the step behind this state. */
static bool is_disturbed(const struct witness *witness, size_t i) {
    return witness->property->calm && i < witness->trace->steps.count &&
           fairness_of(witness->system, witness->trace->steps.at[i]) == FAIRNESS_NONE;
}

/* The first state with P from which on, up to state `last`, none has Q; SIZE_MAX if there is none. */
static size_t waits_from(const struct witness *witness, size_t last) {
    size_t begun = SIZE_MAX;
    for (size_t i = last + 1; i-- > 0 && !meets(witness, witness->property->term, i) && !is_disturbed(witness, i);)
        if (meets(witness, witness->property->from, i))
            begun = i;
    return begun;
}

/* Sets the marks of all that is fair and enabled in the state. */
static void mark_enabled(const struct witness *witness, size_t i, bool *marks) {
    const struct system *system = witness->system;
    int32_t *next = memory_resize(NULL, (system->rulebook->state_width + 1) * sizeof *next);
    for (transition_id t = 0; t < system->transitions.count; t++) {
        size_t fair = fairness_of(system, t);
        if (fair != FAIRNESS_NONE && !marks[fair])
            marks[fair] = eval_step(witness->evaluator, system_action(system, t),
                                    system->arguments.at + system->transitions.at[t].arguments, true,
                                    state_at(witness, i), next) == EVAL_OK;
    }
    free(next);
}

/* Do the states from `first` on, with the steps between them, leave nothing fair out? */
static bool is_fair(const struct witness *witness, size_t first, size_t last) {
    size_t count = fairness_count(witness->system);
    bool *always = memory_resize(NULL, count + 1), *here = memory_resize(NULL, count + 1), fair = true;
    memset(always, true, count + 1);
    for (size_t i = first; i <= last; i++) {
        memset(here, false, count + 1);
        mark_enabled(witness, i, here);
        for (size_t j = 0; j < count; j++)
            always[j] = always[j] && here[j];
    }
    for (size_t i = first; i < last; i++) {
        size_t taken = fairness_of(witness->system, witness->trace->steps.at[i]);
        if (taken != FAIRNESS_NONE)
            always[taken] = false;
    }
    for (size_t j = 0; j < count; j++)
        fair = fair && !always[j];
    free(always);
    free(here);
    return fair;
}

/* Are both states the same, in all that the system knows? */
static bool is_loop(const struct witness *witness, size_t first, size_t last) {
    const struct system *system = witness->system;
    for (size_t v = 0; v < system->vars.count; v++)
        if (state_at(witness, first)[system->vars.at[v].slot] != state_at(witness, last)[system->vars.at[v].slot])
            return false;
    return first < last;
}

static uint32_t calls_between(const struct witness *witness, size_t first, size_t last) {
    uint32_t calls = 0;
    for (size_t i = first; i < last; i++)
        calls += system_action(witness->system, witness->trace->steps.at[i])->by == BY_CLIENT;
    return calls;
}

bool leads_to_confirm(const struct system *system, struct evaluator *evaluator, const struct property *property,
                      const struct trace *trace, const int32_t *states) {
    struct witness witness = {system, evaluator, property, trace, states};
    size_t count = trace->steps.count, turn = trace->recovery;
    bool limited = property->within_term != NULL;
    if (limited && count > 0) { /* too many calls; the last may meet Q, because it was made before */
        size_t begun = waits_from(&witness, count - 1);
        if (begun != SIZE_MAX && calls_between(&witness, begun, count) > (uint32_t)property->within)
            return true;
    }
    size_t begun = waits_from(&witness, count);
    if (begun == SIZE_MAX || begun > turn)
        return false;
    if (turn == count)
        return is_fair(&witness, count, count);
    return is_loop(&witness, turn, count) &&
           (is_fair(&witness, turn, count) || (limited && calls_between(&witness, turn, count) > 0));
}
