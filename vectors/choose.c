/* The last step of a vector: the smallest arguments that show the goal. */
#include <string.h>

#include "vectors/player.h"

/* What the call does in this state: its error, or the first success that changes something, or any.  False if neither.
 */
static bool answer_call(struct player *player, uint32_t call, const int32_t *state, struct vector_step *step) {
    const struct action *action = player->suite->system->calls.at[call].action;
    *step = (struct vector_step){.action = action, .arguments = player_call_arguments(player, call), .failed = STEP_OK};
    enum eval_outcome outcome = eval_step(&player->evaluator, action, step->arguments, false, state, NULL);
    if (outcome == EVAL_ERROR) {
        step->failed = player->evaluator.failed_check;
        memcpy(player->next, state, player->width * sizeof *state);
        return true;
    }
    bool found = false, changes = false;
    for (transition_id t = player->first[call]; outcome == EVAL_OK && t < player->first[call + 1] && !changes; t++) {
        const int32_t *arguments = player_arguments(player, t);
        if (eval_step(&player->evaluator, action, arguments, true, state, player->other) != EVAL_OK)
            continue;
        changes = memcmp(state, player->other, player->width * sizeof *state) != 0;
        if (!found || changes) {
            step->arguments = arguments;
            memcpy(player->next, player->other, player->width * sizeof *state);
        }
        found = true;
    }
    return found;
}

bool player_choose(struct player *player, size_t index, const int32_t *state, struct vector_step *step) {
    struct suite *suite = player->suite;
    const struct goal *goal = &suite->goals.list.at[index];
    unsigned best = 0;
    player->counts_last = goal->form == GOAL_UNHURT;
    for (uint32_t call = player->first_call[goal->action->index];
         call < player->end_call[goal->action->index] && best < 7; call++) {
        struct vector_step candidate;
        if (!answer_call(player, call, state, &candidate))
            continue;
        bool ok = candidate.failed == STEP_OK;
        if (ok)
            player_find_successors(player, call, state);
        else
            player_find_also(player, &candidate, state);
        struct vector_step again;
        enum shown shown = goal->form == GOAL_REPEATED
                               ? (ok && player_repeat(player, &candidate, state, &again) ? SHOWN : SHOWN_NOT)
                               : player_shows_goal(player, index, &candidate, call, state, player->next);
        if (shown == SHOWN_NOT)
            continue;
        bool is_clear = ok ? memcmp(state, player->next, player->width * sizeof *state) != 0
                           : player_fails_alone(player, &candidate, state);
        bool is_firm = ok || !is_low(&candidate.action->checks.at[candidate.failed].origin);
        unsigned rank = (shown == SHOWN ? 4u : 0) + (is_firm ? 2u : 0) + (is_clear ? 1u : 0);
        if (goal->form == GOAL_NO_CHANGE)
            rank |= 1;
        if (rank + 1 > best) {
            best = rank + 1;
            *step = candidate;
        }
        if (rank == 7)
            break;
    }
    player->counts_last = false;
    return best > 0;
}

bool player_fail(struct player *player, const struct action *action, const int32_t *state, struct vector_step *step) {
    for (uint32_t call = player->first_call[action->index]; call < player->end_call[action->index]; call++)
        if (answer_call(player, call, state, step) && step->failed != STEP_OK &&
            !is_low(&action->checks.at[step->failed].origin) && player_fails_alone(player, step, state))
            return true;
    for (uint32_t call = player->first_call[action->index]; call < player->end_call[action->index]; call++)
        if (answer_call(player, call, state, step) && step->failed != STEP_OK)
            return true;
    return false;
}

bool player_repeat(struct player *player, const struct vector_step *step, const int32_t *state,
                   struct vector_step *again) {
    int32_t *after = memory_resize(NULL, (player->width + 1) * sizeof *after);
    bool good = eval_step(&player->evaluator, step->action, step->arguments, true, state, after) == EVAL_OK &&
                answer_call(player, player_find_call(player, step), after, again);
    free(after);
    return good;
}
