#include "vectors/tours.h"

#include <assert.h>
#include <string.h>

#include "vectors/show.h"

enum { EVENTS_MOST = 40 }; /* after one call */

struct chain {
    struct suite *suite;
    struct player *player;
    struct evaluator evaluator;
    size_t width, goals;
    uint8_t *open; /* by goal: how it is to be shown, until it is */
    const struct tour_kinds *kinds;
    bool settles;
    vector_list tours;
};

/* A tour and what it shows, or how it would go on. */
struct leg {
    struct vector vector;
    VEC(int32_t) states; /* of the vector: (steps + 1) * width */
};

static void start(struct chain *chain, struct leg *leg) {
    for (size_t i = 0; i < chain->width; i++)
        vec_push(&leg->states, chain->suite->system->initial[i]);
    leg->vector.shows = memory_resize(NULL, chain->goals + 1);
    memset(leg->vector.shows, 0, chain->goals + 1);
}

static void leave(struct leg *leg) {
    vec_free(&leg->vector.steps);
    vec_free(&leg->states);
    free(leg->vector.shows);
    *leg = (struct leg){0};
}

static void copy(const struct chain *chain, struct leg *to, const struct leg *from) {
    to->vector.steps.count = to->states.count = 0;
    for (size_t i = 0; i < from->vector.steps.count; i++)
        vec_push(&to->vector.steps, from->vector.steps.at[i]);
    for (size_t i = 0; i < from->states.count; i++)
        vec_push(&to->states, from->states.at[i]);
    to->vector.shows = memory_resize(to->vector.shows, chain->goals + 1);
    memcpy(to->vector.shows, from->vector.shows, chain->goals + 1);
    to->vector.level = from->vector.level;
}

/* False if the step does not go as it says. */
static bool add_step(struct chain *chain, struct leg *leg, struct vector_step step) {
    vec_reserve(&leg->states, leg->states.count + chain->width);
    vec_push(&leg->vector.steps, step);
    int32_t *state = leg->states.at + leg->states.count - chain->width;
    if (!player_step(chain->player, &leg->vector, leg->vector.steps.count - 1, state, state + chain->width))
        return false;
    leg->states.count += chain->width;
    return true;
}

static bool happens_by_itself(const struct chain *chain, const struct action *action) {
    return chain->settles && chain->kinds->at_once[action->index];
}

static void add_events(struct chain *chain, struct leg *leg) {
    const struct system *system = chain->suite->system;
    int32_t *next = memory_resize(NULL, (chain->width + 1) * sizeof *next);
    for (unsigned round = 0; round < EVENTS_MOST; round++) {
        bool happened = false;
        for (transition_id t = 0; t < system->transitions.count && !happened; t++) {
            struct vector_step step = {.action = system_action(system, t), .failed = STEP_OK};
            if (!happens_by_itself(chain, step.action))
                continue;
            const int32_t *state = leg->states.at + leg->states.count - chain->width;
            step.arguments = system->arguments.at + system->transitions.at[t].arguments;
            happened = eval_step(&chain->evaluator, step.action, step.arguments, true, state, next) == EVAL_OK &&
                       memcmp(state, next, chain->width * sizeof *next) != 0 && add_step(chain, leg, step);
        }
        if (!happened)
            break;
    }
    free(next);
}

/* An event of the vector that has happened already. */
static bool is_over(struct chain *chain, const struct leg *leg, const struct vector_step *step) {
    const int32_t *state = leg->states.at + leg->states.count - chain->width;
    return happens_by_itself(chain, step->action) &&
           eval_step(&chain->evaluator, step->action, step->arguments, true, state, NULL) == EVAL_DISABLED;
}

/* Goes on with the steps of the vector from `first` on. */
static bool go_on(struct chain *chain, struct leg *leg, const struct vector *vector, size_t first) {
    for (size_t i = first; i < vector->steps.count; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        if (is_over(chain, leg, step))
            continue;
        if (!add_step(chain, leg, *step))
            return false;
        if (chain->settles && step->action->by == BY_CLIENT && step->failed == STEP_OK)
            add_events(chain, leg);
    }
    return true;
}

/* How many open goals it shows. */
static size_t gain(const struct chain *chain, const uint8_t *shows) {
    size_t count = 0;
    for (size_t g = 0; g < chain->goals; g++)
        count += chain->open[g] != SHOWN_NOT && shows[g] >= chain->open[g];
    return count;
}

static void close_goals(struct chain *chain, const uint8_t *shows) {
    for (size_t g = 0; g < chain->goals; g++)
        if (shows[g] >= chain->open[g])
            chain->open[g] = SHOWN_NOT;
}

/* Does it lead elsewhere?  What leaves everything as it is can be done first. */
static bool changes(const struct chain *chain, const struct leg *tour, const struct leg *trial) {
    return memcmp(tour->states.at + tour->states.count - chain->width,
                  trial->states.at + trial->states.count - chain->width, chain->width * sizeof(int32_t)) != 0;
}

/* The best way on by the end of some vector: most goals for each step.  False if there is none. */
static bool find_best(struct chain *chain, const struct leg *tour, const bool *taken, enum level level,
                      struct leg *best) {
    struct leg trial = {0};
    size_t best_gain = 0, best_cost = 1;
    for (size_t v = 0; v < chain->suite->vectors.count; v++) {
        const struct vector *vector = &chain->suite->vectors.at[v];
        if (!taken[v] || gain(chain, vector->shows) == 0)
            continue;
        for (size_t first = vector->steps.count; first-- > 0;) {
            copy(chain, &trial, tour);
            memset(trial.vector.shows, 0, chain->goals + 1);
            if (!go_on(chain, &trial, vector, first) || trial.vector.level > level)
                continue;
            size_t steps = trial.vector.steps.count - tour->vector.steps.count, more = gain(chain, trial.vector.shows);
            size_t cost = 2 * steps + changes(chain, tour, &trial);
            if (more == 0 || (trial.vector.steps.count > TOUR_STEPS && tour->vector.steps.count > 0))
                continue;
            if (more * best_cost > best_gain * cost) {
                copy(chain, best, &trial);
                best_gain = more;
                best_cost = cost;
            }
            break; /* a longer end shows little more */
        }
    }
    leave(&trial);
    return best_gain > 0;
}

static void finish(struct chain *chain, struct leg *tour, const char *kind) {
    struct suite *suite = chain->suite;
    struct vector vector = {0};
    const char *problem;
    for (size_t i = 0; i < tour->vector.steps.count; i++)
        vec_push(&vector.steps, tour->vector.steps.at[i]);
    bool good = player_play(chain->player, &vector, &problem);
    assert(good); /* each step was played when it was added */
    for (size_t g = chain->goals; g-- > 0;)
        if (vector.shows[g] != SHOWN_NOT)
            vector.goal = g;
    size_t calls = 0;
    for (size_t i = 0; i < vector.steps.count; i++)
        calls += vector.steps.at[i].action->by == BY_CLIENT;
    vector.id = arena_format(&suite->arena, "tour-%s-%zu", suite->name, chain->tours.count + 1);
    vector.title = arena_format(&suite->arena, "a tour of %zu calls%s%s", calls, kind[0] == '\0' ? "" : ": ", kind);
    vec_push(&chain->tours, vector);
}

/* Tours of the vectors that are `taken`. */
static void make_some(struct chain *chain, const bool *taken, enum level level, const char *kind) {
    struct leg tour = {0}, best = {0};
    start(chain, &tour);
    for (;;) {
        if (find_best(chain, &tour, taken, level, &best)) {
            close_goals(chain, best.vector.shows);
            copy(chain, &tour, &best);
            continue;
        }
        if (tour.vector.steps.count == 0)
            break; /* nothing can be shown from the beginning, either */
        finish(chain, &tour, kind);
        leave(&tour);
        start(chain, &tour);
    }
    leave(&tour);
    leave(&best);
}

static void open_goals(struct chain *chain, const bool *taken) {
    for (size_t v = 0; v < chain->suite->vectors.count; v++)
        for (size_t g = 0; taken[v] && g < chain->goals; g++)
            if (chain->suite->vectors.at[v].shows[g] > chain->open[g])
                chain->open[g] = chain->suite->vectors.at[v].shows[g];
    for (size_t t = 0; t < chain->tours.count; t++)
        close_goals(chain, chain->tours.at[t].shows);
}

void tours_make(struct suite *suite, const struct tour_kinds *kinds) {
    struct chain chain = {.suite = suite, .kinds = kinds, .width = suite->system->rulebook->state_width};
    size_t count = suite->vectors.count;
    chain.goals = suite->goals.list.count;
    chain.player = player_new(suite);
    chain.open = memory_resize(NULL, chain.goals + 1);
    evaluator_init(&chain.evaluator, suite->system->rulebook);
    bool *taken = memory_resize(NULL, count + 1), *done = memory_resize(NULL, count + 1);
    memset(done, 0, count + 1);
    for (size_t v = 0; v < count; v++) { /* with all that are like it */
        enum level level = suite->vectors.at[v].level;
        const char *kind = kinds->kinds == NULL ? "" : kinds->kinds[v];
        if (done[v])
            continue;
        for (size_t i = 0; i < count; i++) {
            taken[i] =
                suite->vectors.at[i].level == level && (kinds->kinds == NULL || strcmp(kinds->kinds[i], kind) == 0);
            done[i] |= taken[i];
        }
        memset(chain.open, 0, chain.goals + 1);
        open_goals(&chain, taken);
        chain.settles = kinds->settles != NULL && kinds->settles[v];
        make_some(&chain, taken, level, kind);
        chain.settles = false; /* what shows only while something is under way */
        make_some(&chain, taken, level, kind);
    }
    suite->vectors.count = 0; /* their steps belong to the candidates */
    for (size_t i = 0; i < chain.tours.count; i++) {
        vec_push(&suite->candidates, chain.tours.at[i]);
        vec_push(&suite->vectors, chain.tours.at[i]);
    }
    vec_free(&chain.tours);
    free(taken);
    free(done);
    free(chain.open);
    evaluator_clear(&chain.evaluator);
    player_free(chain.player);
}
