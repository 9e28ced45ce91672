/* model/expr.h -- grounded expressions: a hash-consed, immutable graph in arrays.
 *
 * Every argument has a smaller id than its expression, so a pass is a loop from 0.  The constructors
 * simplify (constants, neutral elements, complements, negations pushed to the leaves), so that a guard
 * that cannot hold is the constant `false`.  Truth values are 0 and 1. */
#ifndef MODEL_EXPR_H
#define MODEL_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

typedef uint32_t expr_id;
#define EXPR_FALSE ((expr_id)0)
#define EXPR_TRUE ((expr_id)1)

enum op {
#define OP(name, spelling, sort, meaning) OP_##name,
#include "model/ops.def"
#undef OP
    OP_LAST
};

struct expr {
    uint8_t op; /* enum op */
    bool is_bool;
    int32_t payload;
    int32_t low, high;     /* its value is always in this range */
    uint32_t first, count; /* arguments: pool->args.at[first .. first + count) */
};

struct exprs {
    VEC(struct expr) nodes;
    VEC(expr_id) args;
    expr_id *slots; /* hash table, id + 1 */
    size_t slot_count;
    bool overflow; /* an integer left +-LIMIT_INTEGER, or there are too many nodes */
    VEC(expr_id) scratch;
};

void exprs_init(struct exprs *exprs); /* makes EXPR_FALSE and EXPR_TRUE */
void exprs_clear(struct exprs *exprs);

expr_id expr_bool(bool value);
expr_id expr_int(struct exprs *exprs, int32_t value);
expr_id expr_var(struct exprs *exprs, uint32_t var, int32_t low, int32_t high, bool is_bool);
expr_id expr_next(struct exprs *exprs, uint32_t var, int32_t low, int32_t high, bool is_bool);
expr_id expr_not(struct exprs *exprs, expr_id a);
expr_id expr_and(struct exprs *exprs, const expr_id *args, size_t count); /* `args` may be in any order */
expr_id expr_or(struct exprs *exprs, const expr_id *args, size_t count);
expr_id expr_and2(struct exprs *exprs, expr_id a, expr_id b);
expr_id expr_or2(struct exprs *exprs, expr_id a, expr_id b);
expr_id expr_implies(struct exprs *exprs, expr_id a, expr_id b);
expr_id expr_eq(struct exprs *exprs, expr_id a, expr_id b);
expr_id expr_le(struct exprs *exprs, expr_id a, expr_id b);
expr_id expr_ite(struct exprs *exprs, expr_id condition, expr_id yes, expr_id no);
expr_id expr_add(struct exprs *exprs, const expr_id *args, size_t count);
expr_id expr_negate(struct exprs *exprs, expr_id a);
expr_id expr_binary(struct exprs *exprs, enum op op, expr_id a, expr_id b); /* MUL, DIV, MOD */
expr_id expr_count(struct exprs *exprs, const expr_id *args, size_t count);
/* values[i] belongs to the index low + i */
expr_id expr_select(struct exprs *exprs, expr_id index, int32_t low, const expr_id *values, size_t count);

static inline const struct expr *expr_get(const struct exprs *exprs, expr_id id) { return &exprs->nodes.at[id]; }
static inline const expr_id *expr_args(const struct exprs *exprs, expr_id id) {
    return exprs->args.at + exprs->nodes.at[id].first;
}
bool expr_is_const(const struct exprs *exprs, expr_id id, int32_t *value);

/* Rebuilds `root` with other leaves: `leaf` is asked for every VAR and NEXT.  `map` keeps what was rebuilt, for further
 * calls with the same `leaf`; expr_map_reset() forgets it.  All zero: an empty one. */
#define EXPR_NONE UINT32_MAX
struct expr_map {
    expr_id *values; /* by expression; EXPR_NONE where unknown */
    size_t room;
    VEC(expr_id) known;
};
typedef expr_id expr_leaf(void *context, struct exprs *exprs, expr_id leaf);
expr_id expr_rebuild(struct exprs *exprs, expr_id root, expr_leaf *leaf, void *context, struct expr_map *map);
/* Notes that the expression was met; false if it was before. */
bool expr_map_note(struct expr_map *map, expr_id id);
void expr_map_reset(struct expr_map *map);
void expr_map_clear(struct expr_map *map);

/* What one expression needs, to evaluate it in many states. */
struct expr_cone {
    const struct exprs *exprs;
    VEC(expr_id) nodes; /* arguments first; the expression itself last */
    int32_t *values;    /* by expression */
};
void expr_cone_init(struct expr_cone *cone, const struct exprs *exprs, expr_id root);
/* Of several expressions: after expr_cone_value() `values` has them all. */
void expr_cone_init_all(struct expr_cone *cone, const struct exprs *exprs, const expr_id *roots, size_t count);
void expr_cone_clear(struct expr_cone *cone);
/* `vars`: one value for each variable; `next`: their values after a step, or NULL. */
int32_t expr_cone_value(struct expr_cone *cone, const int32_t *vars, const int32_t *next);

const char *op_text(enum op op);

#endif
