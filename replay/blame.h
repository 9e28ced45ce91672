/* replay/blame.h -- which rule an outcome violates.
 *
 * A wrong error names its check.  A wrong state is the effect without which the rulebook, too, would show something
 * else in that place; if there is none, it is what the action must leave alone. */
#ifndef REPLAY_BLAME_H
#define REPLAY_BLAME_H

#include "replay/run.h"

/* Might the failure follow from what the fixture had got wrong?  It does not if the rulebook gives the same answers
 * whatever value the fields have that are seen there. */
bool blame_fixture(const struct outcome *outcome, struct arena *arena);

/* Fills in rule, source and claim of a failure; texts live in the script or in `arena`.  Not for two threads at once. */
void blame(struct outcome *outcome, struct arena *arena);

#endif
