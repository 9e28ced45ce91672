/* solver/program.h -- the system as a vector program: one instruction, many states.
 *
 * The expression graph is laid out once as straight-line code over registers of LANES lanes, one lane a
 * state (as vectorised database engines do: Boncz, Zukowski, Nes, "MonetDB/X100", CIDR 2005).  Truth
 * values are all-ones masks, so every operator is a handful of SIMD instructions for a whole batch, and
 * a guard costs a fraction of a cycle a state.  Lanes are 8, 16 or 32 bits wide, as the numbers need. */
#ifndef SOLVER_PROGRAM_H
#define SOLVER_PROGRAM_H

#include "model/layout.h"
#include "model/system.h"

#define LANES 256u

struct program; /* opaque; may be run by several threads, each with its own registers */

/* Where results go.  Successors arrive in the order of transitions, then lanes. */
struct program_sink {
    uint64_t *states; /* room for PROGRAM_BLOCK successors */
    uint32_t *lanes;  /* of their predecessors */
    transition_id *transitions;
    size_t count;
    /* Takes all successors that are there and sets count to 0.  False: stop the run. */
    bool (*flush)(struct program_sink *sink);
    /* A check holds in some lanes; `lane` is the first. */
    void (*hit)(struct program_sink *sink, uint32_t check, uint32_t lane);
    void *context;
    uint64_t fired; /* successors made, all told */
    bool stopped;
};
#define PROGRAM_BLOCK 512u

/* With `fire`, successors of all transitions; `checks` are conditions on a state, to be reported where they hold. */
struct program *program_new(const struct system *system, const struct layout *layout, bool fire, const expr_id *checks,
                            size_t check_count);
/* With successors of this action's transitions only. */
struct program *program_new_of(const struct system *system, const struct layout *layout, const struct action *action,
                               const expr_id *checks, size_t check_count);
void program_free(struct program *program);
/* Registers for one thread, from the heap; any program that needs no more bytes may use them. */
void *program_registers(const struct program *program);
size_t program_register_bytes(const struct program *program);
size_t program_length(const struct program *program); /* instructions */

/* Runs over `count` <= LANES states that lie one after the other. */
void program_run(const struct program *program, void *registers, const uint64_t *states, size_t count,
                 struct program_sink *sink);

#endif
