/* vectors/groups.h -- calls and transitions that a rule cannot tell apart.
 *
 * A rule mostly reads two or three of an action's arguments.  What it says is worked out once for all calls that agree
 * in these; a mutant of it then costs as much as there are groups, not as much as there are calls. */
#ifndef VECTORS_GROUPS_H
#define VECTORS_GROUPS_H

#include "model/system.h"

/* Which parameters and choices are read, a bit each in their order; the last bit stands for all beyond. */
typedef uint64_t read_set;

/* What reading the term or effect reads; it may name too many, never too few. */
void reads_term(const struct action *action, const struct term *term, read_set *reads);
void reads_effect(const struct action *action, const struct effect *effect, read_set *reads);

struct groups {
    const struct action *action;
    size_t bindings; /* that an item has values of */
    read_set reads;
    size_t count;
    VEC(size_t) group; /* of each item, in order */
    VEC(size_t) first; /* of each group: its first item */
    VEC(size_t) slots; /* hash table: item + 1 */
};

/* Items agree if they have the same values of what is read; `arguments[i]` is where those of item i begin in
 * system->arguments: the parameters' and, `with_choices`, the choices'.  False if these are the groups already. */
bool groups_make(struct groups *groups, const struct system *system, const struct action *action, bool with_choices,
                 read_set reads, const uint32_t *arguments, size_t count);
void groups_clear(struct groups *groups);

#endif
