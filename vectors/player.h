/* vectors/player.h -- what show.c (playing), show_goal.c (one goal) and choose.c (last steps) share. */
#ifndef VECTORS_PLAYER_H
#define VECTORS_PLAYER_H

#include "vectors/show.h"

/* What a step showed before: the same step in the same state shows the same. */
struct memo {
    uint64_t hash;
    const int32_t *state;
    const struct vector_step *step;
    const uint8_t *shows; /* of the goals of its action, in order */
};

struct player {
    struct suite *suite;
    struct evaluator evaluator;
    size_t width;
    transition_id *first; /* by call: its first transition; one more at the end */
    uint32_t *first_call; /* by action->index; those of one action lie together */
    uint32_t *end_call;
    bool counts_last; /* UNHURT: a failure before the step is to be added */
    int32_t *next, *other;
    VEC(int32_t) successors; /* of the call that is looked at, as the rulebook has them */
    VEC(struct memo) memos;
    VEC(uint32_t) slots; /* memo + 1; 0: empty */
};

/* Of a transition, with its choices; of a call, without. */
const int32_t *player_arguments(const struct player *player, transition_id t);
const int32_t *player_call_arguments(const struct player *player, uint32_t call);
/* The call with the arguments of the step. */
uint32_t player_find_call(const struct player *player, const struct vector_step *step);

/* The other codes of the failing check, and those of later failing checks whose place in the order is a guess and which
 * do not depend on it. */
void player_find_also(struct player *player, struct vector_step *step, const int32_t *state);
/* No other check fails, but for those that depend on the failing one or have no meaning here. */
bool player_fails_alone(struct player *player, const struct vector_step *step, const int32_t *state);
/* The rulebook's states after the call; player_shows_goal() needs them if the step succeeds. */
void player_find_successors(struct player *player, uint32_t call, const int32_t *state);
/* Everything but REPEATED, which is about two steps. */
enum shown player_shows_goal(struct player *player, size_t index, const struct vector_step *step, uint32_t call,
                             const int32_t *state, const int32_t *next);

static inline bool is_low(const struct origin *origin) {
    return origin != NULL && origin->confidence == CONFIDENCE_LOW;
}

#endif
