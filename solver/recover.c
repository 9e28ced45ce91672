#include "solver/recover.h"

#include <string.h>

#include "solver/trace.h"

/* The distance to the goal: API calls first, then steps; one number, so that smaller is nearer. */
#define CALL (UINT32_C(1) << 20)
#define FAR UINT32_MAX

struct distances {
    const struct system *system;
    uint32_t *to_goal; /* by state */
    bool changed;
    state_id next; /* choose_step: the successor on the way, STATE_NONE while there is none */
    transition_id step;
};

static uint32_t through(const struct distances *distances, transition_id transition, state_id to) {
    uint32_t rest = distances->to_goal[to];
    uint32_t cost = system_action(distances->system, transition)->by == BY_CLIENT ? CALL + 1 : 1;
    return rest > FAR - 2 * CALL ? FAR : rest + cost;
}

/* Bellman and Ford: a state is at most one step farther from the goal than its successor. */
static void relax(void *context, state_id from, transition_id transition, state_id to) {
    struct distances *distances = context;
    uint32_t distance = through(distances, transition, to);
    if (distance < distances->to_goal[from]) {
        distances->to_goal[from] = distance;
        distances->changed = true;
    }
}

static void choose_step(void *context, state_id from, transition_id transition, state_id to) {
    struct distances *distances = context;
    if (distances->next == STATE_NONE && through(distances, transition, to) == distances->to_goal[from]) {
        distances->next = to;
        distances->step = transition;
    }
}

static void add_way(struct explorer *explorer, struct distances *distances, state_id state, struct trace *trace) {
    while (distances->to_goal[state] != 0) {
        distances->next = STATE_NONE;
        explorer_edges_of(explorer, state, choose_step, distances);
        vec_push(&trace->steps, distances->step);
        state = distances->next;
    }
}

/* The first of the states that are farthest from the goal, among those with P. */
static state_id find_worst(const struct distances *distances, const bool *from, state_id count) {
    state_id worst = STATE_NONE;
    for (state_id id = 0; id < count; id++)
        if (from[id] && (worst == STATE_NONE || distances->to_goal[id] / CALL > distances->to_goal[worst] / CALL))
            worst = id;
    return worst;
}

static void report(struct explorer *explorer, struct run *run, size_t index, struct distances *distances,
                   const bool *from) {
    struct result *result = &run->results.at[index];
    uint32_t within = (uint32_t)result->property->within;
    state_id worst = find_worst(distances, from, explorer_count(explorer));
    if (worst == STATE_NONE) {
        result->verdict = VERDICT_HOLDS;
        result->reason = "no reachable state meets 'from'";
        return;
    }
    uint32_t distance = distances->to_goal[worst];
    result->verdict = distance != FAR && distance / CALL <= within ? VERDICT_HOLDS : VERDICT_VIOLATED;
    result->has_trace = true;
    explorer_path(explorer, worst, &result->trace);
    result->trace.recovery = result->trace.steps.count;
    if (distance == FAR) {
        result->reason = "there is no way back at all";
    } else {
        add_way(explorer, distances, worst, &result->trace);
        result->reason =
            arena_format(&result->arena, "worst case: %u API call%s", distance / CALL, distance / CALL == 1 ? "" : "s");
    }
    result->depth = (uint32_t)result->trace.steps.count;
    trace_check_result(run->system, result);
}

void recover_decide(struct explorer *explorer, struct run *run, size_t index) {
    const struct system_property *property = &run->system->properties.at[index];
    state_id count = explorer_count(explorer);
    bool *marks = memory_resize(NULL, count);
    struct distances distances = {.system = run->system, .to_goal = memory_resize(NULL, count * sizeof(uint32_t))};
    explorer_mark(explorer, property->holds, marks);
    for (state_id id = 0; id < count; id++)
        distances.to_goal[id] = marks[id] ? 0 : FAR;
    bool good = true, descending = true;
    do { /* states near the goal tend to come late, so the first pass goes backwards */
        distances.changed = false;
        good = explorer_edges(explorer, descending, relax, &distances);
        descending = !descending;
    } while (good && distances.changed);
    if (good) {
        explorer_mark(explorer, property->from, marks);
        report(explorer, run, index, &distances, marks);
    } else {
        run->results.at[index].reason = "stopped while the ways back were measured: time limit";
    }
    free(distances.to_goal);
    free(marks);
}
