/* solver/unroll.h -- runs of the system in logic, from the initial state or from anywhere.
 *
 * Frame k is the state after k steps; in each step exactly one transition fires.  What engines ask is always
 * "can something bad hold in frame k", so both engines share the search for shortest counterexamples below. */
#ifndef SOLVER_UNROLL_H
#define SOLVER_UNROLL_H

#include "solver/smt.h"

/* One value that some transitions give a variable. */
struct assignment {
    uint32_t var;
    expr_id value;
    transition_id transition;
};

struct unroll {
    const struct system *system;
    struct smt *smt;
    bool may_rest;                      /* a step may also be none: all keeps its value */
    uint32_t depth;                     /* steps */
    VEC(smt_lit) fires;                 /* row i: the transitions of step i */
    VEC(struct assignment) assignments; /* by variable, then value */
};

/* From the initial state if `from_initial`.  `smt` is the unrolling's own from here on. */
void unroll_init(struct unroll *unroll, const struct system *system, struct smt *smt, bool from_initial);
void unroll_clear(struct unroll *unroll);
void unroll_step(struct unroll *unroll);
/* The last frame differs from every other. */
smt_lit unroll_is_new(struct unroll *unroll);
/* The transitions of the model's run. */
void unroll_trace(const struct unroll *unroll, struct trace *trace);

/* ---- what is looked for ---- */

/* A condition on one state that a safety property excludes; for REACHABLE, the one that is wanted. */
struct target {
    bool is_obligation;
    size_t index; /* of the property or obligation */
    expr_id bad;
    bool is_open;   /* not found */
    bool is_proved; /* absent in every reachable state: need not be looked for */
};

typedef VEC(struct target) target_list;

/* Obligations, and properties of the forms INVARIANT, STEP, REACHABLE, UNREACHABLE and DEADLOCK_FREE.  The bad states
 * of a STEP property are those from which a transition violates it.  New conditions join the system's graph. */
void targets_find(target_list *targets, const struct system *system);
/* Is there a property that is neither found nor proved? */
bool targets_are_open(const target_list *targets);

/* A run to this state was found: every target that the state shows closes, with an answer in run->results or
 * run->breakage. */
void targets_found(target_list *targets, struct run *run, const struct trace *trace, const int32_t *state,
                   const char *method);

/* ---- bounded search ---- */

/* Targets are looked for one at a time, each in a solver of its own (up to a number): one solver that is asked about
 * several is much slower than all of them together.  What one finds out, all are told. */
#define SEARCH_LANES 12

struct search {
    struct run *run;
    target_list *targets; /* lent */
    struct timespec started;
    double deadline_seconds;
    struct unroll lanes[SEARCH_LANES];
    size_t lane_count;
    struct unroll simple; /* runs without repetitions */
    bool asks_simple;
    uint32_t depth;
    const char *reason; /* why there was no answer */
};

void search_init(struct search *search, struct run *run, target_list *targets);
void search_clear(struct search *search);
/* Looks at the states of search->depth: what is found becomes an answer in run->results or run->breakage, and its
 * target closes.  False if Z3 gives no answer: see search->reason. */
bool search_frame(struct search *search);
/* A step further.  False if no run without repetitions is so long: then every state has been seen. */
bool search_deepen(struct search *search);

/* A solver with the limits of this search, for the search or for others. */
struct smt *search_solver(const struct search *search, unsigned seed);
/* search->reason, or what else stopped it, and what to do about it. */
const char *search_explain(const struct search *search, const char *reason, struct arena *arena);
void search_show(struct search *search, uint32_t depth);

#endif
