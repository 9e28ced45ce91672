/* Numbers come in two shapes.  One with few possible values is one-hot: a Boolean for each value ("cases"), so that
 * the guards of ground transitions, which ask `x == 3` most of the time, are literals and everything goes to Z3's SAT
 * solver (QF_FD) as it is.  A wider one is a bit-vector in two's complement, as wide as its range needs.  A number has
 * either shape or both; the second is made when somebody asks.
 *
 * Measured (Z3 4.8.12, one core of a busy machine).  Bounded search on eni-bench 3 2 4 6 3 3, A to E, depth after 20 s:
 * one-hot 17, bit-vectors only 5; one-hot in Z3's general solver 20.  A to E inductive at 4 3 8 16 6 6: QF_FD with
 * totalizers 29 s, the general solver not within 100 s; B alone 34 s with a sequential counter, 15 s with Z3's own
 * cardinality constraints, 9 s with totalizers. */
#include "solver/smt.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <z3.h>

#include "base/arena.h"

/* One-hot up to so many values. */
#define CASES_MAX 40
/* Of a bit-vector: values lie within +-LIMIT_INTEGER, sums on the way within its square. */
#define WIDTH_MAX 64
/* At most one of so few flags: every pair; of more: see assert_one(). */
#define PAIRS_MAX 6
/* The watcher stops a question at the memory limit; Z3's own limit is behind it, far enough that a context can always
 * be made (Z3 4.8.12 crashes where it cannot). */
#define BACKSTOP_MEGABYTES 256
/* How often the watcher looks at the clock and at Ctrl-C. */
#define WATCH_NANOSECONDS 20000000

struct number {
    int32_t low, high;
    Z3_ast *cases; /* value low + i; or NULL */
    Z3_ast *least; /* of a count: i or more; NULL for other numbers */
    Z3_ast bits;   /* or NULL */
    unsigned width;
};

/* What an expression is in a frame; both NULL: not yet asked. */
struct meaning {
    Z3_ast flag;
    struct number *number;
};

struct frame {
    VEC(struct meaning) exprs;
    struct meaning *vars;
};

struct smt {
    const struct system *system;
    Z3_context context;
    Z3_solver solver;
    Z3_sort flag_sort, bits_sorts[WIDTH_MAX + 1];
    Z3_ast yes, no;
    Z3_model model;
    struct arena arena;
    VEC(struct frame) frames;
    VEC(Z3_ast) held; /* one reference each */
    VEC(Z3_ast) lits; /* by smt_lit */
    VEC(expr_id) stack;
    unsigned seed;
    bool failed; /* an error of Z3: nothing can be believed any more */
    const char *reason;

    /* the watcher: a thread that interrupts a question when a limit is reached */
    struct timespec started;
    double deadline_seconds;
    size_t max_bytes;
    const volatile sig_atomic_t *stop;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool asking, quitting; /* under `lock` */
    const char *limit;     /* under `lock`: the limit that was reached */
};

/* ---- errors ---- */

static void on_error(Z3_context context, Z3_error_code code) {
    (void)context;
    (void)code; /* looked at where the call was made */
}

/* False after an error: the context is then out of use. */
static bool is_fine(struct smt *smt) {
    Z3_error_code code = Z3_get_error_code(smt->context);
    if (code == Z3_OK)
        return true;
    if (!smt->failed)
        smt->reason = code == Z3_MEMOUT_FAIL
                          ? "memory limit"
                          : arena_format(&smt->arena, "Z3: %s", Z3_get_error_msg(smt->context, code));
    smt->failed = true;
    Z3_set_error(smt->context, Z3_OK);
    return false;
}

/* Counts a reference that smt_free() gives back. */
static Z3_ast keep(struct smt *smt, Z3_ast ast) {
    if (!is_fine(smt) || ast == NULL)
        return smt->yes; /* of whatever sort: nobody will look at it */
    Z3_inc_ref(smt->context, ast);
    vec_push(&smt->held, ast);
    return ast;
}

/* ---- the watcher ---- */

static const char *limit_reached(const struct smt *smt) {
    if (smt->stop != NULL && *smt->stop)
        return "interrupted";
    if (smt->deadline_seconds > 0 && seconds_since(&smt->started) >= smt->deadline_seconds)
        return "time limit";
    if (smt->max_bytes > 0 && Z3_get_estimated_alloc_size() > smt->max_bytes)
        return "memory limit";
    return NULL;
}

static void *watch(void *context) {
    struct smt *smt = context;
    pthread_mutex_lock(&smt->lock);
    while (!smt->quitting) {
        if (!smt->asking) {
            pthread_cond_wait(&smt->wake, &smt->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WATCH_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&smt->wake, &smt->lock, &until);
        if (smt->asking && smt->limit == NULL)
            smt->limit = limit_reached(smt);
        if (smt->asking && smt->limit != NULL)
            Z3_interrupt(smt->context); /* again and again: the first may come before Z3 listens */
    }
    pthread_mutex_unlock(&smt->lock);
    return NULL;
}

static void watch_begin(struct smt *smt) {
    pthread_mutex_lock(&smt->lock);
    smt->asking = true;
    pthread_cond_signal(&smt->wake);
    pthread_mutex_unlock(&smt->lock);
}

static const char *watch_end(struct smt *smt) {
    pthread_mutex_lock(&smt->lock);
    smt->asking = false;
    const char *limit = smt->limit;
    pthread_mutex_unlock(&smt->lock);
    return limit;
}

/* ---- life ---- */

static void set_limits(struct smt *smt) {
    Z3_context c = smt->context;
    Z3_params params = Z3_mk_params(c);
    Z3_params_inc_ref(c, params);
    Z3_params_set_bool(c, params, Z3_mk_string_symbol(c, "ctrl_c"), false); /* the handler of cli/ stays */
    Z3_params_set_uint(c, params, Z3_mk_string_symbol(c, "random_seed"), smt->seed);
    Z3_solver_set_params(c, smt->solver, params);
    Z3_params_dec_ref(c, params);
    is_fine(smt);
}

static smt_lit add_lit(struct smt *smt, Z3_ast ast) {
    if (ast == smt->no || ast == smt->yes)
        if (smt->lits.count > SMT_TRUE)
            return ast == smt->yes ? SMT_TRUE : SMT_FALSE;
    vec_push(&smt->lits, ast);
    return (smt_lit)smt->lits.count - 1;
}

static void make_context(struct smt *smt) {
    char megabytes[32] = "0"; /* no limit */
    if (smt->max_bytes > 0)
        snprintf(megabytes, sizeof megabytes, "%zu", smt->max_bytes / 1000000 * 5 / 4 + BACKSTOP_MEGABYTES);
    Z3_global_param_set("memory_max_size", megabytes);
    Z3_config config = Z3_mk_config();
    Z3_set_param_value(config, "model", "true");
    Z3_set_param_value(config, "auto_config", "true");
    smt->context = Z3_mk_context_rc(config);
    Z3_del_config(config);
    Z3_set_error_handler(smt->context, on_error);
    smt->flag_sort = Z3_mk_bool_sort(smt->context);
    smt->yes = keep(smt, Z3_mk_true(smt->context));
    smt->no = keep(smt, Z3_mk_false(smt->context));
    smt->solver = Z3_mk_solver_for_logic(smt->context, Z3_mk_string_symbol(smt->context, "QF_FD"));
    if (is_fine(smt))
        Z3_solver_inc_ref(smt->context, smt->solver);
}

struct smt *smt_new(const struct system *system, const struct budget *budget, const struct timespec *started,
                    double deadline_seconds, unsigned seed) {
    struct smt *smt = memory_resize(NULL, sizeof *smt);
    *smt = (struct smt){.system = system,
                        .seed = seed,
                        .started = *started,
                        .deadline_seconds = deadline_seconds,
                        .max_bytes = budget->max_bytes,
                        .stop = budget->stop};
    make_context(smt);
    set_limits(smt);
    add_lit(smt, smt->no);
    add_lit(smt, smt->yes);
    pthread_mutex_init(&smt->lock, NULL);
    pthread_cond_init(&smt->wake, NULL);
    smt->has_thread = pthread_create(&smt->thread, NULL, watch, smt) == 0;
    if (!smt->has_thread) {
        smt->failed = true;
        smt->reason = "no thread to watch the clock";
    }
    return smt;
}

void smt_free(struct smt *smt) {
    if (smt == NULL)
        return;
    if (smt->has_thread) {
        pthread_mutex_lock(&smt->lock);
        smt->quitting = true;
        pthread_cond_signal(&smt->wake);
        pthread_mutex_unlock(&smt->lock);
        pthread_join(smt->thread, NULL);
    }
    pthread_mutex_destroy(&smt->lock);
    pthread_cond_destroy(&smt->wake);
    if (smt->model != NULL)
        Z3_model_dec_ref(smt->context, smt->model);
    for (size_t i = 0; i < smt->held.count; i++)
        Z3_dec_ref(smt->context, smt->held.at[i]);
    if (smt->solver != NULL)
        Z3_solver_dec_ref(smt->context, smt->solver);
    Z3_del_context(smt->context);
    for (size_t i = 0; i < smt->frames.count; i++) {
        vec_free(&smt->frames.at[i].exprs);
        free(smt->frames.at[i].vars);
    }
    vec_free(&smt->frames);
    vec_free(&smt->held);
    vec_free(&smt->lits);
    vec_free(&smt->stack);
    arena_clear(&smt->arena);
    free(smt);
}

/* ---- Boolean terms ---- */

typedef VEC(Z3_ast) ast_list;

static Z3_ast flag_new(struct smt *smt) { return keep(smt, Z3_mk_fresh_const(smt->context, "b", smt->flag_sort)); }

static Z3_ast make_not(struct smt *smt, Z3_ast a) {
    if (a == smt->yes || a == smt->no)
        return a == smt->yes ? smt->no : smt->yes;
    if (!smt->failed && Z3_get_ast_kind(smt->context, a) == Z3_APP_AST) { /* not not a */
        Z3_app app = Z3_to_app(smt->context, a);
        if (Z3_get_decl_kind(smt->context, Z3_get_app_decl(smt->context, app)) == Z3_OP_NOT)
            return keep(smt, Z3_get_app_arg(smt->context, app, 0));
    }
    return keep(smt, Z3_mk_not(smt->context, a));
}

/* Conjunction or disjunction; keeps `args` as scratch. */
static Z3_ast make_all(struct smt *smt, bool is_and, Z3_ast *args, size_t count) {
    Z3_ast neutral = is_and ? smt->yes : smt->no, absorbing = is_and ? smt->no : smt->yes;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (args[i] == absorbing)
            return absorbing;
        if (args[i] != neutral && (kept == 0 || args[kept - 1] != args[i]))
            args[kept++] = args[i];
    }
    if (kept <= 1)
        return kept == 0 ? neutral : args[0];
    return keep(smt,
                is_and ? Z3_mk_and(smt->context, (unsigned)kept, args) : Z3_mk_or(smt->context, (unsigned)kept, args));
}

static Z3_ast make_and2(struct smt *smt, Z3_ast a, Z3_ast b) { return make_all(smt, true, (Z3_ast[]){a, b}, 2); }
static Z3_ast make_or2(struct smt *smt, Z3_ast a, Z3_ast b) { return make_all(smt, false, (Z3_ast[]){a, b}, 2); }

static Z3_ast make_iff(struct smt *smt, Z3_ast a, Z3_ast b) {
    if (a == b)
        return smt->yes;
    if (a == smt->yes || b == smt->yes)
        return a == smt->yes ? b : a;
    if (a == smt->no || b == smt->no)
        return make_not(smt, a == smt->no ? b : a);
    return keep(smt, Z3_mk_iff(smt->context, a, b));
}

static Z3_ast make_ite(struct smt *smt, Z3_ast condition, Z3_ast yes, Z3_ast no) {
    if (yes == no || condition == smt->yes)
        return yes;
    if (condition == smt->no)
        return no;
    if (yes == smt->no || no == smt->yes) {
        Z3_ast not = make_not(smt, condition);
        return yes == smt->no ? make_and2(smt, not, no) : make_or2(smt, not, yes);
    }
    if (yes == smt->yes || no == smt->no)
        return yes == smt->yes ? make_or2(smt, condition, no) : make_and2(smt, condition, yes);
    return keep(smt, Z3_mk_ite(smt->context, condition, yes, no));
}

static void assert_term(struct smt *smt, Z3_ast term) {
    if (smt->failed || term == smt->yes)
        return;
    Z3_solver_assert(smt->context, smt->solver, term);
    is_fine(smt);
}

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
        keep(smt, Z3_sort_to_ast(smt->context, smt->bits_sorts[width]));
    }
    return smt->bits_sorts[width];
}

static Z3_ast bits_const(struct smt *smt, int32_t value, unsigned width) {
    return keep(smt, Z3_mk_int(smt->context, value, bits_sort(smt, width)));
}

static struct number *number_const(struct smt *smt, int32_t value) {
    struct number *number = cases_new(smt, value, value);
    number->cases[0] = smt->yes;
    return number;
}

/* As a bit-vector of at least number->width bits. */
static Z3_ast bits_of(struct smt *smt, struct number *number, unsigned width) {
    if (number->bits == NULL) {
        Z3_ast bits = bits_const(smt, number->high, number->width);
        for (size_t i = 0; i + 1 < case_count(number); i++)
            bits = make_ite(smt, number->cases[i], bits_const(smt, number->low + (int32_t)i, number->width), bits);
        number->bits = bits;
    }
    if (width == number->width)
        return number->bits;
    assert(width > number->width);
    return keep(smt, Z3_mk_sign_ext(smt->context, width - number->width, number->bits));
}

static bool has_cases(struct smt *smt, struct number *number) {
    if (number->cases != NULL || !is_small(number->low, number->high))
        return number->cases != NULL;
    number->cases = arena_alloc(&smt->arena, case_count(number) * sizeof *number->cases);
    for (size_t i = 0; i < case_count(number); i++)
        number->cases[i] =
            keep(smt, Z3_mk_eq(smt->context, number->bits, bits_const(smt, number->low + (int32_t)i, number->width)));
    return true;
}

static Z3_ast case_of(const struct smt *smt, const struct number *number, int64_t value) {
    return value < number->low || value > number->high ? smt->no : number->cases[value - number->low];
}

/* number == value, in either shape. */
static Z3_ast test_value(struct smt *smt, struct number *number, int32_t value) {
    if (value < number->low || value > number->high)
        return smt->no;
    if (has_cases(smt, number))
        return case_of(smt, number, value);
    return keep(smt, Z3_mk_eq(smt->context, number->bits, bits_const(smt, value, number->width)));
}

static unsigned common_width(const struct number *a, const struct number *b) {
    return a->width > b->width ? a->width : b->width;
}

static Z3_ast number_eq(struct smt *smt, struct number *a, struct number *b) {
    if (a->low == a->high || b->low == b->high)
        return a->low == a->high ? test_value(smt, b, a->low) : test_value(smt, a, b->low);
    if (!has_cases(smt, a) || !has_cases(smt, b)) {
        unsigned width = common_width(a, b);
        return keep(smt, Z3_mk_eq(smt->context, bits_of(smt, a, width), bits_of(smt, b, width)));
    }
    ast_list both = {0};
    for (int64_t v = a->low; v <= a->high; v++)
        vec_push(&both, make_and2(smt, case_of(smt, a, v), case_of(smt, b, v)));
    Z3_ast result = make_all(smt, false, both.at, both.count);
    vec_free(&both);
    return result;
}

/* Is one of the cases low..high? */
static Z3_ast one_of_cases(struct smt *smt, const struct number *number, int64_t low, int64_t high) {
    ast_list some = {0};
    for (int64_t v = low < number->low ? number->low : low; v <= high && v <= number->high; v++)
        vec_push(&some, case_of(smt, number, v));
    Z3_ast result = make_all(smt, false, some.at, some.count);
    vec_free(&some);
    return result;
}

static Z3_ast number_le(struct smt *smt, struct number *a, struct number *b) {
    if (!has_cases(smt, a) || !has_cases(smt, b)) {
        unsigned width = common_width(a, b);
        return keep(smt, Z3_mk_bvsle(smt->context, bits_of(smt, a, width), bits_of(smt, b, width)));
    }
    if (a->least != NULL && b->low == b->high) /* counts begin at 0 */
        return b->low < 0 ? smt->no : b->low >= a->high ? smt->yes : make_not(smt, a->least[b->low + 1]);
    if (b->least != NULL && a->low == a->high)
        return a->low <= 0 ? smt->yes : a->low > b->high ? smt->no : b->least[a->low];
    ast_list some = {0};
    for (int64_t v = a->low; v <= a->high; v++)
        vec_push(&some, make_and2(smt, case_of(smt, a, v), one_of_cases(smt, b, v, b->high)));
    Z3_ast result =
        b->low == b->high ? one_of_cases(smt, a, a->low, b->low) : make_all(smt, false, some.at, some.count);
    vec_free(&some);
    return result;
}

static struct number *number_ite(struct smt *smt, Z3_ast condition, struct number *yes, struct number *no) {
    int32_t low = yes->low < no->low ? yes->low : no->low, high = yes->high > no->high ? yes->high : no->high;
    if (is_small(low, high) && has_cases(smt, yes) && has_cases(smt, no)) {
        struct number *result = cases_new(smt, low, high);
        for (int64_t v = low; v <= high; v++)
            result->cases[v - low] = make_ite(smt, condition, case_of(smt, yes, v), case_of(smt, no, v));
        return result;
    }
    struct number *result = number_new(smt, low, high);
    result->bits = make_ite(smt, condition, bits_of(smt, yes, result->width), bits_of(smt, no, result->width));
    return result;
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
            vec_push(&ways[value - low], make_and2(smt, case_of(smt, a, v), case_of(smt, b, w)));
        }
    for (size_t i = 0; i < case_count(result); i++) {
        result->cases[i] = make_all(smt, false, ways[i].at, ways[i].count);
        vec_free(&ways[i]);
    }
    free(ways);
    return result;
}

static Z3_ast compute_bits(struct smt *smt, enum op op, Z3_ast a, Z3_ast b, unsigned width) {
    Z3_context c = smt->context;
    if (op == OP_ADD || op == OP_MUL)
        return keep(smt, op == OP_ADD ? Z3_mk_bvadd(c, a, b) : Z3_mk_bvmul(c, a, b));
    Z3_ast zero = bits_const(smt, 0, width);
    Z3_ast result = keep(smt, op == OP_DIV ? Z3_mk_bvsdiv(c, a, b) : Z3_mk_bvsrem(c, a, b));
    return make_ite(smt, keep(smt, Z3_mk_eq(c, b, zero)), zero, result);
}

static struct number *number_compute(struct smt *smt, enum op op, struct number *a, struct number *b, int32_t low,
                                     int32_t high) {
    if (is_small(low, high) && is_small(a->low, a->high) && is_small(b->low, b->high) && has_cases(smt, a) &&
        has_cases(smt, b))
        return compute_cases(smt, op, a, b, low, high);
    struct number *result = number_new(smt, low, high);
    unsigned width = common_width(a, b) > result->width ? common_width(a, b) : result->width;
    result->bits = compute_bits(smt, op, bits_of(smt, a, width), bits_of(smt, b, width), width);
    if (width > result->width)
        result->bits = keep(smt, Z3_mk_extract(smt->context, result->width - 1, 0, result->bits));
    return result;
}

/* least[k]: at least k of the flags are true; count + 1 of them, from the heap.  A totalizer (Bailleux and Boufkhad, CP
 * 2003): the halves' answers are added in unary. */
static Z3_ast *count_unary(struct smt *smt, const Z3_ast *flags, size_t count) {
    Z3_ast *least = memory_resize(NULL, (count + 1) * sizeof *least);
    least[0] = smt->yes;
    if (count == 1)
        least[1] = flags[0];
    if (count <= 1)
        return least;
    size_t half = count / 2;
    Z3_ast *left = count_unary(smt, flags, half), *right = count_unary(smt, flags + half, count - half);
    ast_list ways = {0};
    for (size_t k = 1; k <= count; k++) {
        ways.count = 0;
        for (size_t i = k > count - half ? k - (count - half) : 0; i <= k && i <= half; i++)
            vec_push(&ways, make_and2(smt, left[i], right[k - i]));
        least[k] = make_all(smt, false, ways.at, ways.count);
    }
    vec_free(&ways);
    free(left);
    free(right);
    return least;
}

static struct number *count_cases(struct smt *smt, const Z3_ast *flags, size_t count) {
    struct number *result = cases_new(smt, 0, (int32_t)count);
    Z3_ast *least = count_unary(smt, flags, count);
    for (size_t k = 0; k <= count; k++)
        result->cases[k] = k == count ? least[k] : make_and2(smt, least[k], make_not(smt, least[k + 1]));
    result->least = arena_copy(&smt->arena, least, (count + 1) * sizeof *least);
    free(least);
    return result;
}

static struct number *number_count(struct smt *smt, const Z3_ast *flags, size_t count) {
    if (is_small(0, (int64_t)count))
        return count_cases(smt, flags, count);
    struct number *result = number_new(smt, 0, (int32_t)count);
    Z3_ast one = bits_const(smt, 1, result->width), zero = bits_const(smt, 0, result->width);
    result->bits = zero;
    for (size_t i = 0; i < count; i++)
        result->bits = compute_bits(smt, OP_ADD, result->bits, make_ite(smt, flags[i], one, zero), result->width);
    return result;
}

/* values[i] belongs to the index low + i; the outermost ones also to what lies outside. */
static struct number *number_select(struct smt *smt, struct number *index, int32_t low, struct number *const *values,
                                    size_t count) {
    struct number *result = values[count - 1];
    for (size_t i = count - 1; i-- > 0;) {
        struct number *bound = number_const(smt, low + (int32_t)i);
        Z3_ast here = i == 0 ? number_le(smt, index, bound) : number_eq(smt, index, bound);
        result = number_ite(smt, here, values[i], result);
    }
    return result;
}

/* ---- frames ---- */

static Z3_ast bits_within(struct smt *smt, const struct number *number) {
    Z3_ast low = bits_const(smt, number->low, number->width), high = bits_const(smt, number->high, number->width);
    return make_and2(smt, keep(smt, Z3_mk_bvsle(smt->context, low, number->bits)),
                     keep(smt, Z3_mk_bvsle(smt->context, number->bits, high)));
}

static void assert_clause2(struct smt *smt, Z3_ast a, Z3_ast b) { assert_term(smt, make_or2(smt, a, b)); }

/* Each flag spells its own number in binary, on fresh bits (Frisch and Peugniez, IJCAI 2001).  Z3's native cardinality
 * constraint is slower. */
static void assert_at_most_one(struct smt *smt, const Z3_ast *flags, size_t count) {
    for (size_t i = 0; i < count && count <= PAIRS_MAX; i++)
        for (size_t j = i + 1; j < count; j++)
            assert_clause2(smt, make_not(smt, flags[i]), make_not(smt, flags[j]));
    for (size_t bit = 0; count > PAIRS_MAX && (count - 1) >> bit != 0; bit++) {
        Z3_ast one = flag_new(smt), zero = make_not(smt, one);
        for (size_t i = 0; i < count; i++)
            assert_clause2(smt, make_not(smt, flags[i]), (i >> bit & 1) != 0 ? one : zero);
    }
}

static void assert_one(struct smt *smt, const Z3_ast *flags, size_t count) {
    ast_list scratch = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&scratch, flags[i]);
    assert_at_most_one(smt, flags, count);
    assert_term(smt, make_all(smt, false, scratch.at, scratch.count));
    vec_free(&scratch);
}

/* An unknown of this range. */
static struct number *number_fresh(struct smt *smt, int32_t low, int32_t high) {
    if (low == high)
        return number_const(smt, low);
    if (is_small(low, high)) {
        struct number *number = cases_new(smt, low, high);
        for (size_t i = 0; i < case_count(number); i++)
            number->cases[i] = flag_new(smt);
        assert_one(smt, number->cases, case_count(number));
        return number;
    }
    struct number *number = number_new(smt, low, high);
    number->bits = keep(smt, Z3_mk_fresh_const(smt->context, "n", bits_sort(smt, number->width)));
    assert_term(smt, bits_within(smt, number));
    return number;
}

static struct frame *frame_at(struct smt *smt, uint32_t index) {
    size_t bytes = (smt->system->vars.count + 1) * sizeof(struct meaning);
    while (smt->frames.count <= index) {
        struct frame frame = {.vars = memory_resize(NULL, bytes)};
        memset(frame.vars, 0, bytes);
        vec_push(&smt->frames, frame);
    }
    return &smt->frames.at[index];
}

static struct meaning var_at(struct smt *smt, uint32_t index, uint32_t var) {
    struct frame *frame = frame_at(smt, index);
    const struct system_var *about = &smt->system->vars.at[var];
    struct meaning *meaning = &frame->vars[var];
    if (meaning->flag != NULL || meaning->number != NULL)
        return *meaning;
    if (!about->is_bool)
        meaning->number = number_fresh(smt, about->low, about->high);
    else if (about->low == about->high)
        meaning->flag = about->low != 0 ? smt->yes : smt->no;
    else
        meaning->flag = flag_new(smt);
    return *meaning;
}

static struct meaning meaning_of_flags(struct smt *smt, const struct expr *node, ast_list *flags) {
    switch ((enum op)node->op) {
    case OP_NOT:
        return (struct meaning){.flag = make_not(smt, flags->at[0])};
    case OP_AND:
    case OP_OR:
        return (struct meaning){.flag = make_all(smt, node->op == OP_AND, flags->at, flags->count)};
    case OP_EQ:
        return (struct meaning){.flag = make_iff(smt, flags->at[0], flags->at[1])};
    case OP_ITE:
        return (struct meaning){.flag = make_ite(smt, flags->at[0], flags->at[1], flags->at[2])};
    case OP_COUNT:
        return (struct meaning){.number = number_count(smt, flags->at, flags->count)};
    case OP_CONST:
    case OP_VAR:
    case OP_NEXT:
    case OP_LE:
    case OP_ADD:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_SELECT:
    case OP_LAST:
        break;
    }
    assert(false);
    return (struct meaning){0};
}

typedef VEC(struct number *) number_list;

/* Partial sums need their own ranges; only the whole is known to fit. */
static struct number *sum_of(struct smt *smt, const number_list *numbers) {
    struct number *sum = numbers->at[0];
    for (size_t i = 1; i < numbers->count; i++) {
        struct number *next = numbers->at[i];
        int64_t low = (int64_t)sum->low + next->low, high = (int64_t)sum->high + next->high;
        if (low < INT32_MIN || high > INT32_MAX) {
            smt->failed = true;
            smt->reason = "a sum is too large for the solver";
            return sum;
        }
        sum = number_compute(smt, OP_ADD, sum, next, (int32_t)low, (int32_t)high);
    }
    return sum;
}

static struct meaning meaning_of_numbers(struct smt *smt, const struct expr *node, const number_list *numbers) {
    struct number *const *at = numbers->at;
    switch ((enum op)node->op) {
    case OP_EQ:
        return (struct meaning){.flag = number_eq(smt, at[0], at[1])};
    case OP_LE:
        return (struct meaning){.flag = number_le(smt, at[0], at[1])};
    case OP_ADD:
        return (struct meaning){.number = sum_of(smt, numbers)};
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return (struct meaning){.number = number_compute(smt, (enum op)node->op, at[0], at[1], node->low, node->high)};
    case OP_SELECT:
        return (struct meaning){.number = number_select(smt, at[0], node->payload, at + 1, numbers->count - 1)};
    case OP_CONST:
    case OP_VAR:
    case OP_NEXT:
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_ITE:
    case OP_COUNT:
    case OP_LAST:
        break;
    }
    assert(false);
    return (struct meaning){0};
}

/* Its arguments have their meaning already. */
static struct meaning meaning_of(struct smt *smt, uint32_t frame, expr_id id) {
    const struct exprs *exprs = &smt->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    if (node->op == OP_CONST)
        return node->is_bool ? (struct meaning){.flag = node->payload ? smt->yes : smt->no}
                             : (struct meaning){.number = number_const(smt, node->payload)};
    if (node->op == OP_VAR || node->op == OP_NEXT)
        return var_at(smt, frame + (node->op == OP_NEXT), (uint32_t)node->payload);
    const struct meaning *known = smt->frames.at[frame].exprs.at;
    const expr_id *args = expr_args(exprs, id);
    if (node->op == OP_ITE && !node->is_bool)
        return (struct meaning){.number =
                                    number_ite(smt, known[args[0]].flag, known[args[1]].number, known[args[2]].number)};
    struct meaning result;
    if (known[args[0]].flag != NULL) {
        ast_list flags = {0};
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&flags, known[args[i]].flag);
        result = meaning_of_flags(smt, node, &flags);
        vec_free(&flags);
    } else {
        number_list numbers = {0};
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&numbers, known[args[i]].number);
        result = meaning_of_numbers(smt, node, &numbers);
        vec_free(&numbers);
    }
    return result;
}

static bool is_known(const struct frame *frame, expr_id id) {
    return frame->exprs.at[id].flag != NULL || frame->exprs.at[id].number != NULL;
}

/* Arguments before what uses them, without recursion: graphs are deep. */
static struct meaning translate(struct smt *smt, uint32_t index, expr_id root) {
    const struct exprs *exprs = &smt->system->exprs;
    frame_at(smt, index + 1); /* for OP_NEXT; now `frames` stays where it is */
    struct frame *frame = &smt->frames.at[index];
    vec_reserve(&frame->exprs, exprs->nodes.count);
    for (; frame->exprs.count < exprs->nodes.count; frame->exprs.count++)
        frame->exprs.at[frame->exprs.count] = (struct meaning){0};
    smt->stack.count = 0;
    vec_push(&smt->stack, root);
    while (smt->stack.count > 0) {
        expr_id id = smt->stack.at[smt->stack.count - 1];
        size_t before = smt->stack.count;
        for (uint32_t i = 0; !is_known(frame, id) && i < expr_get(exprs, id)->count; i++)
            if (!is_known(frame, expr_args(exprs, id)[i]))
                vec_push(&smt->stack, expr_args(exprs, id)[i]);
        if (smt->stack.count > before)
            continue;
        smt->stack.count--;
        if (!is_known(frame, id))
            frame->exprs.at[id] = meaning_of(smt, index, id);
    }
    return frame->exprs.at[root];
}

/* ---- the interface: terms ---- */

smt_lit smt_expr(struct smt *smt, uint32_t frame, expr_id id) {
    assert(expr_get(&smt->system->exprs, id)->is_bool);
    return smt->failed ? SMT_TRUE : add_lit(smt, translate(smt, frame, id).flag);
}

smt_lit smt_fresh(struct smt *smt) { return add_lit(smt, flag_new(smt)); }
smt_lit smt_not(struct smt *smt, smt_lit a) { return add_lit(smt, make_not(smt, smt->lits.at[a])); }

static smt_lit combine_lits(struct smt *smt, bool is_and, const smt_lit *lits, size_t count) {
    ast_list asts = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&asts, smt->lits.at[lits[i]]);
    Z3_ast result = make_all(smt, is_and, asts.at, asts.count);
    vec_free(&asts);
    return add_lit(smt, result);
}

smt_lit smt_and(struct smt *smt, const smt_lit *lits, size_t count) { return combine_lits(smt, true, lits, count); }
smt_lit smt_or(struct smt *smt, const smt_lit *lits, size_t count) { return combine_lits(smt, false, lits, count); }

smt_lit smt_implies(struct smt *smt, smt_lit a, smt_lit b) { return smt_or(smt, (smt_lit[]){smt_not(smt, a), b}, 2); }

static Z3_ast same_meaning(struct smt *smt, struct meaning a, struct meaning b) {
    return a.flag != NULL ? make_iff(smt, a.flag, b.flag) : number_eq(smt, a.number, b.number);
}

smt_lit smt_same(struct smt *smt, uint32_t var, uint32_t frame, uint32_t other_frame) {
    if (smt->failed)
        return SMT_TRUE;
    struct meaning a = var_at(smt, frame, var), b = var_at(smt, other_frame, var);
    return add_lit(smt, same_meaning(smt, a, b));
}

/* ---- the interface: assertions ---- */

void smt_assert(struct smt *smt, smt_lit lit) { assert_term(smt, smt->lits.at[lit]); }

void smt_assert_state(struct smt *smt, uint32_t frame, const int32_t *state) {
    for (uint32_t var = 0; var < smt->system->vars.count && !smt->failed; var++) {
        struct meaning meaning = var_at(smt, frame, var);
        if (meaning.flag != NULL)
            assert_term(smt, state[var] != 0 ? meaning.flag : make_not(smt, meaning.flag));
        else
            assert_term(smt, test_value(smt, meaning.number, state[var]));
    }
}

void smt_assert_one(struct smt *smt, const smt_lit *lits, size_t count) {
    ast_list asts = {0};
    for (size_t i = 0; i < count; i++)
        if (lits[i] != SMT_FALSE)
            vec_push(&asts, smt->lits.at[lits[i]]);
    if (!smt->failed)
        assert_one(smt, asts.at, asts.count);
    vec_free(&asts);
}

/* Is the one-hot number equal to this case's value?  For each of its values, both ways. */
static void assert_case(struct smt *smt, Z3_ast when, struct meaning next, struct meaning value) {
    bool plain = next.flag != NULL || !has_cases(smt, next.number) || !has_cases(smt, value.number);
    if (plain) {
        assert_term(smt, make_or2(smt, make_not(smt, when), same_meaning(smt, next, value)));
        return;
    }
    for (int64_t v = next.number->low; v <= next.number->high; v++) {
        Z3_ast same = make_iff(smt, case_of(smt, next.number, v), case_of(smt, value.number, v));
        assert_term(smt, make_or2(smt, make_not(smt, when), same));
    }
}

void smt_assert_update(struct smt *smt, uint32_t frame, uint32_t var, const struct smt_case *cases, size_t count) {
    if (smt->failed)
        return;
    struct meaning next = var_at(smt, frame + 1, var), now = var_at(smt, frame, var);
    ast_list whens = {0};
    for (size_t i = 0; i < count; i++) {
        Z3_ast when = smt->lits.at[cases[i].when];
        assert_case(smt, when, next, translate(smt, frame, cases[i].value));
        vec_push(&whens, when);
    }
    assert_case(smt, make_not(smt, make_all(smt, false, whens.at, whens.count)), next, now);
    vec_free(&whens);
}

/* ---- the interface: questions ---- */

static void set_effort(struct smt *smt, unsigned effort) {
    Z3_params params = Z3_mk_params(smt->context);
    Z3_params_inc_ref(smt->context, params);
    Z3_params_set_uint(smt->context, params, Z3_mk_string_symbol(smt->context, "rlimit"), effort);
    Z3_solver_set_params(smt->context, smt->solver, params);
    Z3_params_dec_ref(smt->context, params);
    is_fine(smt);
}

static void drop_model(struct smt *smt) {
    if (smt->model != NULL)
        Z3_model_dec_ref(smt->context, smt->model);
    smt->model = NULL;
}

/* A question that was cut short: by us, by `effort`, or by Z3 itself. */
static void explain_unknown(struct smt *smt, const char *limit, unsigned effort) {
    Z3_error_code code = Z3_get_error_code(smt->context);
    if (limit != NULL)
        smt->reason = limit;
    else if (code == Z3_MEMOUT_FAIL)
        is_fine(smt);
    else if (effort > 0)
        smt->reason = "effort limit";
    else
        smt->reason = arena_format(&smt->arena, "Z3: %s", Z3_solver_get_reason_unknown(smt->context, smt->solver));
    Z3_set_error(smt->context, Z3_OK);
}

enum smt_answer smt_check(struct smt *smt, const smt_lit *assumptions, size_t count, unsigned effort) {
    drop_model(smt);
    if (smt_is_over(smt))
        return SMT_UNKNOWN;
    ast_list asts = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&asts, smt->lits.at[assumptions[i]]);
    set_effort(smt, effort);
    watch_begin(smt);
    Z3_lbool answer = Z3_solver_check_assumptions(smt->context, smt->solver, (unsigned)count, asts.at);
    const char *limit = watch_end(smt);
    vec_free(&asts);
    if (smt->failed || Z3_get_error_code(smt->context) != Z3_OK || answer == Z3_L_UNDEF) {
        explain_unknown(smt, limit, effort);
        return SMT_UNKNOWN;
    }
    if (answer == Z3_L_FALSE)
        return SMT_UNSAT;
    smt->model = Z3_solver_get_model(smt->context, smt->solver);
    if (!is_fine(smt) || smt->model == NULL) {
        smt->model = NULL;
        return SMT_UNKNOWN;
    }
    Z3_model_inc_ref(smt->context, smt->model);
    return SMT_SAT;
}

const char *smt_reason(const struct smt *smt) { return smt->reason == NULL ? "unknown" : smt->reason; }

bool smt_is_over(const struct smt *smt) {
    struct smt *own = (struct smt *)(uintptr_t)smt; /* only notes what it sees */
    if (!smt->failed && smt->limit == NULL && limit_reached(smt) != NULL) {
        pthread_mutex_lock(&own->lock);
        own->limit = limit_reached(smt);
        pthread_mutex_unlock(&own->lock);
    }
    if (!smt->failed && smt->limit != NULL)
        own->reason = smt->limit;
    return smt->failed || smt->limit != NULL;
}

static bool model_flag(struct smt *smt, Z3_ast flag) {
    Z3_ast value = NULL;
    assert(smt->model != NULL);
    if (!Z3_model_eval(smt->context, smt->model, flag, true, &value) || !is_fine(smt))
        return false;
    Z3_inc_ref(smt->context, value);
    bool result = Z3_get_bool_value(smt->context, value) == Z3_L_TRUE;
    Z3_dec_ref(smt->context, value);
    return result;
}

static int32_t model_bits(struct smt *smt, const struct number *number) {
    Z3_ast value = NULL;
    unsigned bits = 0;
    if (!Z3_model_eval(smt->context, smt->model, number->bits, true, &value) || !is_fine(smt))
        return number->low;
    Z3_inc_ref(smt->context, value);
    Z3_get_numeral_uint(smt->context, value, &bits);
    Z3_dec_ref(smt->context, value);
    is_fine(smt);
    int64_t wide = bits;
    if (wide >> (number->width - 1) != 0)
        wide -= (int64_t)1 << number->width;
    return (int32_t)wide;
}

static int32_t model_number(struct smt *smt, const struct number *number) {
    if (number->cases == NULL)
        return model_bits(smt, number);
    for (int32_t v = number->low; v < number->high; v++)
        if (model_flag(smt, number->cases[v - number->low]))
            return v;
    return number->high;
}

static int32_t model_value(struct smt *smt, struct meaning meaning) {
    if (meaning.flag != NULL)
        return model_flag(smt, meaning.flag);
    return model_number(smt, meaning.number);
}

bool smt_is_true(struct smt *smt, smt_lit lit) { return model_flag(smt, smt->lits.at[lit]); }

int32_t smt_value(struct smt *smt, uint32_t frame, expr_id id) { return model_value(smt, translate(smt, frame, id)); }

void smt_state(struct smt *smt, uint32_t frame, int32_t *state) {
    for (uint32_t var = 0; var < smt->system->vars.count; var++)
        state[var] = model_value(smt, var_at(smt, frame, var));
}

void smt_core(struct smt *smt, const smt_lit *assumptions, size_t count, bool *needed) {
    Z3_ast_vector core = Z3_solver_get_unsat_core(smt->context, smt->solver);
    memset(needed, 0, count * sizeof *needed);
    if (!is_fine(smt))
        return;
    Z3_ast_vector_inc_ref(smt->context, core);
    for (unsigned i = 0; i < Z3_ast_vector_size(smt->context, core); i++)
        for (size_t j = 0; j < count; j++)
            needed[j] = needed[j] || smt->lits.at[assumptions[j]] == Z3_ast_vector_get(smt->context, core, i);
    Z3_ast_vector_dec_ref(smt->context, core);
    is_fine(smt);
}

uint64_t smt_bytes(void) { return Z3_get_estimated_alloc_size(); }
