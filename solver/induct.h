/* solver/induct.h -- does one step keep what holds?
 *
 * A question is first put to the step relation, with little effort; if that is not enough, part by part and transition
 * by transition: what a transition does is put into the condition, so that all it does not touch is the same before
 * and after, for the solver too (counts of many flags need this). */
#ifndef SOLVER_INDUCT_H
#define SOLVER_INDUCT_H

#include "solver/unroll.h"

struct induct {
    struct system *system;       /* lent; expressions join its graph */
    const struct search *limits; /* lent: makes solvers */
    unsigned seed;
    VEC(expr_id) facts;
    struct unroll step;
    VEC(smt_lit) step_facts;  /* assume it, and the fact holds before the step */
    struct smt *still;        /* about one state */
    VEC(smt_lit) still_facts; /* likewise */
    uint32_t spent;           /* questions to `still` */
    expr_id *updates;         /* by variable; EXPR_NONE: keeps its value */
    struct expr_map map;
    const char *reason; /* why SMT_UNKNOWN */
};

void induct_init(struct induct *induct, struct system *system, const struct search *limits, unsigned seed);
void induct_clear(struct induct *induct);

/* Its number, from 0. */
size_t induct_add_fact(struct induct *induct, expr_id fact);

/* Can a step from a state with the assumed facts lead to a bad one?  That the state before is not bad must be one of
 * them.  After SMT_UNSAT the facts that were needed are marked, too.  Both by fact. */
enum smt_answer induct_ask(struct induct *induct, const bool *assumed, expr_id bad, bool *needed);

/* From where a step leads to the bad state, which is not met before: an expression about the state before. */
expr_id induct_before(struct induct *induct, expr_id bad);

/* Do the facts exclude the bad state? */
enum smt_answer induct_excludes(struct induct *induct, const bool *assumed, expr_id bad);

#endif
