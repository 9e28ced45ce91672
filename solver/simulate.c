#include "solver/simulate.h"

#include <string.h>

#include "base/hash.h"
#include "solver/program.h"
#include "solver/questions.h"
#include "solver/trace.h"

struct walk {
    uint64_t number, random;
    struct trace trace;
    uint64_t seen; /* successors in this round */
    transition_id chosen;
};

struct simulator {
    struct run *run;
    struct simulation *simulation;
    struct questions questions;
    struct layout layout;
    uint64_t *initial, *states, *successors; /* packed; one row a lane */
    struct walk walks[LANES];
    size_t active;
    uint64_t next_walk;
    bool *answered; /* by question */
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(struct walk *walk) {
    walk->random += UINT64_C(0x9e3779b97f4a7c15);
    return hash_word(walk->random);
}

/* Of n successors each is kept with probability 1/n (reservoir sampling). */
static bool sample(struct program_sink *sink) {
    struct simulator *sim = sink->context;
    size_t words = sim->layout.words;
    for (size_t i = 0; i < sink->count; i++) {
        uint32_t lane = sink->lanes[i];
        struct walk *walk = &sim->walks[lane];
        if (draw(walk) % ++walk->seen == 0) {
            walk->chosen = sink->transitions[i];
            memcpy(sim->successors + lane * words, sink->states + i * words, words * sizeof(uint64_t));
        }
    }
    sink->count = 0;
    return true;
}

static void copy_trace(struct trace *to, const struct trace *from) {
    to->steps.count = 0;
    for (size_t i = 0; i < from->steps.count; i++)
        vec_push(&to->steps, from->steps.at[i]);
    to->recovery = to->steps.count;
}

static void answer(struct program_sink *sink, uint32_t index, uint32_t lane) {
    struct simulator *sim = sink->context;
    const struct question *question = &sim->questions.list.at[index];
    struct run *run = sim->run;
    const struct trace *trace = &sim->walks[lane].trace;
    if (sim->answered[index])
        return;
    sim->answered[index] = true;
    if (question->about == ASK_RULE) {
        run->coverage.checks[question->index] = true;
    } else if (question->about == ASK_OBLIGATION) {
        if (!run->breakage.is_broken)
            copy_trace(&run->breakage.trace, trace);
        run->breakage.is_broken = true;
        run->breakage.obligation = question->index;
    } else {
        struct result *result = &run->results.at[question->index];
        enum property_form form = result->property->form;
        if (result->has_trace)
            return;
        copy_trace(&result->trace, trace);
        if (question->about == ASK_STEP) {
            vec_push(&result->trace.steps, question->transition);
            result->trace.recovery++;
        }
        bool met = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
        result->verdict = met ? VERDICT_REACHABLE : VERDICT_VIOLATED;
        result->has_trace = true;
        result->method = "random walk";
        result->depth = (uint32_t)result->trace.steps.count;
    }
}

static void begin_walk(struct simulator *sim, size_t lane) {
    struct walk *walk = &sim->walks[lane];
    walk->number = sim->next_walk++;
    walk->random = hash_word(sim->simulation->seed * UINT64_C(0x9e3779b97f4a7c15) + walk->number);
    walk->trace.steps.count = 0;
    memcpy(sim->states + lane * sim->layout.words, sim->initial, sim->layout.words * sizeof(uint64_t));
}

/* Ends the walk of this lane; the last lane moves into its place if there is no new walk. */
static void end_walk(struct simulator *sim, size_t lane) {
    size_t words = sim->layout.words;
    sim->simulation->finished_walks++;
    if (sim->walks[lane].number == 0)
        copy_trace(&sim->simulation->first, &sim->walks[lane].trace);
    if (sim->next_walk < sim->simulation->walks) {
        begin_walk(sim, lane);
        return;
    }
    size_t last = --sim->active;
    struct walk swap = sim->walks[lane];
    sim->walks[lane] = sim->walks[last];
    sim->walks[last] = swap;
    memcpy(sim->states + lane * words, sim->states + last * words, words * sizeof(uint64_t));
}

/* Each walk takes its step, or ends: at a dead end, or when it is long enough (its last state was looked at). */
static void advance_walks(struct simulator *sim) {
    size_t words = sim->layout.words;
    struct simulation *simulation = sim->simulation;
    for (size_t lane = sim->active; lane-- > 0;) {
        struct walk *walk = &sim->walks[lane];
        bool dead = walk->seen == 0;
        walk->seen = 0;
        simulation->dead_ends += dead;
        if (dead || walk->trace.steps.count >= simulation->max_steps) {
            end_walk(sim, lane);
            continue;
        }
        vec_push(&walk->trace.steps, walk->chosen);
        memcpy(sim->states + lane * words, sim->successors + lane * words, words * sizeof(uint64_t));
        simulation->taken[walk->chosen]++;
        simulation->steps++;
    }
}

/* In the round in which the rulebook turns out to be broken, steps that have no meaning were looked at, too. */
static bool has_meaning(const struct run *run, const struct result *result, struct arena *arena) {
    const char *problem;
    return !run->breakage.is_broken || trace_confirm(run->system, result->property, &result->trace, arena, &problem);
}

static void finish(struct simulator *sim) {
    struct run *run = sim->run;
    for (size_t i = 0; i < run->results.count; i++) {
        struct result *result = &run->results.at[i];
        result->engine = "simulate";
        if (result->has_trace && has_meaning(run, result, &result->arena)) {
            trace_check_result(run->system, result);
        } else if (result->has_trace) {
            result->verdict = VERDICT_UNKNOWN;
            result->has_trace = false;
            result->reason = "the rulebook is broken";
        }
        if (result->verdict == VERDICT_UNKNOWN && result->reason == NULL)
            result->reason = "not met by these walks";
    }
    for (transition_id t = 0; t < run->system->transitions.count; t++)
        if (sim->simulation->taken[t] > 0)
            run->coverage.actions[system_action(run->system, t)->index] = true;
}

void simulate(struct run *run, struct simulation *simulation) {
    struct system *system = run->system;
    struct simulator *sim = memory_resize(NULL, sizeof *sim);
    *sim = (struct simulator){.run = run, .simulation = simulation};
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    coverage_init(&run->coverage, system->rulebook);
    questions_add_properties(&sim->questions, system);
    questions_add_obligations(&sim->questions, system);
    questions_add_rules(&sim->questions, system);
    layout_init(&sim->layout, system);
    struct program *program =
        program_new(system, &sim->layout, true, sim->questions.conditions.at, sim->questions.conditions.count);
    size_t row = sim->layout.words * sizeof(uint64_t);
    sim->initial = memory_resize(NULL, row);
    sim->states = memory_resize(NULL, LANES * row);
    sim->successors = memory_resize(NULL, LANES * row);
    sim->answered = memory_resize(NULL, sim->questions.list.count + 1);
    memset(sim->answered, 0, sim->questions.list.count + 1);
    simulation->taken = memory_resize(NULL, (system->transitions.count + 1) * sizeof *simulation->taken);
    memset(simulation->taken, 0, (system->transitions.count + 1) * sizeof *simulation->taken);
    int32_t *state = memory_resize(NULL, (system->vars.count + 1) * sizeof *state);
    for (size_t i = 0; i < system->vars.count; i++)
        state[i] = system->vars.at[i].initial;
    layout_pack(&sim->layout, system, state, sim->initial);
    sim->active = simulation->walks < LANES ? (size_t)simulation->walks : LANES;
    for (size_t lane = 0; lane < sim->active; lane++)
        begin_walk(sim, lane);
    uint32_t lanes[PROGRAM_BLOCK];
    transition_id transitions[PROGRAM_BLOCK];
    struct program_sink sink = {
        .lanes = lanes, .transitions = transitions, .flush = sample, .hit = answer, .context = sim};
    sink.states = memory_resize(NULL, PROGRAM_BLOCK * row);
    void *registers = program_registers(program);
    while (sim->active > 0) {
        program_run(program, registers, sim->states, sim->active, &sink);
        advance_walks(sim);
        run->stats.seconds = seconds_since(&started);
        if (run->budget.stop != NULL && *run->budget.stop)
            run->stats.reason = "interrupted";
        else if (run->budget.timeout_seconds > 0 && run->stats.seconds > run->budget.timeout_seconds)
            run->stats.reason = "time limit";
        if (run->stats.reason != NULL || run->breakage.is_broken)
            break;
    }
    run->stats.transitions = sink.fired;
    run->stats.state_bits = sim->layout.bits;
    run->stats.threads = 1;
    finish(sim);
    for (size_t lane = 0; lane < LANES; lane++)
        vec_free(&sim->walks[lane].trace.steps);
    free(registers);
    free(sink.states);
    free(state);
    free(sim->initial);
    free(sim->states);
    free(sim->successors);
    free(sim->answered);
    program_free(program);
    layout_clear(&sim->layout);
    questions_clear(&sim->questions);
    free(sim);
}

void simulation_clear(struct simulation *simulation) {
    free(simulation->taken);
    vec_free(&simulation->first.steps);
}
