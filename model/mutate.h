/* model/mutate.h -- wrong versions of a rulebook, each with one rule changed in one place.
 *
 * The operators are those of mutation testing, applied to the typed rules: a check or effect is dropped, its condition
 * negated, a bound moved by one, a value inverted or moved by one.  Comparisons inside definitions belong to no single
 * rule and stay as they are. */
#ifndef MODEL_MUTATE_H
#define MODEL_MUTATE_H

#include "model/rulebook.h"

enum mutation { MUTATION_DROP, MUTATION_NEGATE, MUTATION_PLUS, MUTATION_MINUS };

struct mutant {
    const struct action *action;
    bool is_check;
    size_t rule; /* of action->checks or action->effects */
    const struct origin *origin;
    enum mutation mutation;
    struct span span;         /* what is changed */
    struct term **place;      /* a term to exchange ... */
    struct term *replacement; /* ... with this, or */
    struct effect *effect;    /* DROP: an effect to leave out */
    size_t body_count;        /* of that effect */
};

typedef VEC(struct mutant) mutant_list;

/* Every mutant of every check and effect of the allowed actions, in the order of the files.  They live in the
 * rulebook's arena. */
void mutants_list(struct rulebook *rulebook, mutant_list *mutants);
/* Changes the rulebook; a second call changes it back. */
void mutant_toggle(struct mutant *mutant);

const char *mutation_text(enum mutation mutation); /* "dropped", "negated", "+1", "-1" */

#endif
