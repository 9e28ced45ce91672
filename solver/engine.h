/* solver/engine.h -- an engine decides properties of a system; the answers say how far they reach. */
#ifndef SOLVER_ENGINE_H
#define SOLVER_ENGINE_H

#include <signal.h>
#include <time.h>

#include "model/system.h"

enum verdict { VERDICT_UNKNOWN, VERDICT_HOLDS, VERDICT_VIOLATED, VERDICT_REACHABLE, VERDICT_UNREACHABLE };

/* Transitions from the initial state.  From `recovery` on, a RECOVERABLE property's way back, or what refutes a
 * LEADS_TO property (solver/leads_to.h). */
struct trace {
    VEC(transition_id) steps;
    size_t recovery;
    const char *turn; /* what begins there, for people; lent for ever, or NULL */
};

struct result {
    const struct property *property;
    enum verdict verdict;
    const char *engine; /* its name */
    const char *method; /* "exhaustive", "1-induction", ...; lent for ever or from `arena` */
    const char *reason; /* why UNKNOWN, or what else is worth saying; NULL for nothing */
    uint32_t depth;     /* steps explored, or of the trace */
    bool has_trace;
    struct trace trace;
    struct arena arena;
};

/* Things a run counts; see stats.def. */
struct stats {
#define STAT(type, name, unit, text) type name;
#include "solver/stats.def"
#undef STAT
    bool complete;      /* the whole space was explored */
    const char *reason; /* why not: "time limit", ... */
};

struct budget {
    uint64_t max_states; /* 0: no limit; likewise below */
    uint32_t max_depth;  /* UINT32_MAX: no limit */
    size_t max_bytes;
    double timeout_seconds;
    const volatile sig_atomic_t *stop; /* set by Ctrl-C; NULL is fine */
    void (*progress)(void *context, const struct stats *stats);
    void *progress_context;
    struct timespec *started; /* when the clock began; NULL: now */
};

/* What was met on the way: rules (first failing checks) and transitions that some reachable state uses. */
struct coverage {
    bool is_known;
    bool *checks;  /* by action, then check: see coverage_index() */
    bool *actions; /* by action->index: taken at least once with response ok */
};

/* The rulebook itself is broken in a reachable state. */
struct breakage {
    bool is_broken;
    size_t obligation;
    struct trace trace;
};

struct run {
    struct system *system; /* engines may add expressions to its graph, nothing else */
    struct budget budget;
    VEC(struct result) results; /* one for each of system->properties, in order; behind them what else was asked */
    struct stats stats;
    bool skips_coverage; /* of checks: nobody asks which were the first to fail */
    struct coverage coverage;
    struct breakage breakage;
};

struct engine {
    const char *name, *summary;
    /* Gives each result a verdict; UNKNOWN with a reason where it has none. */
    void (*run)(struct run *run);
};

extern const struct engine *const engines[];
const struct engine *engine_find(const char *name); /* NULL */

void run_init(struct run *run, struct system *system, const struct budget *budget);
void run_clear(struct run *run);

/* The number of check `check` of `action` among all checks of the rulebook. */
size_t coverage_index(const struct rulebook *rulebook, const struct action *action, size_t check);
void coverage_init(struct coverage *coverage, const struct rulebook *rulebook); /* nothing met yet */
size_t coverage_count(const struct rulebook *rulebook);

const char *verdict_text(enum verdict verdict);
/* Is this the answer the property's author hopes for? */
bool verdict_is_good(enum verdict verdict, enum property_form form);

/* Seconds since `start` on the monotonic clock. */
double seconds_since(const struct timespec *start);

#endif
