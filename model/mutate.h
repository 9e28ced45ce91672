/* model/mutate.h -- wrong versions of a rulebook, each with one rule changed in one place.
 *
 * The operators are those of mutation testing, applied to the typed rules.  What a definition says is changed for one
 * rule that uses it at a time, as if it were written there; what an action's `let` says, for the action. */
#ifndef MODEL_MUTATE_H
#define MODEL_MUTATE_H

#include "model/rulebook.h"

/* MUTATION(NAME, in words, in ids) */
#define MUTATIONS                                                                                                      \
    MUTATION(DROP, "dropped", "dropped")   /* a check, an effect, an assignment of it */                               \
    MUTATION(NEGATE, "negated", "negated") /* a whole condition, an assigned truth value */                            \
    MUTATION(PLUS, "+1", "plus-1")         /* a bound, an assigned number */                                           \
    MUTATION(MINUS, "-1", "minus-1")                                                                                   \
    MUTATION(CODE, "wrong code", "wrong-code") /* another error code */                                                \
    MUTATION(TRUE, "stuck at true", "true")    /* an atomic condition, as in MC/DC */                                  \
    MUTATION(FALSE, "stuck at false", "false")                                                                         \
    MUTATION(INVERT, "flag inverted", "inverted")      /* an atomic condition on a flag of the call */                 \
    MUTATION(VALUE, "wrong value", "wrong-value")      /* a named value, compared or assigned */                       \
    MUTATION(MEMBER, "without a member", "member")     /* of a set that a condition spells out */                      \
    MUTATION(ALL, "applied to all", "all")             /* objects of the kind */                                       \
    MUTATION(ALIKE, "applied to all alike", "alike")   /* objects that agree with it in every field */                 \
    MUTATION(NEXT, "applied to the next, too", "next") /* object of the kind; after the last comes the first */

enum mutation {
#define MUTATION(name, words, slug) MUTATION_##name,
    MUTATIONS
#undef MUTATION
};

enum mutant_part { MUTANT_CHECK, MUTANT_EFFECT, MUTANT_LET };

/* What is exchanged: one of a term, the inside of an effect, a check's codes. */
struct mutant {
    const struct action *action;
    enum mutant_part part;
    size_t rule;                 /* of action->checks, action->effects or action->lets */
    const struct origin *origin; /* NULL for a LET */
    enum mutation mutation;
    struct span span; /* what is changed */
    struct term **place, *term;
    struct term **outer, *inlined; /* the call of a definition around it, and the definition's term in its place */
    struct effect *effect, inside;
    struct check *check;
    const char **codes;
    size_t code_count;
};

typedef VEC(struct mutant) mutant_list;

enum mutation_set {
    MUTATIONS_COARSE, /* rules dropped, negated, moved by one: what `ablate` needs */
    MUTATIONS_ALL
};

/* Mutants of every check, effect and let of the allowed actions, in the order of the files.  They live in the
 * rulebook's arena; actions get room for more variables. */
void mutants_list(struct rulebook *rulebook, enum mutation_set set, mutant_list *mutants);
/* Changes the rulebook; a second call changes it back. */
void mutant_toggle(struct mutant *mutant);

/* A copy of the condition in which definitions are replaced by what they say.  Its variables belong to the action. */
struct term *term_inline(struct rulebook *rulebook, struct action *action, const struct term *term);

const char *mutation_text(enum mutation mutation); /* "dropped", "negated", "+1", ... */
const char *mutation_slug(enum mutation mutation); /* for ids */

#endif
