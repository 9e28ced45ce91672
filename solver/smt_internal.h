/* solver/smt_internal.h -- what the smt_*.c files share: the one door to Z3 and the rooms behind it.
 *
 *     smt_context    the context, its limits and errors, questions
 *     smt_flag       Boolean terms
 *     smt_number     numbers, one-hot or as bit-vectors
 *     smt_translate  expressions in frames, assertions
 *     smt_model      values of a model
 *
 * Once it has failed, Z3 is not called any more (it may not even have a context) and nothing is believed: the
 * functions of smt.h see to that; within a translation, terms are `yes` from there to its end. */
#ifndef SOLVER_SMT_INTERNAL_H
#define SOLVER_SMT_INTERNAL_H

#include "solver/smt.h"

#include <pthread.h>
#include <z3.h>

#include "base/arena.h"

/* Of a bit-vector: values lie within +-LIMIT_INTEGER, sums on the way within its square. */
#define WIDTH_MAX 64

typedef VEC(Z3_ast) ast_list;

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
    uint32_t terms; /* made so far */
    bool failed;    /* an error of Z3, or a limit between questions: nothing can be believed any more */
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

/* ---- context ---- */

/* False after an error: the context is then out of use. */
bool smt_is_fine(struct smt *smt);
/* Counts a reference that smt_free() gives back. */
Z3_ast smt_keep(struct smt *smt, Z3_ast ast);
smt_lit smt_add_lit(struct smt *smt, Z3_ast ast);
void smt_assert_term(struct smt *smt, Z3_ast term);

/* ---- Boolean terms ---- */

Z3_ast flag_new(struct smt *smt); /* an unknown */
Z3_ast flag_not(struct smt *smt, Z3_ast a);
/* Conjunction or disjunction; keeps `args` as scratch. */
Z3_ast flag_all(struct smt *smt, bool is_and, Z3_ast *args, size_t count);
Z3_ast flag_and2(struct smt *smt, Z3_ast a, Z3_ast b);
Z3_ast flag_or2(struct smt *smt, Z3_ast a, Z3_ast b);
Z3_ast flag_iff(struct smt *smt, Z3_ast a, Z3_ast b);
Z3_ast term_ite(struct smt *smt, Z3_ast condition, Z3_ast yes, Z3_ast no); /* of flags or of bit-vectors */
void flag_assert_one(struct smt *smt, const Z3_ast *flags, size_t count);  /* exactly one */

/* ---- numbers ---- */

struct number *number_const(struct smt *smt, int32_t value);
struct number *number_fresh(struct smt *smt, int32_t low, int32_t high); /* an unknown of this range */
/* Has it the one-hot shape, perhaps made just now? */
bool number_has_cases(struct smt *smt, struct number *number);
Z3_ast number_case(const struct smt *smt, const struct number *number, int64_t value); /* of one that has cases */
Z3_ast number_is(struct smt *smt, struct number *number, int32_t value);               /* in either shape */
Z3_ast number_eq(struct smt *smt, struct number *a, struct number *b);
Z3_ast number_le(struct smt *smt, struct number *a, struct number *b);
struct number *number_ite(struct smt *smt, Z3_ast condition, struct number *yes, struct number *no);
/* ADD, MUL, DIV or MOD with a result within low..high. */
struct number *number_compute(struct smt *smt, enum op op, struct number *a, struct number *b, int32_t low,
                              int32_t high);
struct number *number_count(struct smt *smt, const Z3_ast *flags, size_t count); /* how many are true */
/* values[i] belongs to the index low + i; the outermost ones also to what lies outside. */
struct number *number_select(struct smt *smt, struct number *index, int32_t low, struct number *const *values,
                             size_t count);

/* ---- frames ---- */

struct meaning smt_var(struct smt *smt, uint32_t frame, uint32_t var);
struct meaning smt_translate(struct smt *smt, uint32_t frame, expr_id root);

#endif
