/* wire/match.h -- a request back into an action of the rulebook with its arguments.
 *
 * Forms are tried by what they say (actions.yaml): every member of the request must be accounted for.  Of several that
 * fit, the one that takes the request most literally wins. */
#ifndef WIRE_MATCH_H
#define WIRE_MATCH_H

#include "wire/wire.h"

/* An object named by one of its ids. */
struct wire_naming {
    const struct binding *binding;
    const struct wire_id *id;
    const char *text;
};

struct wire_match {
    const struct wire_action *action;
    const struct wire_call_form *form;
    int32_t *arguments; /* room for the choices, too; from the arena */
    unsigned cost;      /* how much was read between the lines */
    VEC(struct wire_naming) namings;
};

typedef VEC(struct wire_match) wire_matches;

/* All forms that `request` may mean, best first, without the objects: those are left to the caller, from `namings`.
 * Arguments of objects are -1, of sets empty. */
void wire_match(const struct wire *wire, const struct wire_operation *operation, const struct jtree *request,
                struct arena *arena, wire_matches *matches);
void wire_matches_clear(wire_matches *matches);

#endif
