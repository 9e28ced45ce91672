/* solver/runbook.h -- do the processes of a spec come to their ends, and its promises true, in every interleaving?
 *
 * Each process is asked by itself, in the part of the system that can matter for it: can it fail, does it always come
 * to rest, can it come to its end at all?  It is at rest when it is done, has failed or is not
 * alive (`while`), and while its first step waits.
 * The promises are the `leads_to` properties of the spec, and one that nobody needs to write: the processes leave each
 * other alone, so that they all come to rest once nothing fails any more. */
#ifndef SOLVER_RUNBOOK_H
#define SOLVER_RUNBOOK_H

#include "solver/plan.h"

enum runbook_verdict {
    RUNBOOK_WORKS, /* in every interleaving */
    RUNBOOK_FAILS_SOME,
    RUNBOOK_FAILS_EVERY, /* there is no interleaving in which it is done */
    RUNBOOK_UNKNOWN
};

struct runbook_outcome {
    const char *name, *about;      /* of the process that runs, or of the property */
    const struct process *process; /* NULL: a promise */
    uint32_t object;               /* of the process's kind */
    enum runbook_verdict verdict;
    const char *reason;           /* UNKNOWN: why; a promise, or never at rest: how */
    const struct action *failing; /* the step that fails, or NULL: it does not come to rest */
    const struct check *check;    /* the first that fails, or NULL: it fails without a call */
    struct other_checks others;   /* that fail there, too, and may be the first; from the arena */
    const char **calls;           /* of the failing run, in words, from the arena */
    size_t call_count, turn;      /* what it repeats for ever begins with calls[turn]; call_count: nothing */
    const char *turn_text;
    uint64_t states;
};

struct runbook_verification {
    struct arena arena;
    VEC(struct runbook_outcome) outcomes; /* processes in the order of their scopes, then promises */
};

/* `rulebook` has processes.  Errors (a system that would be too large) are in `diags`. */
void runbook_verify(struct runbook_verification *verification, struct rulebook *rulebook, const struct budget *budget,
                    struct diags *diags);
void runbook_clear(struct runbook_verification *verification);

#endif
