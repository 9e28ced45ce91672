/* solver/cube.h -- sets of states as conjunctions of literals.
 *
 * A literal is about one variable: of few values, that it has not a certain one; of many, that it is at least or at
 * most some number.  So "status == attached" is one literal for each other status, and what a proof does not need of
 * them falls away one by one: "status is neither absent nor available" covers more than "status == attached". */
#ifndef SOLVER_CUBE_H
#define SOLVER_CUBE_H

#include "model/system.h"

typedef uint32_t literal_id; /* in the table */

enum literal_form { LITERAL_NOT, LITERAL_LEAST, LITERAL_MOST };

struct literal {
    uint32_t var;
    enum literal_form form;
    int32_t value;
    expr_id holds; /* the literal as an expression */
};

struct wide_literals {
    VEC(literal_id) ids;
};

struct literals {
    struct system *system; /* lent; expressions join its graph */
    VEC(struct literal) at;
    uint32_t *first;            /* by variable of few values: where its literals begin, one for each value */
    struct wide_literals *wide; /* by variable of many values: those there are */
};

/* Sorted, no duplicates. */
struct cube {
    literal_id *at;
    size_t count, room;
};

void literals_init(struct literals *literals, struct system *system);
void literals_clear(struct literals *literals);

bool literal_is_true(const struct literals *literals, literal_id id, const int32_t *state);
/* Does the literal follow from this value of its variable? */
bool literal_admits(const struct literal *literal, int32_t value);

/* Adds what is true where the variable `form` `value` (at least, at most,
 * other than); cube_sort() afterwards. */
void cube_add(struct cube *cube, struct literals *literals, uint32_t var, enum literal_form form, int32_t value);
void cube_add_exact(struct cube *cube, struct literals *literals, uint32_t var, int32_t value);
/* That it is not `value`: of a variable of many values, on this side of it. */
void cube_add_other(struct cube *cube, struct literals *literals, uint32_t var, int32_t value, int32_t here);
void cube_sort(struct cube *cube);
void cube_copy(struct cube *cube, const struct cube *from);
bool cube_has(const struct cube *cube, const struct literals *literals, const int32_t *state);
/* Does every state of `inner` belong to `outer`, as far as the literals show it? */
bool cube_within(const struct cube *inner, const struct cube *outer);

#endif
