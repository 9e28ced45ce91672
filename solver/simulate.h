/* solver/simulate.h -- seeded random walks, LANES of them side by side in the vector program.
 *
 * Walk number w draws from its own generator, seeded by seed and w, so a run can be repeated on any machine. */
#ifndef SOLVER_SIMULATE_H
#define SOLVER_SIMULATE_H

#include "solver/engine.h"

struct simulation {
    uint64_t seed, walks;      /* in */
    uint32_t max_steps;        /* in: of a walk */
    uint64_t steps, dead_ends; /* out: walks that ended where nothing is enabled */
    uint64_t finished_walks;
    uint64_t *taken;    /* out: by transition; from the heap */
    struct trace first; /* out: the first walk */
};

/* Fills run->results (violations and witnesses met, otherwise UNKNOWN), run->coverage and run->breakage. */
void simulate(struct run *run, struct simulation *simulation);
void simulation_clear(struct simulation *simulation);

#endif
