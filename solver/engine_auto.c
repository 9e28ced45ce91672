/* solver/engine_auto.c -- first every state; what that leaves open, by k-induction. */
#include "solver/engine.h"

extern const struct engine engine_explicit, engine_kinduction, engine_auto;

enum { SEARCH_SECONDS = 60 }; /* for the search when there is no time limit; with one it gets half */

static bool is_open(const struct run *run) {
    for (size_t i = 0; i < run->results.count && !run->breakage.is_broken; i++)
        if (run->results.at[i].verdict == VERDICT_UNKNOWN)
            return true;
    return false;
}

static void exchange(struct result *a, struct result *b) {
    struct result kept = *a;
    *a = *b;
    *b = kept;
}

/* What the proofs found takes the place of what the search left open; the figures stay those of the search. */
static void take_over(struct run *run, struct run *proofs) {
    for (size_t i = 0; i < run->results.count; i++) {
        struct result *mine = &run->results.at[i], *other = &proofs->results.at[i];
        if (mine->verdict == VERDICT_UNKNOWN && other->verdict != VERDICT_UNKNOWN)
            exchange(mine, other);
        else if (mine->verdict == VERDICT_UNKNOWN && mine->reason != NULL && other->reason != NULL)
            mine->reason = arena_format(&mine->arena, "%s; %s", mine->reason, other->reason);
    }
    if (proofs->breakage.is_broken) {
        struct breakage kept = run->breakage;
        run->breakage = proofs->breakage;
        proofs->breakage = kept;
    }
    run->stats.peak_bytes += proofs->stats.peak_bytes;
}

static void auto_run(struct run *run) {
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    double limit = run->budget.timeout_seconds;
    run->budget.timeout_seconds = limit > 0 ? limit / 2 : SEARCH_SECONDS;
    engine_explicit.run(run);
    run->budget.timeout_seconds = limit;
    if (run->stats.complete || !is_open(run) || (run->budget.stop != NULL && *run->budget.stop))
        return;
    struct budget budget = run->budget;
    budget.started = budget.started != NULL ? budget.started : &started;
    struct run proofs;
    run_init(&proofs, run->system, &budget);
    engine_kinduction.run(&proofs);
    take_over(run, &proofs);
    run_clear(&proofs);
}

const struct engine engine_auto = {
    .name = "auto",
    .summary = "the search of all states; what it leaves open by k-induction",
    .run = auto_run,
};
