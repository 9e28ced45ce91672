/* solver/unroll.h -- runs of the system in logic, from the initial state or from anywhere.
 *
 * Frame k is the state after k steps; in each step exactly one transition fires.  What engines ask is always
 * "can something bad hold in frame k", so both engines share the search for shortest counterexamples below. */
#ifndef SOLVER_UNROLL_H
#define SOLVER_UNROLL_H

#include "solver/smt.h"

/* What a transition reads and writes: rows of variables in one array. */
struct touch {
    uint32_t first, reads, writes; /* first the variables read, then those written */
};

/* One value that some transitions give a variable. */
struct assignment {
    uint32_t var;
    expr_id value;
    transition_id transition;
};

struct unroll {
    const struct system *system;
    struct smt *smt;
    uint32_t depth;  /* steps */
    bool is_ordered; /* only the first of the orders of independent steps: see unroll.c */
    VEC(smt_lit) fires; /* row i: the transitions of step i */
    VEC(struct assignment) assignments; /* by variable, then value */
    VEC(struct touch) touches; /* by transition; empty unless is_ordered */
    VEC(uint32_t) touched;
};

/* From the initial state if `from_initial`.  An `is_ordered` unrolling reaches every state in as few steps as
 * possible, but not on every path.  `smt` is lent. */
void unroll_init(struct unroll *unroll, const struct system *system, struct smt *smt, bool from_initial,
                 bool is_ordered);
void unroll_clear(struct unroll *unroll);
void unroll_step(struct unroll *unroll);
/* Some variable differs between two frames. */
smt_lit unroll_distinct(struct unroll *unroll, uint32_t frame, uint32_t other_frame);
/* The transitions of the model's run. */
void unroll_trace(struct unroll *unroll, struct trace *trace);

/* ---- what is looked for ---- */

/* A condition on one state that a safety property excludes; for REACHABLE, the one that is wanted. */
struct target {
    bool is_obligation;
    size_t index; /* of the property or obligation */
    expr_id bad;
    bool is_open; /* neither found nor proved absent */
};

typedef VEC(struct target) target_list;

/* Obligations, and properties of the forms INVARIANT, STEP, REACHABLE, UNREACHABLE and DEADLOCK_FREE.  The bad states
 * of a STEP property are those from which a transition violates it.  New conditions join the system's graph. */
void targets_find(target_list *targets, const struct system *system);
/* Is there a property among the open ones? */
bool targets_are_open(const target_list *targets);

/* ---- bounded search ---- */

struct search {
    struct run *run;
    target_list *targets;
    struct smt *smt;
    struct unroll unroll;
    smt_lit simple;         /* assume it: all states of a run differ, */
    uint32_t simple_frames; /* up to this frame */
};

/* `smt` is lent. */
void search_init(struct search *search, struct run *run, target_list *targets, struct smt *smt);
void search_clear(struct search *search);
/* Looks at the states of unroll.depth: what is found becomes an answer in run->results or run->breakage, and its
 * target closes.  False if Z3 gives no answer: see smt_reason(). */
bool search_frame(struct search *search);
/* Is there a run to the last frame without repetitions?  If not, earlier frames show every state. */
enum smt_answer search_simple(struct search *search, unsigned effort);

/* The time limit of engines that might never end: the budget's, or with neither that nor a depth a default. */
double search_deadline(const struct budget *budget);
/* Why an engine stopped: smt_reason(), and what to do about it. */
const char *search_reason(const struct run *run, const struct smt *smt, struct arena *arena);
struct timespec search_started(const struct budget *budget);

#endif
