#include "vectors/show.h"

#include <string.h>

#include "model/print.h"
#include "vectors/player.h"

struct player *player_new(struct suite *suite) {
    const struct system *system = suite->system;
    struct player *player = memory_resize(NULL, sizeof *player);
    *player = (struct player){.suite = suite, .width = system->rulebook->state_width};
    size_t actions = system->rulebook->actions.count;
    evaluator_init(&player->evaluator, system->rulebook);
    player->next = memory_resize(NULL, (player->width + 1) * sizeof *player->next);
    player->other = memory_resize(NULL, (player->width + 1) * sizeof *player->other);
    player->first = memory_resize(NULL, (system->calls.count + 1) * sizeof *player->first);
    player->first_call = memory_resize(NULL, (actions + 1) * sizeof *player->first_call);
    player->end_call = memory_resize(NULL, (actions + 1) * sizeof *player->end_call);
    memset(player->first_call, 0, (actions + 1) * sizeof *player->first_call);
    memset(player->end_call, 0, (actions + 1) * sizeof *player->end_call);
    transition_id t = 0;
    for (uint32_t c = 0; c < system->calls.count; c++) {
        uint32_t action = system->calls.at[c].action->index;
        if (player->end_call[action] == 0)
            player->first_call[action] = c;
        player->end_call[action] = c + 1;
        player->first[c] = t;
        while (t < system->transitions.count && system->transitions.at[t].call == c)
            t++;
    }
    player->first[system->calls.count] = t;
    return player;
}

void player_free(struct player *player) {
    if (player == NULL)
        return;
    evaluator_clear(&player->evaluator);
    free(player->next);
    free(player->other);
    free(player->first);
    free(player->first_call);
    free(player->end_call);
    vec_free(&player->successors);
    vec_free(&player->memos);
    vec_free(&player->slots);
    free(player);
}

/* ---- what a step showed before ---- */

static uint64_t hash_step(const struct player *player, const struct vector_step *step, const int32_t *state) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ step->action->index;
    size_t width = action_width(step->action, step->failed == STEP_OK);
    for (size_t i = 0; i < player->width; i++)
        hash = (hash ^ (uint32_t)state[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < width; i++)
        hash = (hash ^ (uint32_t)step->arguments[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    return hash * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_same_step(const struct player *player, const struct memo *memo, const struct vector_step *step,
                         const int32_t *state) {
    size_t width = action_width(step->action, step->failed == STEP_OK);
    return memo->step->action == step->action && memo->step->failed == step->failed &&
           (width == 0 || memcmp(memo->step->arguments, step->arguments, width * sizeof *state) == 0) &&
           memcmp(memo->state, state, player->width * sizeof *state) == 0;
}

static void grow(struct player *player) {
    size_t count = player->slots.count == 0 ? 64 : 2 * player->slots.count;
    player->slots.count = 0;
    for (size_t i = 0; i < count; i++)
        vec_push(&player->slots, 0);
    for (uint32_t m = 0; m < player->memos.count; m++) {
        size_t slot = player->memos.at[m].hash & (count - 1);
        while (player->slots.at[slot] != 0)
            slot = (slot + 1) & (count - 1);
        player->slots.at[slot] = m + 1;
    }
}

/* What the step shows of the goals of its action. */
static const uint8_t *recall(struct player *player, const struct vector_step *step, const int32_t *state,
                             const int32_t *next) {
    struct suite *suite = player->suite;
    if (2 * (player->memos.count + 1) > player->slots.count)
        grow(player);
    struct memo memo = {.hash = hash_step(player, step, state)};
    size_t mask = player->slots.count - 1, slot = memo.hash & mask;
    for (; player->slots.at[slot] != 0; slot = (slot + 1) & mask) {
        const struct memo *known = &player->memos.at[player->slots.at[slot] - 1];
        if (known->hash == memo.hash && is_same_step(player, known, step, state))
            return known->shows;
    }
    size_t first = suite->goals.first[step->action->index], end = suite->goals.end[step->action->index];
    uint8_t *shows = arena_alloc(&suite->arena, end - first + 1);
    uint32_t call = player_find_call(player, step);
    if (step->failed == STEP_OK)
        player_find_successors(player, call, state);
    for (size_t g = first; g < end; g++)
        shows[g - first] = (uint8_t)player_shows_goal(player, g, step, call, state, next);
    memo.state = arena_copy(&suite->arena, state, (player->width + 1) * sizeof *state);
    memo.step = arena_copy(&suite->arena, step, sizeof *step);
    memo.shows = shows;
    vec_push(&player->memos, memo);
    player->slots.at[slot] = (uint32_t)player->memos.count;
    return shows;
}

static bool is_repeated(const struct vector_step *step, const struct vector_step *before) {
    return before != NULL && step->action == before->action && step->action->by == BY_CLIENT &&
           before->failed == STEP_OK &&
           (action_width(step->action, false) == 0 ||
            memcmp(step->arguments, before->arguments, action_width(step->action, false) * sizeof(int32_t)) == 0);
}

static bool is_unhurt(const struct vector *vector, size_t number) {
    const struct vector_step *step = &vector->steps.at[number];
    return number > 0 && step->failed == STEP_OK && step[-1].failed != STEP_OK && step->action == step[-1].action;
}

void player_look(struct player *player, const struct vector_step *step, const struct vector_step *before,
                 const int32_t *state, const int32_t *next, const bool *wanted, uint8_t *shows) {
    const struct goals *goals = &player->suite->goals;
    struct vector_step answer = *step; /* player_find_also() writes */
    bool repeats = is_repeated(step, before), is_ready = false;
    uint32_t call = 0;
    for (size_t g = goals->first[step->action->index]; g < goals->end[step->action->index]; g++) {
        if (!wanted[g] || shows[g] == SHOWN)
            continue;
        if (!is_ready) {
            call = player_find_call(player, step);
            if (step->failed == STEP_OK)
                player_find_successors(player, call, state);
            else
                player_find_also(player, &answer, state);
            is_ready = true;
        }
        enum shown shown = goals->list.at[g].form == GOAL_REPEATED && repeats
                               ? SHOWN
                               : player_shows_goal(player, g, &answer, call, state, next);
        if (shown > shows[g])
            shows[g] = (uint8_t)shown;
    }
}

/* ---- playing ---- */

/* The state after a step, or false if the step does not go as it says. */
static bool play_step(struct player *player, const struct vector_step *step, const int32_t *state, int32_t *next) {
    bool ok = step->failed == STEP_OK;
    enum eval_outcome outcome = eval_step(&player->evaluator, step->action, step->arguments, ok, state, next);
    if (ok)
        return outcome == EVAL_OK;
    memcpy(next, state, player->width * sizeof *next);
    return outcome == EVAL_ERROR && player->evaluator.failed_check == step->failed;
}

bool player_answers(struct player *player, const struct vector_step *step, const int32_t *state) {
    return play_step(player, step, state, player->other);
}

/* A rule of low confidence that, left out, would make a difference here. */
static bool rests_on_low(const struct suite *suite, const struct vector_step *step, const uint8_t *shows) {
    const struct goals *goals = &suite->goals;
    size_t first = goals->first[step->action->index], end = goals->end[step->action->index];
    for (size_t g = first; g < end; g++) {
        const struct goal *goal = &goals->list.at[g];
        if (goal_is_mutant(goal) && goals->mutants.at[goal->mutant].mutation == MUTATION_DROP &&
            shows[g - first] != SHOWN_NOT && is_low(goal_origin(goals, goal)))
            return true;
    }
    return step->failed != STEP_OK && is_low(&step->action->checks.at[step->failed].origin);
}

static void note_shown(struct player *player, struct vector *vector, size_t number, const int32_t *state) {
    struct goals *goals = &player->suite->goals;
    const struct vector_step *step = &vector->steps.at[number];
    size_t first = goals->first[step->action->index], end = goals->end[step->action->index];
    const uint8_t *shows = recall(player, step, state, state + player->width);
    for (size_t g = first; g < end; g++)
        if (shows[g - first] > vector->shows[g])
            vector->shows[g] = shows[g - first];
    for (size_t g = first; g < end && is_repeated(step, number == 0 ? NULL : step - 1); g++)
        if (goals->list.at[g].form == GOAL_REPEATED)
            vector->shows[g] = SHOWN;
    bool needs = step->action->origin.capability != NULL ||
                 (step->failed != STEP_OK && step->action->checks.at[step->failed].origin.capability != NULL);
    if (needs && vector->level == LEVEL_CORE)
        vector->level = LEVEL_EXTENDED;
    for (size_t g = first; g < end && is_unhurt(vector, number); g++)
        if (goals->list.at[g].form == GOAL_UNHURT)
            vector->shows[g] = SHOWN;
    if (rests_on_low(player->suite, step, shows))
        vector->level = LEVEL_QUIRK;
}

bool player_step(struct player *player, struct vector *vector, size_t number, const int32_t *state, int32_t *next) {
    struct vector_step *step = &vector->steps.at[number];
    if (!play_step(player, step, state, next))
        return false;
    if (step->failed != STEP_OK)
        player_find_also(player, step, state);
    note_shown(player, vector, number, state);
    return true;
}

bool player_play(struct player *player, struct vector *vector, const char **problem) {
    struct suite *suite = player->suite;
    struct rulebook *rulebook = suite->system->rulebook;
    size_t width = player->width;
    int32_t *states = arena_alloc(&suite->arena, ((vector->steps.count + 1) * width + 1) * sizeof *states);
    vector->shows = arena_alloc(&suite->arena, suite->goals.list.count + 1);
    vector->states = states;
    vector->level = LEVEL_CORE;
    bool good = eval_initial(&player->evaluator, states);
    for (size_t i = 0; i < vector->steps.count && good; i++, states += width) {
        good = player_step(player, vector, i, states, states + width);
        if (!good) {
            const char *path = "";
            for (size_t j = 0; j <= i; j++)
                path = arena_format(&suite->arena, "%s%s%s", path, j == 0 ? "" : "; ",
                                    print_call(rulebook, vector->steps.at[j].action, vector->steps.at[j].arguments,
                                               vector->steps.at[j].failed == STEP_OK));
            *problem = arena_format(&suite->arena, "the last step does not go as expected: %s", path);
        }
    }
    return good;
}

bool suite_play(struct suite *suite, struct vector *vector, const char **problem) {
    struct player *player = player_new(suite);
    bool good = player_play(player, vector, problem);
    player_free(player);
    return good;
}
