/* What one step shows of one goal. */
#include <string.h>

#include "vectors/player.h"

const int32_t *player_arguments(const struct player *player, transition_id t) {
    const struct system *system = player->suite->system;
    return system->arguments.at + system->transitions.at[t].arguments;
}

const int32_t *player_call_arguments(const struct player *player, uint32_t call) {
    const struct system *system = player->suite->system;
    return system->arguments.at + system->calls.at[call].arguments;
}

uint32_t player_find_call(const struct player *player, const struct vector_step *step) {
    size_t bytes = action_width(step->action, false) * sizeof(int32_t);
    uint32_t call = player->first_call[step->action->index];
    while (call < player->end_call[step->action->index] && bytes > 0 &&
           memcmp(player_call_arguments(player, call), step->arguments, bytes) != 0)
        call++;
    return call;
}

/* ---- responses ---- */

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

void player_find_also(struct player *player, struct vector_step *step, const int32_t *state) {
    const struct action *action = step->action;
    const struct dependence *dependence = &player->suite->goals.dependence;
    size_t room = 0;
    for (size_t k = 0; k < action->checks.count; k++)
        room += action->checks.at[k].code_count;
    step->also = NULL;
    step->also_count = 0;
    for (size_t k = step->failed; k < action->checks.count; k++) {
        const struct check *check = &action->checks.at[k];
        bool counts =
            k == step->failed || (check->order == ORDER_ASSUMED && !is_dependent(dependence, action, step->failed, k) &&
                                  eval_check(&player->evaluator, action, k, step->arguments, state) == EVAL_ERROR);
        for (size_t i = 0; counts && i < check->code_count; i++)
            add_also(player->suite, step, check->codes[i], room);
    }
}

static bool is_accepted(const struct vector_step *step, const char *code) {
    if (strcmp(step->action->checks.at[step->failed].codes[0], code) == 0)
        return true;
    for (size_t i = 0; i < step->also_count; i++)
        if (strcmp(step->also[i], code) == 0)
            return true;
    return false;
}

bool player_fails_alone(struct player *player, const struct vector_step *step, const int32_t *state) {
    const struct action *action = step->action;
    for (size_t k = 0; k < action->checks.count; k++)
        if (k != step->failed && !is_dependent(&player->suite->goals.dependence, action, step->failed, k) &&
            eval_check(&player->evaluator, action, k, step->arguments, state) == EVAL_ERROR)
            return false;
    return true;
}

/* ---- mutants ---- */

void player_find_successors(struct player *player, uint32_t call, const int32_t *state) {
    player->successors.count = 0;
    for (transition_id t = player->first[call]; t < player->first[call + 1]; t++) {
        const struct action *action = player->suite->system->calls.at[call].action;
        if (eval_step(&player->evaluator, action, player_arguments(player, t), true, state, player->other) != EVAL_OK)
            continue;
        for (size_t i = 0; i < player->width; i++)
            vec_push(&player->successors, player->other[i]);
    }
}

static bool is_successor(const struct player *player, const int32_t *state) {
    size_t count = player->width == 0 ? 0 : player->successors.count / player->width;
    for (size_t i = 0; i < count; i++)
        if (memcmp(player->successors.at + i * player->width, state, player->width * sizeof *state) == 0)
            return true;
    return false;
}

/* The mutant is in place.  Both answer ok: does it lead elsewhere, whatever is chosen? */
static enum shown shows_elsewhere(struct player *player, uint32_t call, const int32_t *state) {
    const struct action *action = player->suite->system->calls.at[call].action;
    enum shown shown = SHOWN_NOT;
    bool is_weak = false;
    for (transition_id t = player->first[call]; t < player->first[call + 1]; t++)
        switch (eval_step(&player->evaluator, action, player_arguments(player, t), true, state, player->other)) {
        case EVAL_OK:
            if (is_successor(player, player->other))
                return SHOWN_NOT;
            shown = SHOWN;
            break;
        case EVAL_BROKEN:
            is_weak = true;
            break;
        case EVAL_ERROR:
        case EVAL_DISABLED:
            break;
        }
    return is_weak ? SHOWN_WEAK : shown;
}

static enum shown shows_wrong_code(const struct player *player, const struct vector_step *step) {
    const struct check *check = &step->action->checks.at[player->evaluator.failed_check];
    for (size_t i = 0; i < check->code_count; i++)
        if (is_accepted(step, check->codes[i]))
            return SHOWN_NOT;
    return SHOWN;
}

static enum shown shows_mutant(struct player *player, struct mutant *mutant, const struct vector_step *step,
                               uint32_t call, const int32_t *state) {
    bool ok = step->failed == STEP_OK;
    enum shown shown = SHOWN_NOT;
    struct vector_step before = *step;
    const struct check *check = ok ? NULL : &step->action->checks.at[step->failed];
    const char *code = ok ? NULL : check->codes[0];
    player->suite->evaluations++;
    mutant_toggle(mutant);
    enum eval_outcome outcome =
        eval_step(&player->evaluator, step->action, step->arguments, false, state, player->other);
    if (outcome == EVAL_BROKEN)
        shown = SHOWN_WEAK;
    else if (outcome == EVAL_OK && ok)
        shown = mutant->part == MUTANT_CHECK ? SHOWN_NOT : shows_elsewhere(player, call, state);
    else if (outcome == EVAL_OK)
        shown = SHOWN;
    else if (outcome == EVAL_ERROR && ok)
        shown = SHOWN;
    else if (outcome == EVAL_ERROR && check->codes[0] == code)
        shown = shows_wrong_code(player, &before);
    else if (outcome == EVAL_ERROR) { /* this check's codes are changed */
        const struct check *answer = &step->action->checks.at[player->evaluator.failed_check];
        shown = SHOWN;
        for (size_t i = 0; i < answer->code_count; i++) {
            bool right = strcmp(answer->codes[i], code) == 0;
            for (size_t j = 0; j < step->also_count; j++)
                right = right || strcmp(answer->codes[i], step->also[j]) == 0;
            if (right)
                shown = SHOWN_NOT;
        }
    }
    mutant_toggle(mutant);
    return shown;
}

/* ---- goals ---- */

/* The check is asked, and the two sides of the comparison are so far apart. */
static bool is_at_boundary(struct player *player, const struct goal *goal, const struct vector_step *step,
                           const int32_t *state) {
    if (step->failed != STEP_OK && step->failed < goal->check)
        return false;
    struct mutant *in_place = &player->suite->goals.mutants.at[goal->mutant];
    mutant_toggle(in_place);
    bool holds = eval_check(&player->evaluator, step->action, goal->check, step->arguments, state) == EVAL_OK;
    mutant_toggle(in_place);
    return holds;
}

enum shown player_shows_goal(struct player *player, size_t index, const struct vector_step *step, uint32_t call,
                             const int32_t *state, const int32_t *next) {
    const struct goal *goal = &player->suite->goals.list.at[index];
    bool ok = step->failed == STEP_OK, yes = false;
    switch (goal->form) {
    case GOAL_OK:
        yes = ok;
        break;
    case GOAL_FIRST:
        yes = goal->check == step->failed;
        break;
    case GOAL_ALONE:
        yes = goal->check == step->failed && player_fails_alone(player, step, state);
        break;
    case GOAL_CODE:
        yes = !ok && strcmp(step->action->checks.at[step->failed].codes[0], goal->code) == 0;
        break;
    case GOAL_BOUNDARY:
        yes = is_at_boundary(player, goal, step, state);
        break;
    case GOAL_ARGUMENT:
        yes = (ok || !goal->succeeds) && goal_has_argument(goal, step->arguments);
        break;
    case GOAL_NO_CHANGE:
        yes = ok && memcmp(state, next, player->width * sizeof *state) == 0;
        break;
    case GOAL_REPEATED:
        break;
    case GOAL_UNHURT: /* about two steps; the last one is this */
        yes = ok && player->counts_last;
        break;
    case GOAL_ATOM:
    case GOAL_EFFECT:
    case GOAL_MUTANT:
        return shows_mutant(player, &player->suite->goals.mutants.at[goal->mutant], step, call, state);
    case GOAL_FORMS:
        break;
    }
    return yes ? SHOWN : SHOWN_NOT;
}
