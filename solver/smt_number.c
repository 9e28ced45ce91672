/* Numbers come in two shapes.  One with few possible values is one-hot: a Boolean for each value ("cases"), so that
 * the guards of ground transitions, which ask `x == 3` most of the time, are literals and everything goes to Z3's SAT
 * solver (QF_FD) as it is.  A wider one is a bit-vector in two's complement, as wide as its range needs.  A number has
 * either shape or both; the second is made when somebody asks.
 *
 * Measured (Z3 4.8.12, one core of a busy machine).  Bounded search on eni-bench 3 2 4 6 3 3, A to E, depth after 20 s:
 * one-hot 17, bit-vectors only 5; one-hot in Z3's general solver 20.  A to E inductive at 4 3 8 16 6 6: QF_FD with
 * totalizers 29 s, the general solver not within 100 s; B alone 34 s with a sequential counter, 15 s with Z3's own
 * cardinality constraints, 9 s with totalizers. */
#include "solver/smt_internal.h"

#include <assert.h>
#include <string.h>

/* One-hot up to so many values. */
#define CASES_MAX 40

/* ---- numbers ---- */

static unsigned width_of(int32_t low, int32_t high) {
    unsigned width = 1;
    while (low < -((int64_t)1 << (width - 1)) || high >= (int64_t)1 << (width - 1))
        width++;
    return width;
}

static bool is_small(int64_t low, int64_t high) { return high - low < CASES_MAX; }

static struct number *number_new(struct smt *smt, int32_t low, int32_t high) {
    struct number *number = arena_alloc(&smt->arena, sizeof *number);
    *number = (struct number){.low = low, .high = high, .width = width_of(low, high)};
    return number;
}

static size_t case_count(const struct number *number) { return (size_t)((int64_t)number->high - number->low) + 1; }

/* A number of one-hot shape, every case still false. */
static struct number *cases_new(struct smt *smt, int32_t low, int32_t high) {
    struct number *number = number_new(smt, low, high);
    number->cases = arena_alloc(&smt->arena, case_count(number) * sizeof *number->cases);
    for (size_t i = 0; i < case_count(number); i++)
        number->cases[i] = smt->no;
    return number;
}

static Z3_sort bits_sort(struct smt *smt, unsigned width) {
    assert(width <= WIDTH_MAX);
    if (smt->bits_sorts[width] == NULL) {
        smt->bits_sorts[width] = Z3_mk_bv_sort(smt->context, width);
        smt_keep(smt, Z3_sort_to_ast(smt->context, smt->bits_sorts[width]));
    }
    return smt->bits_sorts[width];
}

static Z3_ast bits_const(struct smt *smt, int32_t value, unsigned width) {
    return smt_keep(smt, Z3_mk_int(smt->context, value, bits_sort(smt, width)));
}

struct number *number_const(struct smt *smt, int32_t value) {
    struct number *number = cases_new(smt, value, value);
    number->cases[0] = smt->yes;
    return number;
}

/* As a bit-vector of at least number->width bits. */
static Z3_ast bits_of(struct smt *smt, struct number *number, unsigned width) {
    if (number->bits == NULL) {
        Z3_ast bits = bits_const(smt, number->high, number->width);
        for (size_t i = 0; i + 1 < case_count(number); i++)
            bits = term_ite(smt, number->cases[i], bits_const(smt, number->low + (int32_t)i, number->width), bits);
        number->bits = bits;
    }
    if (width == number->width)
        return number->bits;
    assert(width > number->width);
    return smt_keep(smt, Z3_mk_sign_ext(smt->context, width - number->width, number->bits));
}

bool number_has_cases(struct smt *smt, struct number *number) {
    if (number->cases != NULL || !is_small(number->low, number->high))
        return number->cases != NULL;
    number->cases = arena_alloc(&smt->arena, case_count(number) * sizeof *number->cases);
    for (size_t i = 0; i < case_count(number); i++)
        number->cases[i] = smt_keep(
            smt, Z3_mk_eq(smt->context, number->bits, bits_const(smt, number->low + (int32_t)i, number->width)));
    return true;
}

Z3_ast number_case(const struct smt *smt, const struct number *number, int64_t value) {
    return value < number->low || value > number->high ? smt->no : number->cases[value - number->low];
}

/* number == value, in either shape. */
Z3_ast number_is(struct smt *smt, struct number *number, int32_t value) {
    if (value < number->low || value > number->high)
        return smt->no;
    if (number_has_cases(smt, number))
        return number_case(smt, number, value);
    return smt_keep(smt, Z3_mk_eq(smt->context, number->bits, bits_const(smt, value, number->width)));
}

static unsigned common_width(const struct number *a, const struct number *b) {
    return a->width > b->width ? a->width : b->width;
}

Z3_ast number_eq(struct smt *smt, struct number *a, struct number *b) {
    if (a->low == a->high || b->low == b->high)
        return a->low == a->high ? number_is(smt, b, a->low) : number_is(smt, a, b->low);
    if (!number_has_cases(smt, a) || !number_has_cases(smt, b)) {
        unsigned width = common_width(a, b);
        return smt_keep(smt, Z3_mk_eq(smt->context, bits_of(smt, a, width), bits_of(smt, b, width)));
    }
    ast_list both = {0};
    for (int64_t v = a->low; v <= a->high; v++)
        vec_push(&both, flag_and2(smt, number_case(smt, a, v), number_case(smt, b, v)));
    Z3_ast result = flag_all(smt, false, both.at, both.count);
    vec_free(&both);
    return result;
}

/* Is one of the cases low..high? */
static Z3_ast one_of_cases(struct smt *smt, const struct number *number, int64_t low, int64_t high) {
    ast_list some = {0};
    for (int64_t v = low < number->low ? number->low : low; v <= high && v <= number->high; v++)
        vec_push(&some, number_case(smt, number, v));
    Z3_ast result = flag_all(smt, false, some.at, some.count);
    vec_free(&some);
    return result;
}

Z3_ast number_le(struct smt *smt, struct number *a, struct number *b) {
    if (!number_has_cases(smt, a) || !number_has_cases(smt, b)) {
        unsigned width = common_width(a, b);
        return smt_keep(smt, Z3_mk_bvsle(smt->context, bits_of(smt, a, width), bits_of(smt, b, width)));
    }
    if (a->least != NULL && b->low == b->high) /* counts begin at 0 */
        return b->low < 0 ? smt->no : b->low >= a->high ? smt->yes : flag_not(smt, a->least[b->low + 1]);
    if (b->least != NULL && a->low == a->high)
        return a->low <= 0 ? smt->yes : a->low > b->high ? smt->no : b->least[a->low];
    ast_list some = {0};
    for (int64_t v = a->low; v <= a->high; v++)
        vec_push(&some, flag_and2(smt, number_case(smt, a, v), one_of_cases(smt, b, v, b->high)));
    Z3_ast result =
        b->low == b->high ? one_of_cases(smt, a, a->low, b->low) : flag_all(smt, false, some.at, some.count);
    vec_free(&some);
    return result;
}

struct number *number_ite(struct smt *smt, Z3_ast condition, struct number *yes, struct number *no) {
    int32_t low = yes->low < no->low ? yes->low : no->low, high = yes->high > no->high ? yes->high : no->high;
    if (is_small(low, high) && number_has_cases(smt, yes) && number_has_cases(smt, no)) {
        struct number *result = cases_new(smt, low, high);
        for (int64_t v = low; v <= high; v++)
            result->cases[v - low] = term_ite(smt, condition, number_case(smt, yes, v), number_case(smt, no, v));
        return result;
    }
    struct number *result = number_new(smt, low, high);
    result->bits = term_ite(smt, condition, bits_of(smt, yes, result->width), bits_of(smt, no, result->width));
    return result;
}

static Z3_ast bits_within(struct smt *smt, const struct number *number) {
    Z3_ast low = bits_const(smt, number->low, number->width), high = bits_const(smt, number->high, number->width);
    return flag_and2(smt, smt_keep(smt, Z3_mk_bvsle(smt->context, low, number->bits)),
                     smt_keep(smt, Z3_mk_bvsle(smt->context, number->bits, high)));
}

struct number *number_fresh(struct smt *smt, int32_t low, int32_t high) {
    if (low == high)
        return number_const(smt, low);
    if (is_small(low, high)) {
        struct number *number = cases_new(smt, low, high);
        for (size_t i = 0; i < case_count(number); i++)
            number->cases[i] = flag_new(smt);
        flag_assert_one(smt, number->cases, case_count(number));
        return number;
    }
    struct number *number = number_new(smt, low, high);
    number->bits = smt_keep(smt, Z3_mk_fresh_const(smt->context, "n", bits_sort(smt, number->width)));
    smt_assert_term(smt, bits_within(smt, number));
    return number;
}

/* ---- arithmetic ---- */

static int64_t compute(enum op op, int64_t a, int64_t b) {
    if (op == OP_ADD)
        return a + b;
    if (op == OP_MUL)
        return a * b;
    return b == 0 ? 0 : op == OP_DIV ? a / b : a % b;
}

/* The table of all pairs of cases. */
static struct number *compute_cases(struct smt *smt, enum op op, struct number *a, struct number *b, int32_t low,
                                    int32_t high) {
    struct number *result = cases_new(smt, low, high);
    ast_list *ways = memory_resize(NULL, case_count(result) * sizeof *ways);
    memset(ways, 0, case_count(result) * sizeof *ways);
    for (int64_t v = a->low; v <= a->high; v++)
        for (int64_t w = b->low; w <= b->high; w++) {
            int64_t value = compute(op, v, w);
            assert(value >= low && value <= high);
            vec_push(&ways[value - low], flag_and2(smt, number_case(smt, a, v), number_case(smt, b, w)));
        }
    for (size_t i = 0; i < case_count(result); i++) {
        result->cases[i] = flag_all(smt, false, ways[i].at, ways[i].count);
        vec_free(&ways[i]);
    }
    free(ways);
    return result;
}

static Z3_ast compute_bits(struct smt *smt, enum op op, Z3_ast a, Z3_ast b, unsigned width) {
    Z3_context c = smt->context;
    if (op == OP_ADD || op == OP_MUL)
        return smt_keep(smt, op == OP_ADD ? Z3_mk_bvadd(c, a, b) : Z3_mk_bvmul(c, a, b));
    Z3_ast zero = bits_const(smt, 0, width);
    Z3_ast result = smt_keep(smt, op == OP_DIV ? Z3_mk_bvsdiv(c, a, b) : Z3_mk_bvsrem(c, a, b));
    return term_ite(smt, smt_keep(smt, Z3_mk_eq(c, b, zero)), zero, result);
}

struct number *number_compute(struct smt *smt, enum op op, struct number *a, struct number *b, int32_t low,
                              int32_t high) {
    if (is_small(low, high) && is_small(a->low, a->high) && is_small(b->low, b->high) && number_has_cases(smt, a) &&
        number_has_cases(smt, b))
        return compute_cases(smt, op, a, b, low, high);
    struct number *result = number_new(smt, low, high);
    unsigned width = common_width(a, b) > result->width ? common_width(a, b) : result->width;
    result->bits = compute_bits(smt, op, bits_of(smt, a, width), bits_of(smt, b, width), width);
    if (width > result->width)
        result->bits = smt_keep(smt, Z3_mk_extract(smt->context, result->width - 1, 0, result->bits));
    return result;
}

/* Where the keys of `flags`, which are sorted, part at their highest bit that is not the same in all; equal keys part
 * in the middle. */
static size_t count_split(struct smt *smt, const Z3_ast *flags, size_t count) {
    unsigned first = Z3_get_ast_id(smt->context, flags[0]), last = Z3_get_ast_id(smt->context, flags[count - 1]);
    unsigned differ = first ^ last, bit = 1;
    if (differ == 0)
        return count / 2;
    while (differ >>= 1)
        bit <<= 1;
    size_t at = 1;
    while ((Z3_get_ast_id(smt->context, flags[at]) & bit) == 0)
        at++;
    return at;
}

/* least[k]: at least k of the flags are true; count + 1 of them, from the heap.  A totalizer (Bailleux and Boufkhad, CP
 * 2003): the answers of two parts are added in unary.  Which part a flag is in depends on the flag alone, so counts of
 * nearly the same flags (before a step, and after it) share nearly all of their terms. */
static Z3_ast *count_unary(struct smt *smt, const Z3_ast *flags, size_t count) {
    Z3_ast *least = memory_resize(NULL, (count + 1) * sizeof *least);
    least[0] = smt->yes;
    if (count == 1)
        least[1] = flags[0];
    if (count <= 1)
        return least;
    size_t part = count_split(smt, flags, count);
    Z3_ast *left = count_unary(smt, flags, part), *right = count_unary(smt, flags + part, count - part);
    ast_list ways = {0};
    for (size_t k = 1; k <= count; k++) {
        ways.count = 0;
        for (size_t i = k > count - part ? k - (count - part) : 0; i <= k && i <= part; i++)
            vec_push(&ways, flag_and2(smt, left[i], right[k - i]));
        least[k] = flag_all(smt, false, ways.at, ways.count);
    }
    vec_free(&ways);
    free(left);
    free(right);
    return least;
}

static Z3_ast *count_sorted(struct smt *smt, const Z3_ast *flags, size_t count) {
    Z3_ast *sorted = memory_resize(NULL, (count + 1) * sizeof *sorted);
    memcpy(sorted, flags, count * sizeof *sorted);
    for (size_t i = 1; i < count; i++) { /* they are few */
        Z3_ast flag = sorted[i];
        size_t at = i;
        for (; at > 0 && Z3_get_ast_id(smt->context, sorted[at - 1]) > Z3_get_ast_id(smt->context, flag); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = flag;
    }
    Z3_ast *least = count_unary(smt, sorted, count);
    free(sorted);
    return least;
}

static struct number *count_cases(struct smt *smt, const Z3_ast *flags, size_t count) {
    struct number *result = cases_new(smt, 0, (int32_t)count);
    Z3_ast *least = count_sorted(smt, flags, count);
    for (size_t k = 0; k <= count; k++)
        result->cases[k] = k == count ? least[k] : flag_and2(smt, least[k], flag_not(smt, least[k + 1]));
    result->least = arena_copy(&smt->arena, least, (count + 1) * sizeof *least);
    free(least);
    return result;
}

struct number *number_count(struct smt *smt, const Z3_ast *flags, size_t count) {
    if (is_small(0, (int64_t)count))
        return count_cases(smt, flags, count);
    struct number *result = number_new(smt, 0, (int32_t)count);
    Z3_ast one = bits_const(smt, 1, result->width), zero = bits_const(smt, 0, result->width);
    result->bits = zero;
    for (size_t i = 0; i < count; i++)
        result->bits = compute_bits(smt, OP_ADD, result->bits, term_ite(smt, flags[i], one, zero), result->width);
    return result;
}

struct number *number_select(struct smt *smt, struct number *index, int32_t low, struct number *const *values,
                             size_t count) {
    struct number *result = values[count - 1];
    for (size_t i = count - 1; i-- > 0;) {
        struct number *bound = number_const(smt, low + (int32_t)i);
        Z3_ast here = i == 0 ? number_le(smt, index, bound) : number_eq(smt, index, bound);
        result = number_ite(smt, here, values[i], result);
    }
    return result;
}
