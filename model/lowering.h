/* model/lowering.h -- what the parts of grounding share; nobody outside model/lower*.c includes it.
 *
 * lower.c enumerates arguments and choices, lower_term.c makes expressions of terms, lower_meaning.c remembers those of
 * definitions, lower_effect.c makes updates of effects, lower_step.c looks at properties of steps, lower_obligation.c
 * collects what must hold for all of it to have a meaning. */
#ifndef MODEL_LOWERING_H
#define MODEL_LOWERING_H

#include "model/system.h"

/* A term's meaning: one expression, or one for each member of a set or key of a map. */
struct value {
    const struct type *type;
    uint32_t count;
    const expr_id *at;
};

/* Instances of one obligation, collected until the end. */
struct demand {
    struct span span;
    const char *text;
    VEC(expr_id) instances;
};

struct write {
    uint32_t var, order;
    expr_id condition, value;
    struct span span;
};

/* What definitions meant with the arguments they were lowered with: the same again, without looking at the body. */
struct meaning {
    const struct definition *definition;
    bool is_next; /* of the state after a step */
    int32_t step_action;
    uint32_t first_argument, argument_count, first_value, value_count; /* in meanings.parts */
    const struct type *type;
    expr_id defined;
};

struct meanings {
    VEC(struct meaning) all;
    VEC(expr_id) parts;
    uint32_t *slots; /* hash table: 1 + the number of a meaning, or 0 */
    size_t slot_count;
};

struct lowering {
    struct system *system;
    struct exprs *exprs;
    struct diags *diags;
    struct arena scratch; /* values of one call */
    struct value *frame;
    const struct action *action;
    uint32_t *first_var; /* by field->index: variable of object 0, element 0; objects follow in steps of field->width */
    bool is_step, in_old;
    int32_t step_action;
    expr_id defined; /* under which everything lowered so far has a meaning */
    VEC(struct demand *) demands;
    bool collects; /* obligations go to `obliged` and nowhere else */
    VEC(expr_id) obliged;
    VEC(struct write) writes;
    VEC(int32_t) digits; /* values of the bindings so far */
    struct meanings meanings;
    uint64_t work; /* terms lowered and values tried; bounded, so that hostile input ends */
    bool too_large;
    bool *moves;  /* by variable: another value than the initial one may come; NULL: always taken for granted */
    bool assumes; /* something depends on a variable that is not marked there */
};

typedef VEC(expr_id) expr_list;

/* lower.c: binds the parameter or choice to low->digits from `first_digit` on. */
void lower_bind_digits(struct lowering *low, const struct binding *binding, size_t first_digit);

/* lower_term.c */
struct value lower_term(struct lowering *low, const struct term *term);
expr_id lower_scalar(struct lowering *low, const struct term *term); /* of a term that is no set and no map */
expr_id lower_constant(struct lowering *low, const struct type *type, int32_t value);
void lower_bind(struct lowering *low, uint32_t slot, const struct type *type, int32_t value);
/* Is `value` a member (TRUE for kinds and ranges)? */
expr_id lower_membership(struct lowering *low, const struct domain *domain, int32_t value);
/* From here on everything has a meaning only if `condition` holds. */
void lower_demand(struct lowering *low, expr_id condition);
/* Counts a piece of work.  False once there was too much: then everything ends quickly, with an error. */
bool lower_may_go_on(struct lowering *low);
expr_id lower_state(struct lowering *low, const struct field *field, uint32_t object, uint32_t element);
uint32_t lower_var(const struct lowering *low, const struct field *field, uint32_t object, uint32_t element);
bool type_holds_bools(const struct type *type);

/* lower_meaning.c.  `arguments`: of the definition, `count` of them.  NULL: none is known; valid until the next one is
 * added. */
const struct meaning *meanings_find(const struct lowering *low, const struct definition *definition,
                                    const struct value *arguments, size_t count);
void meanings_add(struct lowering *low, const struct definition *definition, const struct value *arguments,
                  size_t count, struct value value, expr_id defined);
void meanings_clear(struct meanings *meanings);

/* lower_effect.c: effects fill low->writes, which lower_updates() makes the transition's updates. */
void lower_effect(struct lowering *low, const struct effect *effect, expr_id guard, expr_id condition);
void lower_updates(struct lowering *low, struct system_transition *transition);

/* lower_step.c: for each transition, when it violates this property. */
void lower_step(struct lowering *low, struct system_property *target);

/* lower_obligation.c */
extern const char obligation_meaning[], obligation_range[], obligation_consistent[], obligation_choice[];
/* `text` is one of these. */
void lower_oblige(struct lowering *low, struct span span, const char *text, expr_id holds);
/* Lowers a condition that stands alone: it must have a meaning wherever `guard` holds. */
expr_id lower_guarded(struct lowering *low, const struct term *term, expr_id guard);
void lower_obligations(struct lowering *low); /* the end: demands become the system's obligations */

#endif
