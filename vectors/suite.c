#include "vectors/suite.h"

#include <string.h>

#include "model/eval.h"
#include "model/print.h"
#include "solver/explore.h"
#include "vectors/select.h"
#include "vectors/slug.h"

struct builder {
    struct suite *suite;
    struct explorer *explorer;
    struct evaluator evaluator;
    VEC(expr_id) conditions; /* of the goals, then that the rulebook is broken */
    VEC(struct vector) candidates;
    int32_t *state, *next; /* valuations */
    const char *problem;
};

/* ---- playing ---- */

static void add_also(struct suite *suite, struct vector_step *step, const char *code, size_t room) {
    if (strcmp(code, step->action->checks.at[step->failed].codes[0]) == 0)
        return;
    for (size_t i = 0; i < step->also_count; i++)
        if (strcmp(step->also[i], code) == 0)
            return;
    if (step->also == NULL)
        step->also = arena_alloc(&suite->arena, room * sizeof *step->also);
    step->also[step->also_count++] = code;
}

/* The other codes of the failing check, and those of later failing checks whose place in the order is a guess and which
 * do not depend on it. */
static void find_also(struct suite *suite, struct evaluator *evaluator, struct vector_step *step,
                      const int32_t *state) {
    const struct action *action = step->action;
    size_t room = 0;
    for (size_t k = 0; k < action->checks.count; k++)
        room += action->checks.at[k].code_count;
    step->also = NULL;
    step->also_count = 0;
    for (size_t k = step->failed; k < action->checks.count; k++) {
        const struct check *check = &action->checks.at[k];
        bool counts = k == step->failed || (check->order == ORDER_ASSUMED &&
                                            !is_dependent(&suite->goals.dependence, action, step->failed, k) &&
                                            eval_check(evaluator, action, k, step->arguments, state) == EVAL_ERROR);
        for (size_t i = 0; counts && i < check->code_count; i++)
            add_also(suite, step, check->codes[i], room);
    }
}

/* How many other checks fail?  One that depends on the failing one, or has no meaning here, does not count. */
static size_t other_failures(const struct suite *suite, struct evaluator *evaluator, const struct action *action,
                             size_t check, const int32_t *arguments, const int32_t *state) {
    size_t count = 0;
    for (size_t k = 0; k < action->checks.count; k++)
        count += k != check && !is_dependent(&suite->goals.dependence, action, check, k) &&
                 eval_check(evaluator, action, k, arguments, state) == EVAL_ERROR;
    return count;
}

static void note_shown(struct suite *suite, struct evaluator *evaluator, struct vector *vector,
                       const struct vector_step *step, const int32_t *state) {
    const struct action *action = step->action;
    if (action->by != BY_CLIENT)
        return;
    if (step->failed == STEP_OK) {
        vector->shows[goals_find(&suite->goals, action, GOAL_OK, 0)] = true;
        return;
    }
    vector->shows[goals_find(&suite->goals, action, GOAL_FIRST, step->failed)] = true;
    if (other_failures(suite, evaluator, action, step->failed, step->arguments, state) == 0)
        vector->shows[goals_find(&suite->goals, action, GOAL_ALONE, step->failed)] = true;
}

/* The state after a step, or false if the step does not go as it says. */
static bool play_step(struct evaluator *evaluator, const struct vector_step *step, const int32_t *state,
                      int32_t *next) {
    bool ok = step->failed == STEP_OK;
    enum eval_outcome outcome = eval_step(evaluator, step->action, step->arguments, ok, state, next);
    if (ok)
        return outcome == EVAL_OK;
    memcpy(next, state, evaluator->rulebook->state_width * sizeof *next);
    return outcome == EVAL_ERROR && evaluator->failed_check == step->failed;
}

bool suite_play(struct suite *suite, struct vector *vector, const char **problem) {
    struct rulebook *rulebook = suite->system->rulebook;
    size_t width = rulebook->state_width;
    int32_t *states = arena_alloc(&suite->arena, ((vector->steps.count + 1) * width + 1) * sizeof *states);
    vector->shows = arena_alloc(&suite->arena, suite->goals.list.count + 1);
    vector->states = states;
    struct evaluator evaluator;
    evaluator_init(&evaluator, rulebook);
    bool good = eval_initial(&evaluator, states);
    for (size_t i = 0; i < vector->steps.count && good; i++, states += width) {
        struct vector_step *step = &vector->steps.at[i];
        good = play_step(&evaluator, step, states, states + width);
        if (!good) {
            const char *path = "";
            for (size_t j = 0; j <= i; j++)
                path = arena_format(&suite->arena, "%s%s%s", path, j == 0 ? "" : "; ",
                                    print_call(rulebook, vector->steps.at[j].action, vector->steps.at[j].arguments,
                                               vector->steps.at[j].failed == STEP_OK));
            *problem = arena_format(&suite->arena, "the last step does not go as expected: %s", path);
            break;
        }
        if (step->failed != STEP_OK)
            find_also(suite, &evaluator, step, states);
        note_shown(suite, &evaluator, vector, step, states);
    }
    evaluator_clear(&evaluator);
    return good;
}

/* ---- the last step: smallest arguments ---- */

/* The lowest transition of the action that is possible; better one that changes something. */
static bool choose_success(struct builder *builder, const struct goal *goal, struct vector_step *step) {
    const struct system *system = builder->suite->system;
    size_t bytes = system->rulebook->state_width * sizeof *builder->state;
    bool found = false, changes = false;
    *step = (struct vector_step){.action = goal->action, .failed = STEP_OK};
    for (transition_id t = 0; t < system->transitions.count && !changes; t++) {
        const int32_t *arguments = system->arguments.at + system->transitions.at[t].arguments;
        if (system_action(system, t) != goal->action ||
            eval_step(&builder->evaluator, goal->action, arguments, true, builder->state, builder->next) != EVAL_OK)
            continue;
        changes = memcmp(builder->state, builder->next, bytes) != 0;
        if (!found || changes)
            step->arguments = arguments;
        found = true;
    }
    return found;
}

/* The lowest call with the fewest other failing checks. */
static bool choose_failure(struct builder *builder, const struct goal *goal, struct vector_step *step) {
    const struct system *system = builder->suite->system;
    size_t fewest = SIZE_MAX;
    *step = (struct vector_step){.action = goal->action, .failed = goal->check};
    for (size_t c = 0; c < system->calls.count && fewest > 0; c++) {
        const int32_t *arguments = system->arguments.at + system->calls.at[c].arguments;
        if (system->calls.at[c].action != goal->action ||
            eval_step(&builder->evaluator, goal->action, arguments, false, builder->state, NULL) != EVAL_ERROR ||
            builder->evaluator.failed_check != goal->check)
            continue;
        size_t others =
            other_failures(builder->suite, &builder->evaluator, goal->action, goal->check, arguments, builder->state);
        if (others < fewest) {
            step->arguments = arguments;
            fewest = others;
        }
    }
    return fewest != SIZE_MAX;
}

/* ---- candidates ---- */

/* Does the check of the vector's goal fail alone? */
static bool shows_alone(const struct suite *suite, const struct vector *vector) {
    const struct goal *goal = &suite->goals.list.at[vector->goal];
    return vector->shows[goals_find(&suite->goals, goal->action, GOAL_ALONE, goal->check)];
}

/* "attach-network-interface-att-p1"; where the check fails with others: "...-first". */
static char *make_id(struct suite *suite, const struct vector *vector) {
    const struct goal *goal = &suite->goals.list.at[vector->goal];
    char action[SLUG_BYTES], slug[SLUG_BYTES];
    slug_make(goal->action->name, action);
    if (goal->form == GOAL_OK) {
        slug_make(arena_format(&suite->arena, "%s ok", goal->action->name), slug);
    } else {
        const char *id = strchr(goal->id, '/') + 1;
        char *check = arena_text(&suite->arena, id, strlen(id) - strlen(goal_form_text(goal->form)) - 1);
        const char *suffix = shows_alone(suite, vector) ? "" : " first";
        slug_make(check, slug);
        bool named = strncmp(slug, action, strlen(action)) == 0 && slug[strlen(action)] == '-';
        slug_make(arena_format(&suite->arena, "%s %s%s", named ? "" : goal->action->name, check, suffix), slug);
    }
    return arena_text(&suite->arena, slug, strlen(slug));
}

/* Is the whole text in one pair of parentheses? */
static bool is_wrapped(const char *text, size_t bytes) {
    size_t open = 0;
    for (size_t i = 0; i < bytes; i++) {
        open += text[i] == '(';
        open -= text[i] == ')';
        if (open == 0)
            return bytes > 2 && i + 1 == bytes;
    }
    return false;
}

static const char *term_words(struct suite *suite, const struct term *term) {
    struct rulebook *rulebook = suite->system->rulebook;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        return "a check";
    print_term(rulebook, term, out);
    fclose(out);
    bool wrapped = is_wrapped(text, bytes);
    const char *words = arena_text(&suite->arena, text + wrapped, bytes - 2 * wrapped);
    free(text);
    return words;
}

static char *make_title(struct suite *suite, const struct vector *vector) {
    const struct goal *goal = &suite->goals.list.at[vector->goal];
    struct arena *arena = &suite->arena;
    char *title;
    if (goal->form == GOAL_OK) {
        title = arena_format(arena, "%s succeeds", goal->action->name);
    } else {
        const struct check *check = &goal->action->checks.at[goal->check];
        title = arena_format(arena, "%s answers %s", goal->action->name, check->codes[0]);
        title = check->origin.about != NULL ? arena_format(arena, "%s: %s", title, check->origin.about)
                                            : arena_format(arena, "%s, because this does not hold: %s", title,
                                                           term_words(suite, check->require));
        if (!shows_alone(suite, vector))
            title = arena_format(arena, "%s; other checks fail too", title);
    }
    for (size_t i = 0; i + 1 < vector->steps.count; i++)
        title = arena_format(arena, "%s%s%s", title, i == 0 ? ", after " : ", ", vector->steps.at[i].action->name);
    return title;
}

/* A shortest path to the goal's state; candidates before this one may share it. */
static void add_path(struct builder *builder, struct vector *vector, const state_id *hits) {
    const struct system *system = builder->suite->system;
    for (size_t c = 0; c < builder->candidates.count; c++) {
        const struct vector *other = &builder->candidates.at[c];
        if (hits[other->goal] != hits[vector->goal])
            continue;
        for (size_t i = 0; i + 1 < other->steps.count; i++)
            vec_push(&vector->steps, other->steps.at[i]);
        return;
    }
    struct trace trace = {0};
    explorer_path(builder->explorer, hits[vector->goal], &trace);
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

static bool add_candidate(struct builder *builder, size_t index, const state_id *hits) {
    struct suite *suite = builder->suite;
    const struct goal *goal = &suite->goals.list.at[index];
    size_t width = suite->system->rulebook->state_width;
    struct vector vector = {.goal = index};
    struct vector_step last;
    const char *problem = "no call shows it in the state that the explorer found";
    read_state(builder, hits[index]);
    bool good = goal->form == GOAL_OK ? choose_success(builder, goal, &last) : choose_failure(builder, goal, &last);
    if (good) {
        add_path(builder, &vector, hits);
        vec_push(&vector.steps, last);
        good = suite_play(suite, &vector, &problem);
    }
    if (good) {
        const int32_t *before_last = vector.states + (vector.steps.count - 1) * width;
        bool arrives = memcmp(before_last, builder->state, width * sizeof *before_last) == 0;
        problem = arrives ? "no call shows it to the evaluator" : "the path leads to another state";
        good = arrives && vector.shows[index];
    }
    if (!good) {
        builder->problem = arena_format(&suite->arena, "goal %s: %s", goal->id, problem);
        vec_free(&vector.steps);
        return false;
    }
    vector.id = make_id(suite, &vector);
    vector.title = make_title(suite, &vector);
    vec_push(&builder->candidates, vector);
    return true;
}

static bool add_candidates(struct builder *builder) {
    size_t count = builder->suite->goals.list.count;
    state_id *hits = memory_resize(NULL, (count + 1) * sizeof *hits);
    for (size_t i = 0; i < count; i++)
        hits[i] = explorer_hit(builder->explorer, i);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        if (hits[i] != STATE_NONE)
            good = add_candidate(builder, i, hits);
    free(hits);
    return good;
}

static void make_ids_unique(struct suite *suite) {
    for (size_t i = 0; i < suite->vectors.count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(suite->vectors.at[i].id, suite->vectors.at[j].id) == 0) {
                char slug[SLUG_BYTES];
                memcpy(slug, suite->vectors.at[i].id, strlen(suite->vectors.at[i].id) + 1);
                slug_distinguish(slug, suite->goals.list.at[suite->vectors.at[i].goal].id);
                suite->vectors.at[i].id = arena_text(&suite->arena, slug, strlen(slug));
                break;
            }
}

static void select_vectors(struct builder *builder) {
    struct suite *suite = builder->suite;
    size_t goals = suite->goals.list.count, count = builder->candidates.count;
    bool *shows = memory_resize(NULL, count * goals + 1), *chosen = memory_resize(NULL, count + 1);
    size_t *costs = memory_resize(NULL, (count + 1) * sizeof *costs);
    for (size_t c = 0; c < count; c++) {
        memcpy(shows + c * goals, builder->candidates.at[c].shows, goals);
        costs[c] = builder->candidates.at[c].steps.count;
    }
    select_cover(count, goals, shows, costs, chosen);
    for (size_t c = 0; c < count; c++)
        if (chosen[c])
            vec_push(&suite->vectors, builder->candidates.at[c]);
        else
            vec_free(&builder->candidates.at[c].steps);
    make_ids_unique(suite);
    free(shows);
    free(chosen);
    free(costs);
}

/* ---- the whole ---- */

static bool all_decided(void *context) {
    const struct builder *builder = context;
    const struct goals *goals = &builder->suite->goals;
    bool open = false;
    for (size_t i = 0; i < builder->conditions.count; i++) {
        bool hit = explorer_hit(builder->explorer, i) != STATE_NONE;
        if (i >= goals->list.count && hit)
            return true; /* broken */
        open = open || (i < goals->list.count && !hit && builder->conditions.at[i] != EXPR_FALSE);
    }
    return !open;
}

static bool find_breakage(struct builder *builder) {
    size_t goals = builder->suite->goals.list.count;
    for (size_t i = goals; i < builder->conditions.count; i++)
        if (explorer_hit(builder->explorer, i) != STATE_NONE) {
            builder->suite->obligation = i - goals;
            builder->suite->problem = builder->suite->system->obligations.at[i - goals].text;
            return true;
        }
    return false;
}

static enum suite_end explore(struct builder *builder, const struct budget *budget) {
    struct suite *suite = builder->suite;
    struct system *system = suite->system;
    for (size_t i = 0; i < suite->goals.list.count; i++)
        vec_push(&builder->conditions, suite->goals.list.at[i].condition);
    for (size_t i = 0; i < system->obligations.count; i++)
        vec_push(&builder->conditions, expr_not(&system->exprs, system->obligations.at[i].holds));
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
    return SUITE_MADE;
}

enum suite_end suite_make(struct suite *suite, struct system *system, const struct budget *budget) {
    *suite = (struct suite){.system = system};
    goals_init(&suite->goals, system);
    if (suite->goals.list.count == 0)
        return SUITE_NO_GOALS;
    struct builder builder = {.suite = suite};
    size_t bytes = (system->rulebook->state_width + 1) * sizeof(int32_t);
    builder.state = memory_resize(NULL, bytes);
    builder.next = memory_resize(NULL, bytes);
    evaluator_init(&builder.evaluator, system->rulebook);
    enum suite_end end = explore(&builder, budget);
    if (end == SUITE_MADE && !add_candidates(&builder)) {
        suite->problem = builder.problem;
        end = SUITE_CONFUSED;
    }
    if (end == SUITE_MADE)
        select_vectors(&builder);
    else
        for (size_t c = 0; c < builder.candidates.count; c++)
            vec_free(&builder.candidates.at[c].steps);
    evaluator_clear(&builder.evaluator);
    explorer_free(builder.explorer);
    vec_free(&builder.conditions);
    vec_free(&builder.candidates);
    free(builder.state);
    free(builder.next);
    return end;
}

void suite_clear(struct suite *suite) {
    for (size_t i = 0; i < suite->vectors.count; i++)
        vec_free(&suite->vectors.at[i].steps);
    vec_free(&suite->vectors);
    goals_clear(&suite->goals);
    arena_clear(&suite->arena);
    *suite = (struct suite){0};
}

enum goal_status suite_status(const struct suite *suite, size_t goal) {
    for (size_t i = 0; i < suite->vectors.count; i++)
        if (suite->vectors.at[i].shows[goal])
            return GOAL_COVERED;
    bool proved = suite->stats.complete || suite->goals.list.at[goal].condition == EXPR_FALSE;
    return proved ? GOAL_UNREACHABLE : GOAL_UNKNOWN;
}

size_t suite_step_count(const struct suite *suite) {
    size_t count = 0;
    for (size_t i = 0; i < suite->vectors.count; i++)
        count += suite->vectors.at[i].steps.count;
    return count;
}
