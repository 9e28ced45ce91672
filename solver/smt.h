/* solver/smt.h -- the grounded system in logic: the only door to Z3.
 *
 * A frame is one copy of the state variables: frame 0, 1, 2, ... are the states before, between and after steps.
 * smt_expr() says what an expression means in a frame; literals are put together with smt_and() and its like,
 * asserted for good, or assumed for one question.  There is no push and pop: what shall hold only sometimes is
 * guarded by a fresh literal that is then assumed, so that everything learnt stays.
 *
 * Every variable of a frame lies within its range: the system's updates cannot leave it where its obligations hold.
 * A select outside its table and a division by zero mean what eval says. */
#ifndef SOLVER_SMT_H
#define SOLVER_SMT_H

#include "solver/engine.h"

struct smt; /* opaque: a context and a solver */

typedef uint32_t smt_lit; /* a Boolean term of one `struct smt`; never negated by hand */
#define SMT_FALSE ((smt_lit)0)
#define SMT_TRUE ((smt_lit)1)

enum smt_answer { SMT_UNKNOWN, SMT_SAT, SMT_UNSAT };

/* Stops at `deadline_seconds` after `started` (0: never), when budget->stop is set, and at budget->max_bytes, also
 * while terms are made: then answers are SMT_UNKNOWN.  `system` is lent; expressions may join its graph later.  `seed`
 * is Z3's. */
struct smt *smt_new(const struct system *system, const struct budget *budget, const struct timespec *started,
                    double deadline_seconds, unsigned seed);
void smt_free(struct smt *smt); /* NULL is fine */

/* ---- terms ---- */

smt_lit smt_expr(struct smt *smt, uint32_t frame, expr_id id); /* a BOOL; OP_NEXT is about frame + 1 */
smt_lit smt_fresh(struct smt *smt);
smt_lit smt_not(struct smt *smt, smt_lit a);
smt_lit smt_and(struct smt *smt, const smt_lit *lits, size_t count);
smt_lit smt_or(struct smt *smt, const smt_lit *lits, size_t count);
smt_lit smt_implies(struct smt *smt, smt_lit a, smt_lit b);
smt_lit smt_same(struct smt *smt, uint32_t var, uint32_t frame, uint32_t other_frame);

/* ---- assertions ---- */

void smt_assert(struct smt *smt, smt_lit lit);
void smt_assert_state(struct smt *smt, uint32_t frame, const int32_t *state); /* one value for each variable */
void smt_assert_one(struct smt *smt, const smt_lit *lits, size_t count);      /* exactly one */

/* The variable in frame + 1 is the value of the case that applies in `frame`, and unchanged if none does.  At most
 * one case applies. */
struct smt_case {
    smt_lit when;
    expr_id value;
};
void smt_assert_update(struct smt *smt, uint32_t frame, uint32_t var, const struct smt_case *cases, size_t count);

/* ---- questions ---- */

/* `effort` bounds the work, in units of Z3's that do not depend on the machine (0: no bound). */
enum smt_answer smt_check(struct smt *smt, const smt_lit *assumptions, size_t count, unsigned effort);
/* Why the last answer was SMT_UNKNOWN: "time limit", "memory limit", ...; until smt_free. */
const char *smt_reason(const struct smt *smt);
/* It will answer SMT_UNKNOWN for ever: a limit of the whole run, or an error in Z3. */
bool smt_is_over(const struct smt *smt);
/* An error in Z3, or a limit reached between questions. */
bool smt_has_failed(const struct smt *smt);

/* After SMT_SAT, in the (completed) model.  What was read counts only if the solver has not failed meanwhile. */
bool smt_is_true(struct smt *smt, smt_lit lit);
int32_t smt_value(struct smt *smt, uint32_t frame, expr_id id); /* BOOL or INT */
void smt_state(struct smt *smt, uint32_t frame, int32_t *state);

/* After SMT_UNSAT: which of the assumptions were needed. */
void smt_core(struct smt *smt, const smt_lit *assumptions, size_t count, bool *needed);

uint64_t smt_bytes(void); /* of Z3, all contexts */

#endif
