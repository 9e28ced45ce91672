/* model/relower.h -- parts of a system once more, after the rulebook was changed in place (model/mutate.h).
 *
 * A mutant differs from its rulebook in one rule.  Here that rule alone is lowered for the calls and transitions that
 * the system has, into the same expression graph, so that what did not change is the same expression.  Nothing else of
 * the system changes. */
#ifndef MODEL_RELOWER_H
#define MODEL_RELOWER_H

#include "model/system.h"

struct relowering; /* opaque */
typedef VEC(struct system_update) update_list;

/* `system` is lent and must be whole (not sliced). */
struct relowering *relowering_new(struct system *system);
void relowering_free(struct relowering *relowering);

/* The call's check.  `*defined`: where it has a meaning, whatever the checks before it say. */
expr_id relower_check(struct relowering *relowering, uint32_t call, size_t check, expr_id *defined);
/* What the transition does now, by one rule or, with RELOWER_ALL, by all; `updates` is emptied first.  `*defined`:
 * where this has a meaning, whatever the guard says. */
#define RELOWER_ALL SIZE_MAX
void relower_effects(struct relowering *relowering, transition_id transition, size_t rule, update_list *updates,
                     expr_id *defined);
/* Too much was asked for; what was answered is no use. */
bool relowering_failed(const struct relowering *relowering);

#endif
