/* replay/blame.h -- which rule an outcome violates.
 *
 * A wrong error names its check.  A wrong state is the effect without which the rulebook, too, would show something
 * else in that place; if there is none, it is what the action must leave alone. */
#ifndef REPLAY_BLAME_H
#define REPLAY_BLAME_H

#include "replay/run.h"

/* A value of the state, and all those that show in one place only: found once for all vectors of a script. */
struct blame_change {
    uint32_t slot;
    int32_t value;
};
struct blame_note {
    const struct script *script;
    const char *symbol, *path;
    VEC(struct blame_change) changes;
};
struct blame_memory {
    VEC(struct blame_note *) notes;
};

/* Might the failure follow from what the fixture had got wrong?  It does not if the rulebook gives the same answers
 * whatever value the fields have that are seen there. */
bool blame_fixture(struct blame_memory *memory, const struct outcome *outcome, struct arena *arena);
void blame_memory_clear(struct blame_memory *memory);

/* Fills in rule, source and claim of a failure; texts live in the script or in `arena`.  Not for two threads at once.
 */
void blame(struct outcome *outcome, struct arena *arena);

#endif
