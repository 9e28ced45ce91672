/* Z3's context and solver: its errors, its limits, and who watches them; questions to it. */
#include "solver/smt_internal.h"

#include <string.h>

/* We stop at the memory limit: the watcher a question, smt_keep() a translation.  Z3's own limit is behind ours, far
 * enough that it is seldom met: what Z3 4.8.12 throws there passes some of its functions that do not catch it. */
#define BACKSTOP_MEGABYTES 256
/* How many terms are made between two looks at the limits. */
#define TERMS_A_LOOK 1024
/* Of the watcher, which does little; the usual 8 MB for each solver are much where address space is limited. */
#define WATCHER_STACK_BYTES (512 * 1024)
/* How often the watcher looks at the clock and at Ctrl-C. */
#define WATCH_NANOSECONDS 20000000

/* ---- errors and limits ---- */

static const char *limit_reached(const struct smt *smt) {
    if (smt->stop != NULL && *smt->stop)
        return "interrupted";
    if (smt->deadline_seconds > 0 && seconds_since(&smt->started) >= smt->deadline_seconds)
        return "time limit";
    if (smt->max_bytes > 0 && Z3_get_estimated_alloc_size() > smt->max_bytes)
        return "memory limit";
    return NULL;
}

static void on_error(Z3_context context, Z3_error_code code) {
    (void)context;
    (void)code; /* looked at where the call was made */
}

static void smt_fail(struct smt *smt, const char *reason) {
    smt->failed = true;
    smt->reason = reason;
}

bool smt_is_fine(struct smt *smt) {
    if (smt->failed)
        return false;
    Z3_error_code code = Z3_get_error_code(smt->context);
    if (code == Z3_OK)
        return true;
    smt_fail(smt, code == Z3_MEMOUT_FAIL ? "memory limit"
                                         : arena_format(&smt->arena, "Z3: %s", Z3_get_error_msg(smt->context, code)));
    return false;
}

Z3_ast smt_keep(struct smt *smt, Z3_ast ast) {
    const char *limit = ++smt->terms % TERMS_A_LOOK == 0 ? limit_reached(smt) : NULL;
    if (!smt_is_fine(smt) || ast == NULL)
        return smt->yes; /* of whatever sort: nobody will look at it */
    Z3_inc_ref(smt->context, ast);
    vec_push(&smt->held, ast);
    if (limit != NULL)
        smt_fail(smt, limit);
    return ast;
}

smt_lit smt_add_lit(struct smt *smt, Z3_ast ast) {
    if (ast == smt->no || ast == smt->yes)
        if (smt->lits.count > SMT_TRUE)
            return ast == smt->yes ? SMT_TRUE : SMT_FALSE;
    vec_push(&smt->lits, ast);
    return (smt_lit)smt->lits.count - 1;
}

void smt_assert_term(struct smt *smt, Z3_ast term) {
    if (smt->failed || term == smt->yes)
        return;
    Z3_solver_assert(smt->context, smt->solver, term);
    smt_is_fine(smt);
}

/* ---- the watcher ---- */

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

static bool watch_start(struct smt *smt) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstacksize(&attributes, WATCHER_STACK_BYTES);
    smt->has_thread = pthread_create(&smt->thread, &attributes, watch, smt) == 0;
    pthread_attr_destroy(&attributes);
    return smt->has_thread;
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
    smt_is_fine(smt);
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
    if (smt->context == NULL) { /* Z3 cannot say more without one */
        smt_fail(smt, "memory limit");
        return;
    }
    Z3_set_error_handler(smt->context, on_error);
    smt->flag_sort = Z3_mk_bool_sort(smt->context);
    smt->yes = smt_keep(smt, Z3_mk_true(smt->context));
    smt->no = smt_keep(smt, Z3_mk_false(smt->context));
    Z3_solver solver = Z3_mk_solver_for_logic(smt->context, Z3_mk_string_symbol(smt->context, "QF_FD"));
    if (!smt_is_fine(smt) || solver == NULL)
        return;
    Z3_solver_inc_ref(smt->context, solver);
    smt->solver = solver;
    set_limits(smt);
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
    smt_add_lit(smt, smt->no);
    smt_add_lit(smt, smt->yes);
    pthread_mutex_init(&smt->lock, NULL);
    pthread_cond_init(&smt->wake, NULL);
    if (!smt->failed && !watch_start(smt))
        smt_fail(smt, "no thread to watch the clock");
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
    if (smt->context != NULL)
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

/* ---- questions ---- */

static void set_effort(struct smt *smt, unsigned effort) {
    Z3_params params = Z3_mk_params(smt->context);
    Z3_params_inc_ref(smt->context, params);
    Z3_params_set_uint(smt->context, params, Z3_mk_string_symbol(smt->context, "rlimit"), effort);
    Z3_solver_set_params(smt->context, smt->solver, params);
    Z3_params_dec_ref(smt->context, params);
    smt_is_fine(smt);
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
        smt_is_fine(smt);
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
    if (Z3_get_error_code(smt->context) != Z3_OK || answer == Z3_L_UNDEF) {
        explain_unknown(smt, limit, effort);
        return SMT_UNKNOWN;
    }
    if (answer == Z3_L_FALSE)
        return SMT_UNSAT;
    smt->model = Z3_solver_get_model(smt->context, smt->solver);
    if (!smt_is_fine(smt) || smt->model == NULL) {
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

void smt_core(struct smt *smt, const smt_lit *assumptions, size_t count, bool *needed) {
    Z3_ast_vector core = Z3_solver_get_unsat_core(smt->context, smt->solver);
    memset(needed, 0, count * sizeof *needed);
    if (!smt_is_fine(smt))
        return;
    Z3_ast_vector_inc_ref(smt->context, core);
    for (unsigned i = 0; i < Z3_ast_vector_size(smt->context, core); i++)
        for (size_t j = 0; j < count; j++)
            needed[j] = needed[j] || smt->lits.at[assumptions[j]] == Z3_ast_vector_get(smt->context, core, i);
    Z3_ast_vector_dec_ref(smt->context, core);
    smt_is_fine(smt);
}

bool smt_has_failed(const struct smt *smt) { return smt->failed; }

uint64_t smt_bytes(void) { return Z3_get_estimated_alloc_size(); }
