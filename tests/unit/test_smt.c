/* solver/smt: what expressions mean to Z3, and that it can be stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "solver/smt.h"

#define VARS 8
#define EXPRS 60
#define ROUNDS 40

static const struct range {
    int32_t low, high;
    bool is_bool;
} ranges[VARS] = {{0, 1, true},  {0, 1, true},   {0, 1, true},     {-1, 3, false},
                  {0, 5, false}, {-7, 7, false}, {-50, 60, false}, {0, 1000, false}};

/* A system of variables only. */
static void system_make(struct system *system) {
    *system = (struct system){0};
    exprs_init(&system->exprs);
    for (uint32_t i = 0; i < VARS; i++)
        vec_push(
            &system->vars,
            ((struct system_var){
                .low = ranges[i].low, .high = ranges[i].high, .initial = ranges[i].low, .is_bool = ranges[i].is_bool}));
}

static void system_clear(struct system *system) {
    exprs_clear(&system->exprs);
    vec_free(&system->vars);
}

static struct smt *smt_make(const struct system *system, const struct budget *budget, double seconds) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return smt_new(system, budget, &now, seconds, 0);
}

static expr_id var(struct exprs *exprs, uint32_t i) {
    return expr_var(exprs, i, ranges[i].low, ranges[i].high, ranges[i].is_bool);
}

/* ---- random expressions ---- */

static uint64_t seed;

static uint32_t roll(uint32_t sides) { /* xorshift64*, Vigna */
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % sides;
}

struct pool {
    struct exprs *exprs;
    VEC(expr_id) flags, numbers;
};

static expr_id some_flag(struct pool *pool) { return pool->flags.at[roll((uint32_t)pool->flags.count)]; }
static expr_id some_number(struct pool *pool) { return pool->numbers.at[roll((uint32_t)pool->numbers.count)]; }

static void pool_add(struct pool *pool, expr_id id) {
    const struct expr *node = expr_get(pool->exprs, id);
    if (node->is_bool)
        vec_push(&pool->flags, id);
    else if (node->low > -100000 && node->high < 100000)
        vec_push(&pool->numbers, id);
}

static expr_id random_expr(struct pool *pool) {
    struct exprs *exprs = pool->exprs;
    expr_id flags[5], numbers[5];
    size_t count = 1 + roll(5);
    for (size_t i = 0; i < 5; i++) {
        flags[i] = some_flag(pool);
        numbers[i] = some_number(pool);
    }
    switch (roll(13)) {
    case 0:
        return expr_not(exprs, flags[0]);
    case 1:
        return expr_and(exprs, flags, count);
    case 2:
        return expr_or(exprs, flags, count);
    case 3:
        return expr_eq(exprs, numbers[0], numbers[1]);
    case 4:
        return expr_le(exprs, numbers[0], numbers[1]);
    case 5:
        return expr_ite(exprs, flags[0], numbers[0], numbers[1]);
    case 6:
        return expr_ite(exprs, flags[0], flags[1], flags[2]);
    case 7:
        return expr_add(exprs, numbers, count);
    case 8:
        return expr_binary(exprs, OP_MUL, numbers[0], numbers[1]);
    case 9:
        return expr_binary(exprs, roll(2) ? OP_DIV : OP_MOD, numbers[0], numbers[1]);
    case 10:
        return expr_count(exprs, flags, count);
    case 11:
        return expr_select(exprs, numbers[0], (int32_t)roll(4) - 1, numbers + 1, 1 + roll(4));
    default:
        return expr_eq(exprs, flags[0], flags[1]);
    }
}

static void pool_fill(struct pool *pool) {
    for (uint32_t i = 0; i < VARS; i++) {
        pool_add(pool, var(pool->exprs, i));
        pool_add(pool, expr_next(pool->exprs, i, ranges[i].low, ranges[i].high, ranges[i].is_bool));
    }
    for (int32_t value = -2; value <= 3; value++)
        pool_add(pool, expr_int(pool->exprs, value));
    for (int i = 0; i < EXPRS; i++)
        pool_add(pool, random_expr(pool));
}

static void random_state(int32_t *state) {
    for (int i = 0; i < VARS; i++)
        state[i] = ranges[i].low + (int32_t)roll((uint32_t)(ranges[i].high - ranges[i].low) + 1);
}

static int32_t evaluate(const struct exprs *exprs, expr_id id, const int32_t *state, const int32_t *next) {
    struct expr_cone cone;
    expr_cone_init(&cone, exprs, id);
    int32_t value = expr_cone_value(&cone, state, next);
    expr_cone_clear(&cone);
    return value;
}

static enum smt_answer ask(struct smt *smt, smt_lit lit) {
    smt_lit asked = smt_fresh(smt);
    smt_assert(smt, smt_implies(smt, asked, lit));
    return smt_check(smt, &asked, 1, 0);
}

/* In a given state and next state, Z3 finds the value that expr_cone_value() gives, and no other. */
static void check_values(struct system *system, struct pool *pool, const struct budget *budget) {
    int32_t state[VARS], next[VARS];
    random_state(state);
    random_state(next);
    struct smt *smt = smt_make(system, budget, 0);
    smt_assert_state(smt, 0, state);
    smt_assert_state(smt, 1, next);
    for (size_t i = 0; i < pool->flags.count; i++) {
        smt_lit lit = smt_expr(smt, 0, pool->flags.at[i]);
        bool value = evaluate(pool->exprs, pool->flags.at[i], state, next) != 0;
        assert_int_equal(ask(smt, value ? smt_not(smt, lit) : lit), SMT_UNSAT);
    }
    for (size_t i = 0; i < pool->numbers.count; i++) {
        expr_id id = pool->numbers.at[i];
        int32_t value = evaluate(pool->exprs, id, state, next);
        smt_lit lit = smt_expr(smt, 0, expr_eq(pool->exprs, id, expr_int(pool->exprs, value)));
        assert_int_equal(ask(smt, smt_not(smt, lit)), SMT_UNSAT);
        assert_int_equal(smt_check(smt, NULL, 0, 0), SMT_SAT);
        assert_int_equal(smt_value(smt, 0, id), value);
    }
    smt_free(smt);
}

/* A state that Z3 finds for a condition meets it. */
static void check_models(struct system *system, struct pool *pool, const struct budget *budget) {
    struct smt *smt = smt_make(system, budget, 0);
    for (size_t i = 0; i < pool->flags.count; i += 3) {
        int32_t state[VARS], next[VARS];
        enum smt_answer answer = ask(smt, smt_expr(smt, 0, pool->flags.at[i]));
        assert_int_not_equal(answer, SMT_UNKNOWN);
        if (answer != SMT_SAT)
            continue;
        smt_state(smt, 0, state);
        smt_state(smt, 1, next);
        for (int v = 0; v < VARS; v++)
            assert_in_range(state[v] - ranges[v].low, 0, ranges[v].high - ranges[v].low);
        assert_true(evaluate(pool->exprs, pool->flags.at[i], state, next));
    }
    smt_free(smt);
}

static void random_expressions(void **unused) {
    (void)unused;
    const char *given = getenv("SEED");
    uint64_t first = given != NULL ? strtoull(given, NULL, 10) : 20240607;
    struct budget budget = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct system system;
        system_make(&system);
        struct pool pool = {.exprs = &system.exprs};
        seed = (first + round) * UINT64_C(0x9e3779b97f4a7c15) | 1;
        print_message("SEED=%llu\n", (unsigned long long)(first + round));
        pool_fill(&pool);
        check_values(&system, &pool, &budget);
        check_models(&system, &pool, &budget);
        vec_free(&pool.flags);
        vec_free(&pool.numbers);
        system_clear(&system);
    }
}

/* ---- assertions, cores ---- */

static void cores(void **unused) {
    (void)unused;
    struct system system;
    struct budget budget = {0};
    system_make(&system);
    struct smt *smt = smt_make(&system, &budget, 0);
    smt_lit p = smt_fresh(smt), q = smt_fresh(smt), r = smt_fresh(smt);
    bool needed[3];
    smt_assert(smt, smt_implies(smt, p, smt_not(smt, r)));
    assert_int_equal(smt_check(smt, (smt_lit[]){p, q, r}, 3, 0), SMT_UNSAT);
    smt_core(smt, (smt_lit[]){p, q, r}, 3, needed);
    assert_true(needed[0] && !needed[1] && needed[2]);
    assert_int_equal(smt_check(smt, (smt_lit[]){p, q}, 2, 0), SMT_SAT);
    assert_true(smt_is_true(smt, p) && !smt_is_true(smt, r));
    assert_int_equal(smt_not(smt, SMT_TRUE), SMT_FALSE);
    smt_free(smt);
    system_clear(&system);
}

/* At most one of many, for every number around the change of encoding. */
static void exactly_one(void **unused) {
    (void)unused;
    struct system system;
    struct budget budget = {0};
    system_make(&system);
    for (size_t count = 1; count <= 17; count++) {
        struct smt *smt = smt_make(&system, &budget, 0);
        smt_lit lits[17];
        for (size_t i = 0; i < count; i++)
            lits[i] = smt_fresh(smt);
        smt_assert_one(smt, lits, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(smt_check(smt, &lits[i], 1, 0), SMT_SAT);
            for (size_t j = 0; j < count; j++) {
                assert_true(smt_is_true(smt, lits[j]) == (i == j));
                assert_int_equal(smt_check(smt, (smt_lit[]){lits[i], lits[j]}, 2, 0), i == j ? SMT_SAT : SMT_UNSAT);
                assert_int_equal(smt_check(smt, &lits[i], 1, 0), SMT_SAT);
            }
        }
        smt_free(smt);
    }
    system_clear(&system);
}

/* ---- limits ---- */

/* More pigeons than holes: hopeless for a SAT solver. */
static void add_pigeons(struct smt *smt, size_t holes) {
    smt_lit at[16][15], some[16];
    for (size_t p = 0; p <= holes; p++) {
        for (size_t h = 0; h < holes; h++)
            at[p][h] = smt_fresh(smt);
        smt_assert(smt, smt_or(smt, at[p], holes));
    }
    for (size_t h = 0; h < holes; h++)
        for (size_t p = 0; p <= holes; p++)
            for (size_t q = 0; q < p; q++) {
                some[0] = smt_not(smt, at[p][h]);
                some[1] = smt_not(smt, at[q][h]);
                smt_assert(smt, smt_or(smt, some, 2));
            }
}

static const struct limit {
    const char *name, *reason;
    double seconds;
    size_t max_bytes;
    bool is_stopped;
    unsigned effort;
} limits[] = {
    {"the clock stops it", "time limit", 0.3, 0, false, 0},
    {"Ctrl-C stops it", "interrupted", 0, 0, true, 0},
    {"memory stops it", "memory limit", 20, 1, false, 0},
    {"effort stops it", "effort limit", 20, 0, false, 100000},
};

static void stops(void **state) {
    const struct limit *limit = *state;
    volatile sig_atomic_t stop = limit->is_stopped;
    struct budget budget = {.max_bytes = limit->max_bytes, .stop = &stop};
    struct timespec begun;
    struct system system;
    system_make(&system);
    if (limit->max_bytes > 0)
        budget.max_bytes = (size_t)smt_bytes() + 3000000;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    struct smt *smt = smt_make(&system, &budget, limit->seconds);
    add_pigeons(smt, 14);
    assert_int_equal(smt_check(smt, NULL, 0, limit->effort), SMT_UNKNOWN);
    assert_string_equal(smt_reason(smt), limit->reason);
    assert_true(smt_is_over(smt) == (limit->effort == 0));
    assert_true(seconds_since(&begun) < (limit->max_bytes > 0 ? 19 : 3));
    smt_free(smt);
    system_clear(&system);
}

int main(void) {
    struct CMUnitTest tests[3 + ARRAY_SIZE(limits)] = {cmocka_unit_test(random_expressions), cmocka_unit_test(cores),
                                                       cmocka_unit_test(exactly_one)};
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
        tests[3 + i] = (struct CMUnitTest){limits[i].name, stops, NULL, NULL, (void *)(uintptr_t)&limits[i]};
    return cmocka_run_group_tests_name("smt", tests, NULL, NULL);
}
