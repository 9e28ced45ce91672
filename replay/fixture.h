/* replay/fixture.h -- the network that vectors start from: made by calls, and removed by calls. */
#ifndef REPLAY_FIXTURE_H
#define REPLAY_FIXTURE_H

#include "replay/world.h"

/* What the fixture did not become, and why: "CreateVpc answers X". */
typedef VEC(const char *) fixture_problems;

/* Objects that do not become what they should are tainted, and told.  False: the endpoint is in trouble. */
bool fixture_make(struct world *world, fixture_problems *problems);
/* In reverse order, best effort, only what calls of ours made.  `expected`: what is known to be there, or NULL. */
void fixture_remove(struct world *world, const struct jtree *expected, fixture_problems *leaks);

/* Compares until there is no difference that the fixture had not, or, if it `may_wait`, until the profile's time is
 * over. False: the endpoint is in trouble. */
bool world_await(struct world *world, const struct jtree *expected, enum world_scope scope, bool may_wait,
                 difference_list *differences);

#endif
