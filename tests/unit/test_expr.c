/* The constructors simplify; what they build must mean the same.
 *
 * A random tree is built twice: as it is, and through the constructors.  Both are evaluated for every value of a few
 * small variables. */
#include "model/expr.h"
#include "tests/unit/test.h"

enum { VARS = 5, MOST = 6 };
static const struct {
    int32_t low, high;
    bool is_bool;
} vars[VARS] = {{0, 1, true}, {0, 1, true}, {-2, 2, false}, {0, 3, false}, {1, 1, false}};

struct tree {
    enum op op;
    int32_t value; /* CONST; VAR, NEXT: which; SELECT: the first index */
    size_t count;
    struct tree *args[MOST];
    bool is_bool;
};

struct maker {
    struct exprs exprs;
    struct arena arena;
    uint64_t random;
};

static struct tree *leaf(struct maker *maker, enum op op, int32_t value, bool is_bool) {
    struct tree *tree = arena_alloc(&maker->arena, sizeof *tree);
    *tree = (struct tree){.op = op, .value = value, .is_bool = is_bool};
    return tree;
}

static struct tree *random_tree(struct maker *maker, bool is_bool, unsigned depth);

static struct tree *node(struct maker *maker, enum op op, bool is_bool, size_t count, bool bool_args, unsigned depth) {
    struct tree *tree = leaf(maker, op, 0, is_bool);
    tree->count = count;
    for (size_t i = 0; i < count; i++)
        tree->args[i] = random_tree(maker, bool_args, depth - 1);
    return tree;
}

static struct tree *random_leaf(struct maker *maker, bool is_bool) {
    uint32_t pick = random_below(&maker->random, 7);
    if (pick < 2)
        return leaf(maker, OP_CONST, is_bool ? (int32_t)pick : (int32_t)random_below(&maker->random, 6) - 2, is_bool);
    enum op op = pick == 6 ? OP_NEXT : OP_VAR;
    return leaf(maker, op, (int32_t)(is_bool ? random_below(&maker->random, 2) : 2 + random_below(&maker->random, 3)),
                is_bool);
}

static struct tree *random_tree(struct maker *maker, bool is_bool, unsigned depth) {
    static const enum op bools[] = {OP_NOT, OP_AND, OP_OR, OP_EQ, OP_LE, OP_ITE, OP_SELECT, OP_AND, OP_OR, OP_EQ};
    static const enum op ints[] = {OP_ITE, OP_ADD, OP_MUL, OP_DIV, OP_MOD, OP_COUNT, OP_SELECT, OP_ADD, OP_ITE};
    if (depth == 0 || random_below(&maker->random, 6) == 0)
        return random_leaf(maker, is_bool);
    enum op op = is_bool ? bools[random_below(&maker->random, ARRAY_SIZE(bools))]
                         : ints[random_below(&maker->random, ARRAY_SIZE(ints))];
    size_t several = random_below(&maker->random, MOST);
    struct tree *tree;
    switch ((int)op) {
    case OP_NOT:
        return node(maker, op, true, 1, true, depth);
    case OP_AND:
    case OP_OR:
        return node(maker, op, true, several, true, depth);
    case OP_COUNT:
        return node(maker, op, false, several, true, depth);
    case OP_ADD:
        return node(maker, op, false, several, false, depth);
    case OP_EQ:
        return node(maker, op, true, 2, random_below(&maker->random, 3) == 0, depth);
    case OP_ITE:
        tree = node(maker, op, is_bool, 3, is_bool, depth);
        tree->args[0] = random_tree(maker, true, depth - 1);
        return tree;
    case OP_SELECT:
        tree = node(maker, op, is_bool, 2 + several % (MOST - 1), is_bool, depth);
        tree->args[0] = random_tree(maker, false, random_below(&maker->random, 3) == 0 ? depth - 1 : 0);
        tree->value = (int32_t)random_below(&maker->random, 4) - 2;
        return tree;
    default:
        return node(maker, op, is_bool, 2, false, depth);
    }
}

static expr_id build(struct maker *maker, const struct tree *tree) {
    struct exprs *exprs = &maker->exprs;
    expr_id args[MOST];
    for (size_t i = 0; i < tree->count; i++)
        args[i] = build(maker, tree->args[i]);
    switch (tree->op) {
    case OP_CONST:
        return tree->is_bool ? expr_bool(tree->value != 0) : expr_int(exprs, tree->value);
    case OP_VAR:
        return expr_var(exprs, (uint32_t)tree->value, vars[tree->value].low, vars[tree->value].high, tree->is_bool);
    case OP_NEXT:
        return expr_next(exprs, (uint32_t)tree->value, vars[tree->value].low, vars[tree->value].high, tree->is_bool);
    case OP_NOT:
        return expr_not(exprs, args[0]);
    case OP_AND:
        return expr_and(exprs, args, tree->count);
    case OP_OR:
        return expr_or(exprs, args, tree->count);
    case OP_EQ:
        return expr_eq(exprs, args[0], args[1]);
    case OP_LE:
        return expr_le(exprs, args[0], args[1]);
    case OP_ITE:
        return expr_ite(exprs, args[0], args[1], args[2]);
    case OP_ADD:
        return expr_add(exprs, args, tree->count);
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return expr_binary(exprs, tree->op, args[0], args[1]);
    case OP_COUNT:
        return expr_count(exprs, args, tree->count);
    case OP_SELECT:
        return expr_select(exprs, args[0], tree->value, args + 1, tree->count - 1);
    case OP_LAST:
        break;
    }
    fail();
    return EXPR_FALSE;
}

/* `*open`: the value may be any, because an index is outside its table. */
static int64_t value_of(const struct tree *tree, const int32_t *now, const int32_t *next, bool *open) {
    int64_t a[MOST] = {0}, total = 0;
    for (size_t i = 0; i < tree->count; i++) {
        bool inner = false;
        a[i] = value_of(tree->args[i], now, next, &inner);
        *open = *open || inner;
    }
    switch (tree->op) {
    case OP_CONST:
        return tree->value;
    case OP_VAR:
        return now[tree->value];
    case OP_NEXT:
        return next[tree->value];
    case OP_NOT:
        return !a[0];
    case OP_AND:
        total = 1;
        for (size_t i = 0; i < tree->count; i++)
            total = total && a[i];
        return total;
    case OP_OR:
        for (size_t i = 0; i < tree->count; i++)
            total = total || a[i];
        return total;
    case OP_EQ:
        return a[0] == a[1];
    case OP_LE:
        return a[0] <= a[1];
    case OP_ITE:
        return a[0] ? a[1] : a[2];
    case OP_ADD:
    case OP_COUNT:
        for (size_t i = 0; i < tree->count; i++)
            total += a[i];
        return total;
    case OP_MUL:
        return a[0] * a[1];
    case OP_DIV:
        return a[1] == 0 ? 0 : a[0] / a[1];
    case OP_MOD:
        return a[1] == 0 ? 0 : a[0] % a[1];
    case OP_SELECT:
        total = a[0] - tree->value;
        *open = *open || total < 0 || total > (int64_t)tree->count - 2;
        return *open ? 0 : a[1 + total];
    case OP_LAST:
        break;
    }
    fail();
    return 0;
}

static bool advance(int32_t *values) {
    for (size_t i = 0; i < VARS; i++) {
        if (values[i] < vars[i].high) {
            values[i]++;
            return true;
        }
        values[i] = vars[i].low;
    }
    return false;
}

static expr_id same_leaf(void *context, struct exprs *exprs, expr_id id) {
    (void)context;
    (void)exprs;
    return id;
}

static void compare(struct maker *maker, const struct tree *tree, expr_id id, int round) {
    const struct expr *top = expr_get(&maker->exprs, id);
    struct expr_cone cone;
    int32_t now[VARS], next[VARS];
    expr_cone_init(&cone, &maker->exprs, id);
    assert_true(top->is_bool == tree->is_bool && top->low <= top->high);
    for (size_t i = 0; i < VARS; i++) {
        now[i] = vars[i].low;
        next[i] = vars[VARS - 1 - i].low; /* a few values of next: turned with now */
    }
    do {
        for (size_t i = 0; i < VARS; i++)
            next[i] = (int32_t)(vars[i].low +
                                (int64_t)random_below(&maker->random, (uint32_t)(vars[i].high - vars[i].low + 1)));
        bool open = false;
        int64_t expected = value_of(tree, now, next, &open);
        int32_t found = expr_cone_value(&cone, now, next);
        if (open)
            continue;
        if (expected != found)
            fail_msg("round %d: expected %lld, found %d", round, (long long)expected, found);
        if (found < top->low || found > top->high)
            fail_msg("round %d: %d is outside the range %d..%d", round, found, top->low, top->high);
    } while (advance(now));
    expr_cone_clear(&cone);
}

static void check_well_formed(const struct exprs *exprs) {
    for (expr_id id = 0; id < exprs->nodes.count; id++)
        for (uint32_t i = 0; i < expr_get(exprs, id)->count; i++)
            assert_true(expr_args(exprs, id)[i] < id);
}

static void check_random(void **state) {
    (void)state;
    struct maker maker = {.random = random_seed(11)};
    for (int round = 0; round < 6000; round++) {
        exprs_init(&maker.exprs);
        struct tree *tree = random_tree(&maker, round % 2 == 0, 2 + (unsigned)round % 3);
        expr_id id = build(&maker, tree);
        assert_false(maker.exprs.overflow);
        assert_int_equal(build(&maker, tree), id); /* hash-consed: the same again */
        check_well_formed(&maker.exprs);
        compare(&maker, tree, id, round);
        struct expr_map map = {0};
        expr_id again = expr_rebuild(&maker.exprs, id, same_leaf, NULL, &map);
        compare(&maker, tree, again, round);
        expr_map_reset(&map);
        assert_int_equal(expr_rebuild(&maker.exprs, id, same_leaf, NULL, &map), again);
        if (tree->is_bool) { /* not (not x) is x, however deep */
            assert_int_equal(expr_not(&maker.exprs, expr_not(&maker.exprs, id)), id);
            assert_int_equal(expr_and2(&maker.exprs, id, expr_not(&maker.exprs, EXPR_FALSE)), id);
        }
        expr_map_clear(&map);
        exprs_clear(&maker.exprs);
        arena_clear(&maker.arena);
    }
}

/* What must be a constant, so that guards which cannot hold are found. */
static void check_constants(void **state) {
    (void)state;
    struct exprs exprs;
    exprs_init(&exprs);
    expr_id p = expr_var(&exprs, 0, 0, 1, true), x = expr_var(&exprs, 2, -2, 2, false);
    expr_id three = expr_int(&exprs, 3), one = expr_int(&exprs, 1), two = expr_int(&exprs, 2);
    expr_id is_one = expr_eq(&exprs, x, one), is_two = expr_eq(&exprs, two, x);
    assert_int_equal(expr_eq(&exprs, x, three), EXPR_FALSE);
    assert_int_equal(expr_le(&exprs, x, three), EXPR_TRUE);
    assert_int_equal(expr_and2(&exprs, p, expr_not(&exprs, p)), EXPR_FALSE);
    assert_int_equal(expr_or2(&exprs, expr_not(&exprs, p), p), EXPR_TRUE);
    assert_int_equal(expr_and2(&exprs, is_one, is_two), EXPR_FALSE);
    assert_int_equal(expr_and2(&exprs, is_one, expr_not(&exprs, is_two)), is_one);
    assert_int_equal(expr_or2(&exprs, expr_not(&exprs, is_one), expr_not(&exprs, is_two)), EXPR_TRUE);
    assert_int_equal(expr_ite(&exprs, p, x, x), x);
    assert_int_equal(expr_negate(&exprs, expr_negate(&exprs, x)), x);
    assert_int_equal(expr_add(&exprs, NULL, 0), expr_int(&exprs, 0));
    assert_int_equal(expr_and(&exprs, NULL, 0), EXPR_TRUE);
    assert_int_equal(expr_or(&exprs, NULL, 0), EXPR_FALSE);
    assert_int_equal(expr_count(&exprs, NULL, 0), expr_int(&exprs, 0));
    assert_int_equal(expr_var(&exprs, 4, 7, 7, false), expr_int(&exprs, 7));
    exprs_clear(&exprs);
}

static void check_overflow(void **state) {
    (void)state;
    struct exprs exprs;
    exprs_init(&exprs);
    expr_id big = expr_var(&exprs, 0, 0, LIMIT_INTEGER, false);
    assert_false(exprs.overflow);
    expr_add(&exprs, (expr_id[]){big, expr_int(&exprs, 1)}, 2);
    assert_true(exprs.overflow);
    exprs_clear(&exprs);
    exprs_init(&exprs);
    big = expr_var(&exprs, 0, 0, LIMIT_INTEGER, false);
    expr_binary(&exprs, OP_MUL, big, big);
    assert_true(exprs.overflow);
    exprs_clear(&exprs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        {"constants", check_constants, NULL, NULL, NULL},
        {"random expressions mean what they meant", check_random, NULL, NULL, NULL},
        {"numbers have a limit", check_overflow, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
