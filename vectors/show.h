/* vectors/show.h -- what a step shows, by the plain evaluator alone.
 *
 * It decides what the explorer found: a goal counts only if it is confirmed here.  For a mutant the changed rulebook is
 * evaluated in the same state with the same call. */
#ifndef VECTORS_SHOW_H
#define VECTORS_SHOW_H

#include "model/eval.h"
#include "vectors/suite.h"

struct player; /* opaque */

struct player *player_new(struct suite *suite);
void player_free(struct player *player);

/* Plays a vector as suite_play() does. */
bool player_play(struct player *player, struct vector *vector, const char **problem);

/* Does the step go as it says in this state? */
bool player_answers(struct player *player, const struct vector_step *step, const int32_t *state);

/* Plays one step, with the others before it in the vector.  `next`, behind `state` in memory, gets the state after it;
 * `also`, `shows` and `level` are brought up to date.  False if it does not go as it says. */
bool player_step(struct player *player, struct vector *vector, size_t number, const int32_t *state, int32_t *next);

/* What one step shows of the `wanted` goals: raises `shows`, both by goal.  `before` is the step before it, or NULL;
 * `next` the state after it. */
void player_look(struct player *player, const struct vector_step *step, const struct vector_step *before,
                 const int32_t *state, const int32_t *next, const bool *wanted, uint8_t *shows);

/* The best last step for the goal in this state: one that changes something or whose check fails alone, then the one
 * with the smallest arguments.  False if no call of the action shows it. */
bool player_choose(struct player *player, size_t goal, const int32_t *state, struct vector_step *step);

/* REPEATED: the call of `step` once more in the state after it.  False if it has no answer there. */
bool player_repeat(struct player *player, const struct vector_step *step, const int32_t *state,
                   struct vector_step *again);

/* UNHURT: the first call of the action that fails in this state.  False if none does. */
bool player_fail(struct player *player, const struct action *action, const int32_t *state, struct vector_step *step);

#endif
