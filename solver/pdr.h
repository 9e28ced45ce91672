/* solver/pdr.h -- property-directed reachability: a proof found clause by clause (Bradley, VMCAI 2011; Een, Mishchenko
 * and Brayton, FMCAD 2011), over variables of many values (solver/cube.h).
 *
 * Level i holds for every state that at most i steps reach.  Levels are shared by all targets; what turns out to be
 * an invariant stays for good. */
#ifndef SOLVER_PDR_H
#define SOLVER_PDR_H

#include "solver/induct.h"
#include "solver/lift.h"
#include "solver/unroll.h"

enum pdr_answer { PDR_UNKNOWN, PDR_ABSENT, PDR_FOUND };

/* What holds up to a level.  Besides clauses in the narrow sense these are the targets themselves: that a bad state is
 * absent is one part of the level, where clauses would have to list all ways to be bad. */
struct pdr_clause {
    struct cube cube; /* what the clause excludes; or */
    expr_id bad;      /* EXPR_NONE for a cube */
    expr_id before;   /* from where a step leads to `bad` */
    uint32_t level;
    bool is_dead; /* a stronger one took its place */
};

struct pdr {
    struct system *system;       /* lent */
    const struct search *limits; /* lent: makes solvers */
    struct literals literals;
    struct lift lift;
    struct induct induct; /* what is before a bad state */
    int32_t *initial;
    struct unroll step;             /* from frame 0 to frame 1 */
    VEC(smt_lit) now, next, absent; /* by literal: in frame 0, in frame 1, negated in frame 0; SMT_FALSE: not yet */
    VEC(smt_lit) active;            /* by level: assume it, and the clauses of the level hold in frame 0 */
    VEC(expr_id) lemmas;            /* hold in every reachable state */
    VEC(struct pdr_clause) clauses;
    uint32_t top, max_level; /* the last level; the last that may be */
    bool is_dirty;           /* a target that others may rely on was found */
    uint32_t spent;          /* temporary clauses of the solver that are done with */
    uint64_t questions, question_limit;
    const char *reason; /* why UNKNOWN: "depth limit", "effort limit", ... */
    struct trace trace; /* after PDR_FOUND: steps from the initial state to a bad one */
};

#define PDR_ALWAYS UINT32_MAX /* the level of a clause that is an invariant */

void pdr_init(struct pdr *pdr, struct system *system, const struct search *limits);
void pdr_clear(struct pdr *pdr);

/* An invariant that was proved otherwise. */
void pdr_add_lemma(struct pdr *pdr, expr_id lemma);

/* With at most so many questions to the solver; can be asked again, and goes on where it stopped. */
enum pdr_answer pdr_decide(struct pdr *pdr, expr_id bad, uint64_t questions);

/* What it says, as an expression. */
expr_id pdr_clause_expr(struct pdr *pdr, const struct pdr_clause *clause);

#endif
