/* model/system.h -- the rulebook over a scope: a finite transition system in arrays.
 *
 * Every engine works from this and nothing else.  A state is one number for each variable.  A call is an
 * action with the caller's arguments, a transition is a call with the service's choices; it is enabled
 * where its guard holds and then gives the variables of its updates new values, all at once. */
#ifndef MODEL_SYSTEM_H
#define MODEL_SYSTEM_H

#include "model/expr.h"
#include "model/rulebook.h"
#include "model/slice.h"

typedef uint32_t transition_id;

struct system_var {
    const struct field *field;
    uint32_t object, element;
    uint32_t slot; /* in a valuation (model/eval.h) */
    int32_t low, high, initial;
    bool is_bool;
    const char *name; /* "eni1.status", "web.nic[2]" */
};

struct system_call {
    const struct action *action;
    uint32_t arguments;  /* in system->arguments: values of the parameters */
    expr_id enabled;     /* where, allow, when */
    uint32_t checks;     /* in system->check_conditions: one for each check of the action */
    expr_id establishes; /* of a step of a plan: what is to hold after it; EXPR_TRUE: nothing, or fields are dropped */
};

struct system_update {
    uint32_t var;
    expr_id value;
};

struct system_transition {
    uint32_t call;
    uint32_t arguments; /* in system->arguments: parameters, then choices */
    expr_id guard;
    uint32_t first_update, update_count;
};

/* Something that must hold in every reachable state, or the rulebook has no meaning: no field of none is
 * read, no value leaves its range, no two effects contradict each other, a choice exists. */
struct system_obligation {
    struct span span;
    const char *text;
    expr_id holds;
};

struct system_property {
    const struct property *property;
    expr_id holds;       /* INVARIANT; REACHABLE, UNREACHABLE: the wanted condition; RECOVERABLE, LEADS_TO: to */
    expr_id from;        /* RECOVERABLE, LEADS_TO */
    uint32_t violations; /* STEP: in system->step_violations, one for each transition */
};

struct system {
    struct rulebook *rulebook;
    struct slice slice;
    struct arena arena;
    struct exprs exprs;
    VEC(struct system_var) vars;
    VEC(int32_t) arguments;
    VEC(struct system_call) calls;
    VEC(expr_id) check_conditions;
    VEC(struct system_transition) transitions;
    VEC(struct system_update) updates;
    VEC(struct system_obligation) obligations;
    VEC(struct system_property) properties;
    VEC(expr_id) step_violations;
    int32_t *initial; /* a whole valuation */
};

/* `properties` are those asked (lent); scenarios among them are passed over.  With `whole`, nothing is sliced away.
 * NULL after errors. */
struct system *system_new(struct rulebook *rulebook, const struct property *const *properties, size_t property_count,
                          bool whole, struct diags *diags);
void system_free(struct system *system);

/* What a well-formed system is: asserts. */
void system_check(const struct system *system);

static inline const struct action *system_action(const struct system *system, transition_id transition) {
    return system->calls.at[system->transitions.at[transition].call].action;
}

/* Between a state (one value per variable) and a valuation of all fields; dropped fields keep what is there. */
void system_to_valuation(const struct system *system, const int32_t *state, int32_t *valuation);
void system_from_valuation(const struct system *system, const int32_t *valuation, int32_t *state);

/* The lowest transition with this action and these arguments (parameters and choices), or UINT32_MAX. */
transition_id system_find(const struct system *system, const struct action *action, const int32_t *arguments);

#endif
