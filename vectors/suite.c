#include "vectors/suite.h"

#include <string.h>

#include "solver/explore.h"
#include "vectors/kill.h"
#include "vectors/show.h"
#include "vectors/words.h"

/* The explorer's conditions: of the goals, that mutants have no meaning, that the rulebook has none. */
struct builder {
    struct suite *suite;
    struct explorer *explorer;
    struct player *player;
    VEC(expr_id) conditions;
    size_t goals, obligations; /* where the parts end and begin */
    int32_t *state;            /* a valuation */
    state_id *hits;            /* by goal */
    VEC(state_id) states;      /* of the candidates: before their last step */
    VEC(uint64_t) weights;     /* by goal that is a mutant: calls on which it is evaluated in each state */
    uint64_t seen;             /* states of the levels before */
    bool *vague;               /* by goal: not confirmed where the first exploration found it */
    bool is_exact;             /* the second exploration, for those */
    const char *problem;
};

/* ---- candidates ---- */

/* A shortest path to the goal's state; candidates before this one may share it. */
static void add_path(struct builder *builder, struct vector *vector, state_id state) {
    const struct system *system = builder->suite->system;
    for (size_t c = 0; c < builder->suite->candidates.count; c++) {
        const struct vector *other = &builder->suite->candidates.at[c];
        if (builder->states.at[c] != state)
            continue;
        for (size_t i = 0; i + 1 < other->steps.count; i++)
            vec_push(&vector->steps, other->steps.at[i]);
        return;
    }
    struct trace trace = {0};
    explorer_path(builder->explorer, state, &trace);
    for (size_t i = 0; i < trace.steps.count; i++) {
        struct vector_step step = {.action = system_action(system, trace.steps.at[i]), .failed = STEP_OK};
        step.arguments = system->arguments.at + system->transitions.at[trace.steps.at[i]].arguments;
        vec_push(&vector->steps, step);
    }
    vec_free(&trace.steps);
}

/* The explorer's state as a valuation. */
static void read_state(struct builder *builder, state_id state) {
    const struct system *system = builder->suite->system;
    int32_t *values = memory_resize(NULL, (system->vars.count + 1) * sizeof *values);
    explorer_unpack(builder->explorer, state, values);
    memcpy(builder->state, system->initial, system->rulebook->state_width * sizeof *builder->state);
    system_to_valuation(system, values, builder->state);
    free(values);
}

/* Is there a candidate with this last step in this state? */
static bool is_known(const struct builder *builder, state_id state, const struct vector_step *last) {
    for (size_t c = 0; c < builder->suite->candidates.count; c++) {
        const struct vector *other = &builder->suite->candidates.at[c];
        const struct vector_step *step = &other->steps.at[other->steps.count - 1];
        if (builder->states.at[c] == state && step->action == last->action && step->arguments == last->arguments &&
            step->failed == last->failed)
            return true;
    }
    return false;
}

static bool add_candidate(struct builder *builder, size_t index) {
    struct suite *suite = builder->suite;
    const struct goal *goal = &suite->goals.list.at[index];
    size_t width = suite->system->rulebook->state_width;
    struct vector vector = {.goal = index};
    struct vector_step last, again;
    state_id state = builder->hits[index];
    const char *problem = "no call shows it in the state that the explorer found";
    read_state(builder, state);
    bool good = player_choose(builder->player, index, builder->state, &last),
         repeats = goal->form == GOAL_REPEATED || goal->form == GOAL_UNHURT;
    if (!good && goal_is_mutant(goal)) {
        bool is_weak = explorer_hit(builder->explorer, index) == STATE_NONE;
        builder->vague[index] = !builder->is_exact;
        suite->open[index] = builder->is_exact;
        if (!builder->is_exact || is_weak)
            return true;
    }
    if (good && !repeats && is_known(builder, state, &last))
        return true;
    if (good) {
        add_path(builder, &vector, state);
        if (goal->form == GOAL_UNHURT && player_fail(builder->player, goal->action, builder->state, &again))
            vec_push(&vector.steps, again);
        vec_push(&vector.steps, last);
        if (goal->form == GOAL_REPEATED && player_repeat(builder->player, &last, builder->state, &again))
            vec_push(&vector.steps, again);
        good = player_play(builder->player, &vector, &problem);
    }
    if (good) {
        const int32_t *before_last = vector.states + (vector.steps.count - 1 - repeats) * width;
        bool arrives = memcmp(before_last, builder->state, width * sizeof *before_last) == 0;
        problem = arrives ? "no call shows it to the evaluator" : "the path leads to another state";
        good = arrives && vector.shows[index] != SHOWN_NOT;
    }
    if (!good) {
        builder->problem = arena_format(&suite->arena, "goal %s: %s", goal->id, problem);
        vec_free(&vector.steps);
        return false;
    }
    vector.id = vector_id(suite, &vector);
    vector.title = vector_title(suite, &vector);
    vec_push(&suite->candidates, vector);
    vec_push(&builder->states, repeats ? STATE_NONE : state);
    return true;
}

static bool add_candidates(struct builder *builder) {
    for (size_t i = 0; i < builder->goals; i++)
        if (builder->hits[i] != STATE_NONE && !add_candidate(builder, i))
            return false;
    return true;
}

/* ---- the exploration ---- */

static double thread_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The first state of the goal; of a mutant that shows nowhere else, the first in which it has no meaning. */
static state_id first_hit(const struct builder *builder, size_t goal) {
    state_id hit = explorer_hit(builder->explorer, goal);
    return hit != STATE_NONE ? hit : explorer_hit(builder->explorer, builder->goals + goal);
}

/* Mutants times states of the level: those that are open when it begins are evaluated in all of it. */
static void count_evaluations(struct builder *builder) {
    uint64_t states = explorer_count(builder->explorer) - builder->seen;
    builder->seen = explorer_count(builder->explorer);
    for (size_t i = 0; i < builder->goals; i++)
        if (explorer_hit(builder->explorer, i) == STATE_NONE && builder->conditions.at[i] != EXPR_FALSE)
            builder->suite->schema_evaluations += states * builder->weights.at[i];
}

static bool all_decided(void *context) {
    struct builder *builder = context;
    bool open = false;
    for (size_t i = builder->obligations; i < builder->conditions.count; i++)
        if (explorer_hit(builder->explorer, i) != STATE_NONE)
            return true; /* broken */
    for (size_t i = 0; i < builder->goals; i++)
        open = open || (explorer_hit(builder->explorer, i) == STATE_NONE && builder->conditions.at[i] != EXPR_FALSE);
    count_evaluations(builder);
    return !open;
}

static bool find_breakage(struct builder *builder) {
    for (size_t i = builder->obligations; i < builder->conditions.count; i++)
        if (explorer_hit(builder->explorer, i) != STATE_NONE) {
            builder->suite->obligation = i - builder->obligations;
            builder->suite->problem = builder->suite->system->obligations.at[i - builder->obligations].text;
            return true;
        }
    return false;
}

static bool is_asked(const struct builder *builder, size_t goal) { return !builder->is_exact || builder->vague[goal]; }

static void list_conditions(struct builder *builder) {
    struct suite *suite = builder->suite;
    struct system *system = suite->system;
    builder->goals = suite->goals.list.count;
    for (size_t i = 0; i < builder->goals; i++) {
        const struct goal *goal = &suite->goals.list.at[i];
        uint64_t calls = 0;
        for (size_t c = 0; c < system->calls.count && goal_is_mutant(goal); c++)
            calls += system->calls.at[c].action == goal->action;
        vec_push(&builder->weights, calls);
        vec_push(&builder->conditions, is_asked(builder, i) ? goal->condition : EXPR_FALSE);
    }
    for (size_t i = 0; i < builder->goals; i++) {
        const struct goal *goal = &suite->goals.list.at[i];
        vec_push(&builder->conditions, is_asked(builder, i) && goal_is_mutant(goal) ? goal->weak : EXPR_FALSE);
    }
    builder->obligations = builder->conditions.count;
    for (size_t i = 0; i < system->obligations.count; i++)
        vec_push(&builder->conditions, expr_not(&system->exprs, system->obligations.at[i].holds));
}

static enum suite_end explore(struct builder *builder, const struct budget *budget) {
    struct suite *suite = builder->suite;
    struct system *system = suite->system;
    list_conditions(builder);
    builder->explorer = explorer_new(system, budget, builder->conditions.at, builder->conditions.count);
    if (builder->explorer == NULL) {
        suite->problem = "memory limit: too small even to begin";
        return SUITE_LIMIT;
    }
    enum explore_end end = explorer_run(builder->explorer, all_decided, builder, &suite->stats);
    if (find_breakage(builder))
        return SUITE_BROKEN;
    suite->all_reached = all_decided(builder);
    bool only_depth = suite->stats.reason != NULL && strcmp(suite->stats.reason, "depth limit") == 0;
    if (end == EXPLORE_LIMIT && !suite->all_reached && !only_depth) {
        suite->problem = suite->stats.reason;
        return SUITE_LIMIT;
    }
    builder->hits = memory_resize(NULL, (builder->goals + 1) * sizeof *builder->hits);
    for (size_t i = 0; i < builder->goals; i++)
        builder->hits[i] = first_hit(builder, i);
    return SUITE_MADE;
}

/* Mutants whose first state was none, because the service may choose otherwise, are looked for again, exactly. */
static enum suite_end look_again(struct builder *builder, const struct budget *budget) {
    struct goals *goals = &builder->suite->goals;
    size_t count = 0;
    for (size_t i = 0; i < builder->goals; i++)
        count += builder->vague[i];
    if (count == 0)
        return SUITE_MADE;
    struct stats stats = builder->suite->stats;
    double started = thread_seconds();
    kill_conditions(goals, builder->suite->system, builder->vague);
    explorer_free(builder->explorer);
    free(builder->hits);
    builder->hits = NULL;
    builder->conditions.count = builder->weights.count = 0;
    builder->seen = 0;
    builder->is_exact = true;
    builder->states.count = 0; /* numbers of another exploration, although the same */
    for (size_t c = 0; c < builder->suite->candidates.count; c++)
        vec_push(&builder->states, STATE_NONE);
    enum suite_end end = explore(builder, budget);
    builder->suite->stats = stats;
    builder->suite->schema_seconds += thread_seconds() - started;
    if (end == SUITE_MADE && !add_candidates(builder))
        end = SUITE_CONFUSED;
    return end;
}

static bool has_client(const struct suite *suite) {
    for (size_t i = 0; i < suite->goals.list.count; i++)
        if (suite->goals.list.at[i].form == GOAL_OK)
            return true;
    return false;
}

enum suite_end suite_find(struct suite *suite, struct system *system, const struct budget *budget) {
    struct timespec started;
    double thread_started = thread_seconds();
    *suite = (struct suite){.system = system, .name = "vectors"};
    goals_init(&suite->goals, system);
    if (!has_client(suite))
        return SUITE_NO_GOALS;
    if (system->exprs.overflow) {
        suite->problem = "too many expressions";
        return SUITE_LIMIT;
    }
    suite->open = arena_alloc(&suite->arena, suite->goals.list.count + 1);
    struct builder builder = {.suite = suite};
    builder.state = memory_resize(NULL, (system->rulebook->state_width + 1) * sizeof *builder.state);
    builder.vague = memory_resize(NULL, suite->goals.list.count + 1);
    memset(builder.vague, 0, suite->goals.list.count + 1);
    builder.player = player_new(suite);
    enum suite_end end = explore(&builder, budget);
    suite->schema_seconds = thread_seconds() - thread_started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    if (end == SUITE_MADE && !add_candidates(&builder))
        end = SUITE_CONFUSED;
    if (end == SUITE_MADE)
        end = look_again(&builder, budget);
    if (end == SUITE_CONFUSED)
        suite->problem = builder.problem;
    suite->seconds = seconds_since(&started);
    player_free(builder.player);
    explorer_free(builder.explorer);
    vec_free(&builder.conditions);
    vec_free(&builder.states);
    vec_free(&builder.weights);
    free(builder.state);
    free(builder.hits);
    free(builder.vague);
    return end;
}

void suite_clear(struct suite *suite) {
    for (size_t i = 0; i < suite->candidates.count; i++)
        vec_free(&suite->candidates.at[i].steps);
    vec_free(&suite->candidates);
    vec_free(&suite->vectors);
    goals_clear(&suite->goals);
    arena_clear(&suite->arena);
    *suite = (struct suite){0};
}

const char *level_text(enum level level) {
    static const char *const texts[] = {"core", "extended", "quirk"};
    return texts[level];
}

enum goal_status suite_status(const struct suite *suite, size_t goal) {
    for (size_t i = 0; i < suite->vectors.count; i++)
        if (suite->vectors.at[i].shows[goal] != SHOWN_NOT)
            return GOAL_COVERED;
    const struct goal *asked = &suite->goals.list.at[goal];
    bool never = asked->condition == EXPR_FALSE && (!goal_is_mutant(asked) || asked->weak == EXPR_FALSE);
    return (suite->stats.complete && !suite->open[goal]) || never ? GOAL_UNREACHABLE : GOAL_UNKNOWN;
}

uint64_t suite_vector_count(const struct suite *suite) { return suite->vectors.count + suite->walked.vectors; }

uint64_t suite_step_count(const struct suite *suite) {
    uint64_t count = suite->walked.steps;
    for (size_t i = 0; i < suite->vectors.count; i++)
        count += suite->vectors.at[i].steps.count;
    return count;
}
