/* model/slice.h -- cone of influence: which fields and actions can matter for the asked properties.
 *
 * A field is kept if a kept property reads it, or if a kept action (one that assigns a kept field) reads
 * it anywhere: in its conditions, choices, or the effects on kept fields.  What is dropped can neither
 * enable nor change anything that is kept, so verdicts and shortest traces stay the same; only the number
 * of states falls.  Deadlock, liveness and step properties ask about every transition and keep everything.
 * Whether the dropped fields leave their ranges is not looked at: that is a question about them. */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include "model/rulebook.h"

struct slice {
    bool *fields;  /* by field->index */
    bool *fixed;   /* by field->index: kept, but no kept action assigns it, so it stays as it is initially */
    bool *actions; /* by action->index; an action that is not allowed is never kept */
    size_t dropped_fields, dropped_actions; /* state fields, allowed actions */
};

/* `properties`: those asked; `everything`: keep all. */
void slice_init(struct slice *slice, const struct rulebook *rulebook, const struct property *const *properties,
                size_t count, bool everything);
void slice_clear(struct slice *slice);

/* Does this effect, or one inside it, assign a field that is kept? */
bool slice_keeps(const struct slice *slice, const struct effect *effect);

#endif
