#include "vectors/criterion.h"

#include <string.h>

#include "vectors/show.h"

enum { CANDIDATES_MOST = 100000, COUNTED_MOST = 1000000, WALK_STEPS = 15 };

const char *criterion_text(enum criterion criterion) {
    static const char *const texts[] = {
#define CRITERION(name, text, about) text,
        CRITERIA
#undef CRITERION
    };
    return texts[criterion];
}

const char *criterion_about(enum criterion criterion) {
    static const char *const texts[] = {
#define CRITERION(name, text, about) about,
        CRITERIA
#undef CRITERION
    };
    return texts[criterion];
}

bool criterion_find(const char *name, enum criterion *criterion) {
    for (*criterion = 0; *criterion < CRITERION_COUNT; (*criterion)++)
        if (strcmp(criterion_text(*criterion), name) == 0)
            return true;
    return false;
}

bool criterion_asks(enum criterion criterion, enum goal_form form) {
    if (criterion == CRITERION_OPERATION_CODE)
        return form == GOAL_OK || form == GOAL_CODE;
    if (criterion == CRITERION_DECISION)
        return form == GOAL_OK || form == GOAL_FIRST;
    return true;
}

bool criterion_takes_all(enum criterion criterion) { return criterion >= CRITERION_STATE; }

/* ---- walks ---- */

struct walker {
    struct suite *suite;
    struct player *player;
    struct evaluator evaluator;
    size_t width;
    VEC(int32_t) states;        /* in breadth-first order */
    VEC(size_t) from;           /* the state before, of each */
    VEC(struct vector_step) by; /* the step from there */
    VEC(uint32_t) depths;
    VEC(size_t) slots; /* state + 1 */
    bool is_full;
    bool *wanted; /* by goal: some candidate shows it; if vectors are only counted */
};

/* ---- counting ---- */

static void begin_to_count(struct walker *walker) {
    struct suite *suite = walker->suite;
    size_t goals = suite->goals.list.count;
    walker->wanted = memory_resize(NULL, goals + 1);
    memset(walker->wanted, 0, goals + 1);
    for (size_t c = 0; c < suite->candidates.count; c++)
        for (size_t g = 0; g < goals; g++)
            walker->wanted[g] |= suite->candidates.at[c].shows[g] != SHOWN_NOT;
    suite->walked = (struct walked){.is_counted = true, .shows = arena_alloc(&suite->arena, goals + 1)};
}

static void count_vector(struct walker *walker, size_t steps) {
    struct walked *walked = &walker->suite->walked;
    if (walked->vectors >= COUNTED_MOST) {
        walker->is_full = true;
        return;
    }
    walked->vectors++;
    walked->steps += steps;
}

/* Every step of a vector is the last one of a shorter vector, so only that one is looked at. */
static void count_way(struct walker *walker, size_t from, const struct vector_step *last, const int32_t *next) {
    uint32_t depth = walker->depths.at[from];
    count_vector(walker, depth + 1);
    if (!walker->is_full)
        player_look(walker->player, last, depth == 0 ? NULL : &walker->by.at[from],
                    walker->states.at + from * walker->width, next, walker->wanted, walker->suite->walked.shows);
}

static void add_vector(struct walker *walker, const struct vector_step *steps, size_t count) {
    struct suite *suite = walker->suite;
    struct vector vector = {0};
    const char *problem;
    if (walker->wanted == NULL && suite->candidates.count >= CANDIDATES_MOST) {
        walker->is_full = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        vec_push(&vector.steps, steps[i]);
    if (!player_play(walker->player, &vector, &problem)) {
        vec_free(&vector.steps);
        return;
    }
    if (walker->wanted != NULL) {
        count_vector(walker, count);
        for (size_t g = 0; g < suite->goals.list.count; g++)
            if (vector.shows[g] > suite->walked.shows[g])
                suite->walked.shows[g] = vector.shows[g];
        vec_free(&vector.steps);
        return;
    }
    vector.id = arena_format(&suite->arena, "walk-%06zu", suite->candidates.count + 1);
    vector.title = arena_format(&suite->arena, "%zu steps", count);
    vec_push(&suite->candidates, vector);
}

/* The way to a state, then one more step if there is one. */
static void add_way(struct walker *walker, size_t state, const struct vector_step *last) {
    VEC(struct vector_step) steps = {0};
    for (size_t i = walker->depths.at[state]; i > 0; i--)
        vec_push(&steps, walker->by.at[state]);
    for (size_t i = steps.count; i-- > 0; state = walker->from.at[state])
        steps.at[i] = walker->by.at[state];
    if (last != NULL)
        vec_push(&steps, *last);
    if (steps.count > 0)
        add_vector(walker, steps.at, steps.count);
    vec_free(&steps);
}

static size_t *find_slot(struct walker *walker, const int32_t *state) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < walker->width; i++)
        hash = (hash ^ (uint32_t)state[i]) * UINT64_C(0x100000001b3);
    size_t slot = (hash ^ hash >> 32) % walker->slots.count;
    while (walker->slots.at[slot] != 0 && memcmp(walker->states.at + (walker->slots.at[slot] - 1) * walker->width,
                                                 state, walker->width * sizeof *state) != 0)
        slot = (slot + 1) % walker->slots.count;
    return &walker->slots.at[slot];
}

static void add_state(struct walker *walker, const int32_t *state, size_t from, struct vector_step step,
                      uint32_t depth) {
    size_t *slot = find_slot(walker, state);
    if (*slot != 0)
        return;
    if (walker->depths.count >= CANDIDATES_MOST) {
        walker->is_full = true;
        return;
    }
    for (size_t i = 0; i < walker->width; i++)
        vec_push(&walker->states, state[i]);
    vec_push(&walker->from, from);
    vec_push(&walker->by, step);
    vec_push(&walker->depths, depth);
    *slot = walker->depths.count;
}

static void take_step(struct walker *walker, enum criterion criterion, size_t number, const struct vector_step *step,
                      const int32_t *next) {
    if (criterion == CRITERION_TRANSITIONS && walker->wanted != NULL)
        count_way(walker, number, step, next);
    else if (criterion == CRITERION_TRANSITIONS)
        add_way(walker, number, step);
    if (step->failed == STEP_OK)
        add_state(walker, next, number, *step, walker->depths.at[number] + 1);
}

static void expand(struct walker *walker, enum criterion criterion, size_t number, int32_t *state, int32_t *next) {
    const struct system *system = walker->suite->system;
    transition_id t = 0;
    memcpy(state, walker->states.at + number * walker->width, walker->width * sizeof *state);
    for (uint32_t c = 0; c < system->calls.count && !walker->is_full; c++) {
        struct vector_step step = {.action = system->calls.at[c].action, .failed = STEP_OK};
        step.arguments = system->arguments.at + system->calls.at[c].arguments;
        enum eval_outcome outcome = eval_step(&walker->evaluator, step.action, step.arguments, false, state, NULL);
        if (outcome == EVAL_ERROR) {
            step.failed = walker->evaluator.failed_check;
            take_step(walker, criterion, number, &step, state);
        }
        for (; t < system->transitions.count && system->transitions.at[t].call == c; t++) {
            step.arguments = system->arguments.at + system->transitions.at[t].arguments;
            if (outcome == EVAL_OK && !walker->is_full &&
                eval_step(&walker->evaluator, step.action, step.arguments, true, state, next) == EVAL_OK)
                take_step(walker, criterion, number, &step, next);
        }
    }
}

static void walk_breadth_first(struct walker *walker, enum criterion criterion, uint32_t depth, int32_t *state,
                               int32_t *next) {
    for (size_t i = 0; i < 2 * (size_t)CANDIDATES_MOST + 1; i++)
        vec_push(&walker->slots, 0);
    add_state(walker, state, 0, (struct vector_step){0}, 0);
    for (size_t i = 0; i < walker->depths.count && !walker->is_full; i++) {
        if (criterion == CRITERION_STATE && i > 0 && walker->wanted != NULL)
            count_way(walker, walker->from.at[i], &walker->by.at[i], walker->states.at + i * walker->width);
        else if (criterion == CRITERION_STATE && i > 0)
            add_way(walker, i, NULL);
        if (walker->depths.at[i] < depth)
            expand(walker, criterion, i, state, next);
    }
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t draw(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Any call or event that has an answer here; uniform over the calls of the scope. */
static void walk_randomly(struct walker *walker, const struct walk_limits *limits, int32_t *state, int32_t *next) {
    const struct system *system = walker->suite->system;
    uint64_t seed = limits->seed;
    size_t bytes = walker->width * sizeof *state;
    for (uint64_t w = 0; w < limits->walks && !walker->is_full; w++) {
        VEC(struct vector_step) steps = {0};
        eval_initial(&walker->evaluator, state);
        for (unsigned tries = 0; steps.count < WALK_STEPS && tries < 1000; tries++) {
            uint32_t c = (uint32_t)(draw(&seed) % system->calls.count);
            struct vector_step step = {.action = system->calls.at[c].action, .failed = STEP_OK};
            step.arguments = system->arguments.at + system->calls.at[c].arguments;
            enum eval_outcome outcome = eval_step(&walker->evaluator, step.action, step.arguments, false, state, NULL);
            if (outcome == EVAL_ERROR) {
                step.failed = walker->evaluator.failed_check;
                vec_push(&steps, step);
            }
            for (transition_id t = 0; outcome == EVAL_OK && t < system->transitions.count; t++) {
                if (system->transitions.at[t].call != c)
                    continue;
                step.arguments = system->arguments.at + system->transitions.at[t].arguments;
                if (eval_step(&walker->evaluator, step.action, step.arguments, true, state, next) != EVAL_OK)
                    continue;
                vec_push(&steps, step);
                memcpy(state, next, bytes);
                break;
            }
        }
        if (steps.count > 0)
            add_vector(walker, steps.at, steps.count);
        vec_free(&steps);
    }
}

bool criterion_walk(struct suite *suite, enum criterion criterion, const struct walk_limits *limits) {
    struct walker walker = {.suite = suite, .width = suite->system->rulebook->state_width};
    int32_t *state = memory_resize(NULL, (walker.width + 1) * sizeof *state);
    int32_t *next = memory_resize(NULL, (walker.width + 1) * sizeof *next);
    if (limits->only_counts)
        begin_to_count(&walker);
    for (size_t i = 0; i < suite->candidates.count && !limits->only_counts; i++)
        vec_free(&suite->candidates.at[i].steps);
    suite->candidates.count = limits->only_counts ? suite->candidates.count : 0;
    walker.player = player_new(suite);
    evaluator_init(&walker.evaluator, suite->system->rulebook);
    eval_initial(&walker.evaluator, state);
    if (criterion == CRITERION_RANDOM)
        walk_randomly(&walker, limits, state, next);
    else
        walk_breadth_first(&walker, criterion, limits->depth, state, next);
    evaluator_clear(&walker.evaluator);
    player_free(walker.player);
    vec_free(&walker.states);
    vec_free(&walker.from);
    vec_free(&walker.by);
    vec_free(&walker.depths);
    vec_free(&walker.slots);
    free(walker.wanted);
    suite->walked.is_cut = limits->only_counts && walker.is_full;
    free(state);
    free(next);
    return limits->only_counts || !walker.is_full;
}
