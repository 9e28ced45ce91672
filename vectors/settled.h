/* vectors/settled.h -- a vector as an implementation runs it that holds nothing up.
 *
 * The rules let a transition such as attaching take as long as it likes; an implementation reaches its end when it
 * wants, and a client waits for that.  So everything that happens by itself happens at once after each call. */
#ifndef VECTORS_SETTLED_H
#define VECTORS_SETTLED_H

#include "vectors/suite.h"
#include "wire/wire.h"

/* Does it happen by itself, and soon? */
bool settled_event(const struct wire_event *event);

/* Plays the vector so: `states` gets (steps + 1) * state_width values, before, between and after the steps; `settles`,
 * by step, whether something happens by itself after it.  False: some step would go another way, so that the vector
 * needs states in between. */
bool settled_play(struct wire_show *show, const struct vector *vector, int32_t *states, bool *settles);

/* The state `later` in which everything has happened that may, also what the rules let wait for ever. */
void settled_later(struct wire_show *show, const int32_t *state, int32_t *later);

#endif
