/* solver/trace.h -- a trace, confirmed and put into words of the rulebook.
 *
 * An engine only says which transitions it took.  Here the plain evaluator (model/eval.h), which knows nothing of
 * the grounded system, plays them from the initial state and looks whether they show what the engine says. */
#ifndef SOLVER_TRACE_H
#define SOLVER_TRACE_H

#include "model/eval.h"
#include "solver/engine.h"

/* The valuations before, between and after the steps: (count + 1) * state_width values from the heap.  If the run
 * breaks the rulebook in fields that were sliced away, these keep their initial values.  NULL if some step is not
 * possible; `problem` then says which and why. */
int32_t *trace_play(const struct system *system, const struct trace *trace, struct arena *arena, const char **problem);

/* Does this trace show what the verdict says?  If not, `problem` says why. */
bool trace_confirm(const struct system *system, const struct property *property, const struct trace *trace,
                   struct arena *arena, const char **problem);

/* Turns a result whose trace is not confirmed into UNKNOWN: the engines disagree, which is our bug. */
void trace_check_result(const struct system *system, struct result *result);

#endif
