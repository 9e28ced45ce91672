#include "model/expr.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

const char *op_text(enum op op) {
    static const char *const texts[] = {
#define OP(name, spelling, sort, meaning) spelling,
#include "model/ops.def"
#undef OP
    };
    return texts[op];
}

/* ---- the pool ---- */

static uint64_t hash_node(const struct expr *node, const expr_id *args) {
    uint64_t hash = hash_word((uint64_t)node->op << 33 | (uint64_t)node->is_bool << 32 | (uint32_t)node->payload);
    for (uint32_t i = 0; i < node->count; i++)
        hash = hash_word(hash ^ args[i]);
    return hash;
}

static bool same_node(const struct exprs *exprs, expr_id id, const struct expr *node, const expr_id *args) {
    const struct expr *other = expr_get(exprs, id);
    return other->op == node->op && other->is_bool == node->is_bool && other->payload == node->payload &&
           other->count == node->count &&
           (node->count == 0 || memcmp(expr_args(exprs, id), args, node->count * sizeof *args) == 0);
}

static void grow_table(struct exprs *exprs) {
    free(exprs->slots);
    exprs->slot_count = exprs->slot_count == 0 ? 1024 : 2 * exprs->slot_count;
    exprs->slots = memory_resize(NULL, exprs->slot_count * sizeof *exprs->slots);
    memset(exprs->slots, 0, exprs->slot_count * sizeof *exprs->slots);
    for (expr_id id = 0; id < exprs->nodes.count; id++) {
        size_t slot = hash_node(expr_get(exprs, id), expr_args(exprs, id)) & (exprs->slot_count - 1);
        while (exprs->slots[slot] != 0)
            slot = (slot + 1) & (exprs->slot_count - 1);
        exprs->slots[slot] = id + 1;
    }
}

static expr_id intern_node(struct exprs *exprs, struct expr node, const expr_id *args) {
    if (2 * exprs->nodes.count >= exprs->slot_count)
        grow_table(exprs);
    size_t slot = hash_node(&node, args) & (exprs->slot_count - 1);
    while (exprs->slots[slot] != 0) {
        if (same_node(exprs, exprs->slots[slot] - 1, &node, args))
            return exprs->slots[slot] - 1;
        slot = (slot + 1) & (exprs->slot_count - 1);
    }
    if (exprs->nodes.count >= LIMIT_EXPRESSIONS) {
        exprs->overflow = true;
        return EXPR_FALSE;
    }
    node.first = (uint32_t)exprs->args.count;
    for (uint32_t i = 0; i < node.count; i++) {
        expr_id arg = args[i]; /* `args` may lie in the array that grows */
        vec_push(&exprs->args, arg);
    }
    vec_push(&exprs->nodes, node);
    exprs->slots[slot] = (expr_id)exprs->nodes.count;
    return (expr_id)exprs->nodes.count - 1;
}

void exprs_init(struct exprs *exprs) {
    *exprs = (struct exprs){0};
    for (int32_t value = 0; value <= 1; value++) {
        struct expr node = {.op = OP_CONST, .is_bool = true, .payload = value, .low = value, .high = value};
        intern_node(exprs, node, NULL);
    }
}

void exprs_clear(struct exprs *exprs) {
    vec_free(&exprs->nodes);
    vec_free(&exprs->args);
    vec_free(&exprs->scratch);
    free(exprs->slots);
    *exprs = (struct exprs){0};
}

bool expr_is_const(const struct exprs *exprs, expr_id id, int32_t *value) {
    *value = exprs->nodes.at[id].payload;
    return exprs->nodes.at[id].op == OP_CONST;
}

/* ---- leaves ---- */

expr_id expr_bool(bool value) { return value ? EXPR_TRUE : EXPR_FALSE; }

expr_id expr_int(struct exprs *exprs, int32_t value) {
    return intern_node(exprs, (struct expr){.op = OP_CONST, .payload = value, .low = value, .high = value}, NULL);
}

static expr_id leaf(struct exprs *exprs, enum op op, uint32_t var, int32_t low, int32_t high, bool is_bool) {
    if (low == high)
        return is_bool ? expr_bool(low != 0) : expr_int(exprs, low);
    struct expr node = {.op = (uint8_t)op, .is_bool = is_bool, .payload = (int32_t)var, .low = low, .high = high};
    return intern_node(exprs, node, NULL);
}

expr_id expr_var(struct exprs *exprs, uint32_t var, int32_t low, int32_t high, bool is_bool) {
    return leaf(exprs, OP_VAR, var, low, high, is_bool);
}

expr_id expr_next(struct exprs *exprs, uint32_t var, int32_t low, int32_t high, bool is_bool) {
    return leaf(exprs, OP_NEXT, var, low, high, is_bool);
}

/* ---- truth values ---- */

static expr_id combine(struct exprs *exprs, enum op op, const expr_id *args, size_t count);

expr_id expr_not(struct exprs *exprs, expr_id a) {
    const struct expr node = *expr_get(exprs, a);
    if (a <= EXPR_TRUE)
        return a == EXPR_TRUE ? EXPR_FALSE : EXPR_TRUE;
    if (node.op == OP_NOT)
        return expr_args(exprs, a)[0];
    if (node.op == OP_AND || node.op == OP_OR) { /* de Morgan */
        VEC(expr_id) negated = {0};
        for (uint32_t i = 0; i < node.count; i++)
            vec_push(&negated, expr_not(exprs, expr_args(exprs, a)[i]));
        expr_id result = combine(exprs, node.op == OP_AND ? OP_OR : OP_AND, negated.at, negated.count);
        vec_free(&negated);
        return result;
    }
    return intern_node(exprs, (struct expr){.op = OP_NOT, .is_bool = true, .high = 1, .count = 1}, &a);
}

static int compare_ids(const void *one, const void *other) {
    expr_id a = *(const expr_id *)one, b = *(const expr_id *)other;
    return (a > b) - (a < b);
}

/* x == 3: the variable part and the constant. */
static bool is_value_test(const struct exprs *exprs, expr_id id, expr_id *tested, int32_t *value) {
    const struct expr *node = expr_get(exprs, id);
    if (node->op != OP_EQ || !expr_is_const(exprs, expr_args(exprs, id)[0], value))
        return false;
    *tested = expr_args(exprs, id)[1];
    return true;
}

/* A literal: `id` without its negation. */
static expr_id strip(const struct exprs *exprs, expr_id id, bool *negated) {
    *negated = expr_get(exprs, id)->op == OP_NOT;
    return *negated ? expr_args(exprs, id)[0] : id;
}

/* In a conjunction with "x == 3" (a disjunction with "x != 3") every other test of x is decided: of the same
 * polarity, it decides everything; of the other, it says nothing new.  Returns how many literals are left. */
static size_t drop_decided_tests(const struct exprs *exprs, enum op op, expr_id *args, size_t count, bool *decided) {
    if (count > 64)
        return count;
    for (size_t i = 0; i < count; i++) {
        bool negated, other_negated;
        expr_id tested, other;
        int32_t value, other_value;
        if (args[i] == EXPR_NONE || !is_value_test(exprs, strip(exprs, args[i], &negated), &tested, &value) ||
            negated != (op == OP_OR))
            continue;
        for (size_t j = 0; j < count; j++) {
            if (j == i || args[j] == EXPR_NONE ||
                !is_value_test(exprs, strip(exprs, args[j], &other_negated), &other, &other_value) || other != tested)
                continue;
            if (other_negated == negated)
                *decided = true;
            else
                args[j] = EXPR_NONE;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (args[i] != EXPR_NONE)
            args[kept++] = args[i];
    return kept;
}

static expr_id combine(struct exprs *exprs, enum op op, const expr_id *args, size_t count) {
    expr_id neutral = op == OP_AND ? EXPR_TRUE : EXPR_FALSE, absorbing = op == OP_AND ? EXPR_FALSE : EXPR_TRUE;
    VEC(expr_id) flat = {0};
    for (size_t i = 0; i < count; i++) {
        if (expr_get(exprs, args[i])->op == op)
            for (uint32_t j = 0; j < expr_get(exprs, args[i])->count; j++)
                vec_push(&flat, expr_args(exprs, args[i])[j]);
        else if (args[i] != neutral)
            vec_push(&flat, args[i]);
    }
    if (flat.count > 1)
        qsort(flat.at, flat.count, sizeof *flat.at, compare_ids);
    size_t kept = 0;
    bool absorbed = false;
    for (size_t i = 0; i < flat.count; i++) {
        if (kept == 0 || flat.at[kept - 1] != flat.at[i])
            flat.at[kept++] = flat.at[i];
        absorbed = absorbed || flat.at[i] == absorbing;
    }
    for (size_t i = 0; i < kept && !absorbed; i++) { /* a and not a */
        if (expr_get(exprs, flat.at[i])->op != OP_NOT)
            continue;
        absorbed = bsearch(&expr_args(exprs, flat.at[i])[0], flat.at, kept, sizeof *flat.at, compare_ids) != NULL;
    }
    if (!absorbed)
        kept = drop_decided_tests(exprs, op, flat.at, kept, &absorbed);
    expr_id result;
    if (absorbed)
        result = absorbing;
    else if (kept <= 1)
        result = kept == 0 ? neutral : flat.at[0];
    else
        result = intern_node(
            exprs, (struct expr){.op = (uint8_t)op, .is_bool = true, .high = 1, .count = (uint32_t)kept}, flat.at);
    vec_free(&flat);
    return result;
}

expr_id expr_and(struct exprs *exprs, const expr_id *args, size_t count) { return combine(exprs, OP_AND, args, count); }
expr_id expr_or(struct exprs *exprs, const expr_id *args, size_t count) { return combine(exprs, OP_OR, args, count); }

expr_id expr_and2(struct exprs *exprs, expr_id a, expr_id b) {
    if (a <= EXPR_TRUE)
        return a == EXPR_TRUE ? b : EXPR_FALSE;
    return combine(exprs, OP_AND, (expr_id[]){a, b}, 2);
}

expr_id expr_or2(struct exprs *exprs, expr_id a, expr_id b) {
    if (a <= EXPR_TRUE)
        return a == EXPR_TRUE ? EXPR_TRUE : b;
    return combine(exprs, OP_OR, (expr_id[]){a, b}, 2);
}

expr_id expr_implies(struct exprs *exprs, expr_id a, expr_id b) { return expr_or2(exprs, expr_not(exprs, a), b); }

/* ---- comparisons ---- */

static bool has_const_values(const struct exprs *exprs, expr_id select) {
    for (uint32_t i = 1; i < expr_get(exprs, select)->count; i++)
        if (expr_get(exprs, expr_args(exprs, select)[i])->op != OP_CONST)
            return false;
    return true;
}

/* A table of constants compared with a constant is a choice of indices. */
static expr_id compare_table(struct exprs *exprs, expr_id select, expr_id other, bool is_le, bool swapped) {
    uint32_t count = expr_get(exprs, select)->count;
    VEC(expr_id) cases = {0};
    for (uint32_t i = 1; i < count; i++) {
        expr_id entry = expr_args(exprs, select)[i], index = expr_args(exprs, select)[0];
        int32_t low = expr_get(exprs, select)->payload;
        expr_id holds = !is_le    ? expr_eq(exprs, entry, other)
                        : swapped ? expr_le(exprs, other, entry)
                                  : expr_le(exprs, entry, other);
        expr_id at = expr_eq(exprs, index, expr_int(exprs, low + (int32_t)i - 1));
        vec_push(&cases, expr_and2(exprs, at, holds));
    }
    expr_id result = expr_or(exprs, cases.at, cases.count);
    vec_free(&cases);
    return result;
}

expr_id expr_eq(struct exprs *exprs, expr_id a, expr_id b) {
    int32_t value, other;
    if (a == b)
        return EXPR_TRUE;
    const struct expr *left = expr_get(exprs, a), *right = expr_get(exprs, b);
    assert(left->is_bool == right->is_bool);
    if (right->op == OP_CONST || (left->op != OP_CONST && a > b)) {
        expr_id swap = a;
        a = b;
        b = swap;
        left = expr_get(exprs, a);
        right = expr_get(exprs, b);
    }
    bool is_value = expr_is_const(exprs, a, &value);
    if (left->is_bool) {
        if (is_value)
            return value ? b : expr_not(exprs, b);
        if (expr_not(exprs, a) == b)
            return EXPR_FALSE;
    } else if (is_value) {
        if (expr_is_const(exprs, b, &other))
            return expr_bool(value == other);
        if (value < right->low || value > right->high)
            return EXPR_FALSE;
        if (right->op == OP_SELECT && has_const_values(exprs, b))
            return compare_table(exprs, b, a, false, false);
        if (right->op == OP_ITE) {
            const expr_id *args = expr_args(exprs, b);
            expr_id condition = args[0], yes = args[1], no = args[2];
            if (expr_get(exprs, yes)->op == OP_CONST || expr_get(exprs, no)->op == OP_CONST)
                return expr_ite(exprs, condition, expr_eq(exprs, a, yes), expr_eq(exprs, a, no));
        }
    } else if (left->high < right->low || right->high < left->low) {
        return EXPR_FALSE;
    }
    return intern_node(exprs, (struct expr){.op = OP_EQ, .is_bool = true, .high = 1, .count = 2}, (expr_id[]){a, b});
}

expr_id expr_le(struct exprs *exprs, expr_id a, expr_id b) {
    const struct expr *left = expr_get(exprs, a), *right = expr_get(exprs, b);
    if (a == b || left->high <= right->low)
        return EXPR_TRUE;
    if (left->low > right->high)
        return EXPR_FALSE;
    if (right->op == OP_CONST && left->low == right->payload)
        return expr_eq(exprs, a, b); /* only the smallest value is small enough */
    if (left->op == OP_CONST && right->high == left->payload)
        return expr_eq(exprs, a, b);
    if (left->op == OP_SELECT && right->op == OP_CONST && has_const_values(exprs, a))
        return compare_table(exprs, a, b, true, false);
    if (right->op == OP_SELECT && left->op == OP_CONST && has_const_values(exprs, b))
        return compare_table(exprs, b, a, true, true);
    return intern_node(exprs, (struct expr){.op = OP_LE, .is_bool = true, .high = 1, .count = 2}, (expr_id[]){a, b});
}

expr_id expr_ite(struct exprs *exprs, expr_id condition, expr_id yes, expr_id no) {
    if (condition <= EXPR_TRUE)
        return condition == EXPR_TRUE ? yes : no;
    if (yes == no)
        return yes;
    if (expr_get(exprs, condition)->op == OP_NOT)
        return expr_ite(exprs, expr_args(exprs, condition)[0], no, yes);
    const struct expr *a = expr_get(exprs, yes), *b = expr_get(exprs, no);
    assert(a->is_bool == b->is_bool);
    if (a->is_bool && (yes <= EXPR_TRUE || no <= EXPR_TRUE || yes == condition || no == condition)) {
        expr_id first = expr_and2(exprs, condition, yes), second = expr_and2(exprs, expr_not(exprs, condition), no);
        if (no == EXPR_TRUE)
            return expr_or2(exprs, expr_not(exprs, condition), yes);
        if (yes == EXPR_TRUE)
            return expr_or2(exprs, condition, no);
        return expr_or2(exprs, first, second);
    }
    struct expr node = {.op = OP_ITE, .is_bool = a->is_bool, .count = 3};
    node.low = a->low < b->low ? a->low : b->low;
    node.high = a->high > b->high ? a->high : b->high;
    return intern_node(exprs, node, (expr_id[]){condition, yes, no});
}

/* ---- numbers ---- */

static int32_t bounded(struct exprs *exprs, int64_t value) {
    if (value > LIMIT_INTEGER || value < -LIMIT_INTEGER) {
        exprs->overflow = true;
        return value > 0 ? LIMIT_INTEGER : -LIMIT_INTEGER;
    }
    return (int32_t)value;
}

expr_id expr_add(struct exprs *exprs, const expr_id *args, size_t count) {
    int64_t constant = 0, low = 0, high = 0;
    VEC(expr_id) flat = {0};
    for (size_t i = 0; i < count; i++) {
        bool nested = expr_get(exprs, args[i])->op == OP_ADD;
        uint32_t parts = nested ? expr_get(exprs, args[i])->count : 1;
        for (uint32_t j = 0; j < parts; j++) {
            expr_id part = nested ? expr_args(exprs, args[i])[j] : args[i];
            int32_t value;
            if (expr_is_const(exprs, part, &value))
                constant += value;
            else
                vec_push(&flat, part);
        }
    }
    if (flat.count > 1)
        qsort(flat.at, flat.count, sizeof *flat.at, compare_ids);
    if (constant != 0 || flat.count == 0)
        vec_push(&flat, expr_int(exprs, bounded(exprs, constant)));
    for (size_t i = 0; i < flat.count; i++) {
        low += expr_get(exprs, flat.at[i])->low;
        high += expr_get(exprs, flat.at[i])->high;
    }
    struct expr node = {.op = OP_ADD, .count = (uint32_t)flat.count};
    node.low = bounded(exprs, low);
    node.high = bounded(exprs, high);
    expr_id result = flat.count == 1 ? flat.at[0] : intern_node(exprs, node, flat.at);
    vec_free(&flat);
    return result;
}

expr_id expr_negate(struct exprs *exprs, expr_id a) { return expr_binary(exprs, OP_MUL, expr_int(exprs, -1), a); }

static int32_t apply(enum op op, int64_t a, int64_t b) {
    int64_t value = op == OP_MUL ? a * b : b == 0 ? 0 : op == OP_DIV ? a / b : a % b;
    return value > LIMIT_INTEGER ? LIMIT_INTEGER : value < -LIMIT_INTEGER ? -LIMIT_INTEGER : (int32_t)value;
}

expr_id expr_binary(struct exprs *exprs, enum op op, expr_id a, expr_id b) {
    int32_t left, right;
    if (expr_is_const(exprs, a, &left) && expr_is_const(exprs, b, &right))
        return expr_int(exprs, op == OP_MUL ? bounded(exprs, (int64_t)left * right) : apply(op, left, right));
    if (op == OP_MUL && expr_is_const(exprs, b, &right)) {
        expr_id swap = a;
        a = b;
        b = swap;
    }
    if (op == OP_MUL && expr_is_const(exprs, a, &left)) {
        if (left == 0 || left == 1)
            return left == 0 ? a : b;
        if (expr_get(exprs, b)->op == OP_ADD) { /* distribute, so that sums stay flat */
            VEC(expr_id) parts = {0};
            for (uint32_t i = 0; i < expr_get(exprs, b)->count; i++) {
                expr_id part = expr_args(exprs, b)[i];
                vec_push(&parts, expr_binary(exprs, OP_MUL, a, part));
            }
            expr_id result = expr_add(exprs, parts.at, parts.count);
            vec_free(&parts);
            return result;
        }
        if (left == -1 && expr_get(exprs, b)->op == OP_MUL && expr_args(exprs, b)[0] == a)
            return expr_args(exprs, b)[1];
    }
    struct expr node = {.op = (uint8_t)op, .count = 2};
    const struct expr *x = expr_get(exprs, a), *y = expr_get(exprs, b);
    int64_t low = 0, high = 0;
    if (op == OP_MUL) {
        int64_t corners[] = {(int64_t)x->low * y->low, (int64_t)x->low * y->high, (int64_t)x->high * y->low,
                             (int64_t)x->high * y->high};
        low = high = corners[0];
        for (size_t i = 1; i < 4; i++) {
            low = corners[i] < low ? corners[i] : low;
            high = corners[i] > high ? corners[i] : high;
        }
    } else { /* |a / b| <= |a|, |a % b| <= |a| */
        int64_t size = x->high > -(int64_t)x->low ? x->high : -(int64_t)x->low;
        low = x->low < 0 ? -size : (op == OP_DIV && y->low < 0 ? -size : 0);
        high = x->high > 0 || (op == OP_DIV && y->low < 0) ? size : 0;
    }
    node.low = bounded(exprs, low);
    node.high = bounded(exprs, high);
    return intern_node(exprs, node, (expr_id[]){a, b});
}

expr_id expr_count(struct exprs *exprs, const expr_id *args, size_t count) {
    VEC(expr_id) open = {0};
    int32_t certain = 0;
    for (size_t i = 0; i < count; i++) {
        if (args[i] > EXPR_TRUE)
            vec_push(&open, args[i]);
        certain += args[i] == EXPR_TRUE;
    }
    if (open.count > 1)
        qsort(open.at, open.count, sizeof *open.at, compare_ids);
    expr_id result;
    if (open.count == 0)
        result = expr_int(exprs, certain);
    else
        result = intern_node(
            exprs, (struct expr){.op = OP_COUNT, .high = (int32_t)open.count, .count = (uint32_t)open.count}, open.at);
    if (certain != 0 && open.count > 0)
        result = expr_add(exprs, (expr_id[]){result, expr_int(exprs, certain)}, 2);
    vec_free(&open);
    return result;
}

expr_id expr_select(struct exprs *exprs, expr_id index, int32_t low, const expr_id *values, size_t count) {
    assert(count > 0);
    int32_t at;
    if (expr_is_const(exprs, index, &at))
        return values[at < low ? 0 : (size_t)(at - low) >= count ? count - 1 : (size_t)(at - low)];
    /* leave out what the index cannot reach */
    int32_t first = expr_get(exprs, index)->low > low ? expr_get(exprs, index)->low : low;
    int32_t last = low + (int32_t)count - 1 < expr_get(exprs, index)->high ? low + (int32_t)count - 1
                                                                           : expr_get(exprs, index)->high;
    if (first > last)
        return values[0];
    values += first - low;
    count = (size_t)(last - first) + 1;
    bool same = true, flags = expr_get(exprs, values[0])->is_bool;
    struct expr node = {.op = OP_SELECT, .is_bool = flags, .payload = first, .low = INT32_MAX, .high = INT32_MIN};
    for (size_t i = 0; i < count; i++) {
        const struct expr *value = expr_get(exprs, values[i]);
        assert(value->is_bool == flags);
        same = same && values[i] == values[0];
        node.low = value->low < node.low ? value->low : node.low;
        node.high = value->high > node.high ? value->high : node.high;
    }
    if (same)
        return values[0];
    VEC(expr_id) args = {0};
    if (flags) { /* truth values: a choice of indices */
        for (size_t i = 0; i < count; i++) {
            expr_id here = expr_eq(exprs, index, expr_int(exprs, first + (int32_t)i));
            vec_push(&args, expr_and2(exprs, here, values[i]));
        }
        expr_id result = expr_or(exprs, args.at, args.count);
        vec_free(&args);
        return result;
    }
    vec_push(&args, index);
    for (size_t i = 0; i < count; i++)
        vec_push(&args, values[i]);
    node.count = (uint32_t)args.count;
    expr_id result = intern_node(exprs, node, args.at);
    vec_free(&args);
    return result;
}

/* ---- passes ---- */

static expr_id rebuild_node(struct exprs *exprs, expr_id id, const expr_id *args) {
    const struct expr node = *expr_get(exprs, id);
    switch ((enum op)node.op) {
    case OP_CONST:
    case OP_VAR:
    case OP_NEXT:
        return id;
    case OP_NOT:
        return expr_not(exprs, args[0]);
    case OP_AND:
    case OP_OR:
        return combine(exprs, (enum op)node.op, args, node.count);
    case OP_EQ:
        return expr_eq(exprs, args[0], args[1]);
    case OP_LE:
        return expr_le(exprs, args[0], args[1]);
    case OP_ITE:
        return expr_ite(exprs, args[0], args[1], args[2]);
    case OP_ADD:
        return expr_add(exprs, args, node.count);
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return expr_binary(exprs, (enum op)node.op, args[0], args[1]);
    case OP_COUNT:
        return expr_count(exprs, args, node.count);
    case OP_SELECT:
        return expr_select(exprs, args[0], node.payload, args + 1, node.count - 1);
    case OP_LAST:
        break;
    }
    assert(false);
    return id;
}

static void make_room(struct expr_map *map, size_t count) {
    if (count <= map->room)
        return;
    map->values = memory_resize(map->values, 2 * count * sizeof *map->values);
    memset(map->values + map->room, 0xFF, (2 * count - map->room) * sizeof *map->values);
    map->room = 2 * count;
}

bool expr_map_note(struct expr_map *map, expr_id id) {
    make_room(map, (size_t)id + 1);
    if (map->values[id] != EXPR_NONE)
        return false;
    map->values[id] = id;
    vec_push(&map->known, id);
    return true;
}

void expr_map_reset(struct expr_map *map) {
    for (size_t i = 0; i < map->known.count; i++)
        map->values[map->known.at[i]] = EXPR_NONE;
    map->known.count = 0;
}

void expr_map_clear(struct expr_map *map) {
    free(map->values);
    vec_free(&map->known);
}

expr_id expr_rebuild(struct exprs *exprs, expr_id root, expr_leaf *leaf_value, void *context, struct expr_map *map) {
    VEC(expr_id) stack = {0};
    VEC(expr_id) args = {0};
    make_room(map, (size_t)root + 1); /* arguments have lower numbers */
    expr_id *values = map->values;
    vec_push(&stack, root);
    while (stack.count > 0) {
        expr_id id = stack.at[stack.count - 1];
        const struct expr *node = expr_get(exprs, id);
        bool ready = true;
        for (uint32_t i = 0; values[id] == EXPR_NONE && i < node->count; i++)
            if (values[expr_args(exprs, id)[i]] == EXPR_NONE) {
                ready = false;
                vec_push(&stack, expr_args(exprs, id)[i]);
            }
        if (!ready)
            continue;
        stack.count--;
        if (values[id] != EXPR_NONE)
            continue;
        bool is_leaf = node->op == OP_VAR || node->op == OP_NEXT;
        args.count = 0;
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&args, values[expr_args(exprs, id)[i]]);
        values[id] = is_leaf ? leaf_value(context, exprs, id) : rebuild_node(exprs, id, args.at);
        vec_push(&map->known, id);
    }
    vec_free(&stack);
    vec_free(&args);
    return values[root];
}

static int32_t evaluate_node(const struct expr *node, const expr_id *args, const int32_t *vars, const int32_t *next,
                             const int32_t *values) {
    int64_t total = 0;
    switch ((enum op)node->op) {
    case OP_CONST:
        return node->payload;
    case OP_VAR:
        return vars[node->payload];
    case OP_NEXT:
        return next == NULL ? 0 : next[node->payload];
    case OP_NOT:
        return !values[args[0]];
    case OP_AND:
        for (uint32_t i = 0; i < node->count; i++)
            if (!values[args[i]])
                return 0;
        return 1;
    case OP_OR:
        for (uint32_t i = 0; i < node->count; i++)
            if (values[args[i]])
                return 1;
        return 0;
    case OP_EQ:
        return values[args[0]] == values[args[1]];
    case OP_LE:
        return values[args[0]] <= values[args[1]];
    case OP_ITE:
        return values[args[0]] ? values[args[1]] : values[args[2]];
    case OP_ADD:
    case OP_COUNT:
        for (uint32_t i = 0; i < node->count; i++)
            total += values[args[i]];
        return apply(OP_MUL, total, 1);
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return apply((enum op)node->op, values[args[0]], values[args[1]]);
    case OP_SELECT:
        total = (int64_t)values[args[0]] - node->payload;
        return values[args[total < 0 ? 1 : total >= node->count - 1 ? node->count - 1 : (uint32_t)total + 1]];
    case OP_LAST:
        break;
    }
    assert(false);
    return 0;
}

void expr_cone_init(struct expr_cone *cone, const struct exprs *exprs, expr_id root) {
    expr_cone_init_all(cone, exprs, &root, 1);
}

void expr_cone_init_all(struct expr_cone *cone, const struct exprs *exprs, const expr_id *roots, size_t count) {
    *cone = (struct expr_cone){.exprs = exprs};
    expr_id root = 0;
    for (size_t i = 0; i < count; i++)
        root = roots[i] > root ? roots[i] : root;
    bool *needed = memory_resize(NULL, (size_t)root + 1);
    memset(needed, 0, (size_t)root + 1);
    for (size_t i = 0; i < count; i++)
        needed[roots[i]] = true;
    for (expr_id id = root + 1; id-- > 0;)
        for (uint32_t i = 0; needed[id] && i < expr_get(exprs, id)->count; i++)
            needed[expr_args(exprs, id)[i]] = true;
    for (expr_id id = 0; id <= root; id++)
        if (needed[id])
            vec_push(&cone->nodes, id);
    cone->values = memory_resize(NULL, ((size_t)root + 1) * sizeof *cone->values);
    free(needed);
}

void expr_cone_clear(struct expr_cone *cone) {
    vec_free(&cone->nodes);
    free(cone->values);
}

int32_t expr_cone_value(struct expr_cone *cone, const int32_t *vars, const int32_t *next) {
    expr_id last = 0;
    for (size_t i = 0; i < cone->nodes.count; i++) {
        last = cone->nodes.at[i];
        cone->values[last] =
            evaluate_node(expr_get(cone->exprs, last), expr_args(cone->exprs, last), vars, next, cone->values);
    }
    return cone->values[last];
}
