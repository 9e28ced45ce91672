/* solver/lanes.h -- the instructions of a vector program; private to solver/program.c and solver/lanes_*.c. */
#ifndef SOLVER_LANES_H
#define SOLVER_LANES_H

#include "solver/program.h"

/* d, a, b, c: registers; i, j: immediates.  Truth values are 0 and -1 in a register. */
#define LANE_OPS                                                                                                       \
    LANE_OP(LOAD)      /* d = the number at place i of the state */                                                    \
    LANE_OP(LOAD_BOOL) /* d = the flag at place i */                                                                   \
    LANE_OP(SET)       /* d = i */                                                                                     \
    LANE_OP(NOT)       /* d = ~a */                                                                                    \
    LANE_OP(AND)       /* d = a & b */                                                                                 \
    LANE_OP(OR)        /* d = a | b */                                                                                 \
    LANE_OP(ANDN)      /* d = a & ~b */                                                                                \
    LANE_OP(ORN)       /* d = a | ~b */                                                                                \
    LANE_OP(EQ)        /* d = a == b */                                                                                \
    LANE_OP(EQ_I)      /* d = a == i */                                                                                \
    LANE_OP(LE)        /* d = a <= b */                                                                                \
    LANE_OP(LE_I)      /* d = a <= i */                                                                                \
    LANE_OP(GE_I)      /* d = a >= i */                                                                                \
    LANE_OP(ITE)       /* d = c ? a : b */                                                                             \
    LANE_OP(ITE_IA)    /* d = c ? i : b */                                                                             \
    LANE_OP(ITE_AI)    /* d = c ? a : i */                                                                             \
    LANE_OP(ITE_II)    /* d = c ? i : j */                                                                             \
    LANE_OP(PICK)      /* d = a == i ? c : b */                                                                        \
    LANE_OP(PICK_I)    /* d = a == i ? j : b */                                                                        \
    LANE_OP(ADD)       /* d = a + b */                                                                                 \
    LANE_OP(ADD_I)     /* d = a + i */                                                                                 \
    LANE_OP(SUB)       /* d = a - b; adds a truth value as 1 */                                                        \
    LANE_OP(NEG)       /* d = -a; a truth value becomes 0 or 1 */                                                      \
    LANE_OP(MUL)       /* d = a * b */                                                                                 \
    LANE_OP(MUL_I)     /* d = a * i */                                                                                 \
    LANE_OP(DIV)       /* d = a / b, or 0 */                                                                           \
    LANE_OP(MOD)       /* d = a % b, or 0 */                                                                           \
    LANE_OP(SKIP)      /* if no lane of a is set: go to instruction i */                                               \
    LANE_OP(FIRE)      /* where a: the successors by fires[i] */                                                       \
    LANE_OP(CHECK)     /* where a: report check i */                                                                   \
    LANE_OP(END)

enum lane_op {
#define LANE_OP(name) LANE_##name,
    LANE_OPS
#undef LANE_OP
};

struct lane_instruction {
    uint32_t op; /* enum lane_op */
    uint32_t d, a, b, c;
    int32_t i, j;
};

/* A field of the successor that is not a constant: (register - low) & mask, shifted into its place. */
struct lane_part {
    uint32_t source, word, shift;
    int32_t low;
    uint64_t mask;
};

struct lane_fire {
    transition_id transition;
    uint32_t first_part, part_count; /* computed fields */
    uint32_t first_word;             /* in keeps and bits, one for each word of the state */
};

struct program {
    uint32_t words, register_count, lane_bytes;
    VEC(struct lane_instruction) code;
    VEC(struct lane_fire) fires;
    VEC(struct lane_part) parts;
    VEC(uint64_t) keeps, bits; /* which bits of a word stay; which are set */
    const struct layout_place *places;
    void (*run)(const struct program *program, void *registers, const uint64_t *states, size_t count,
                struct program_sink *sink);
};

typedef void lane_runner(const struct program *program, void *registers, const uint64_t *states, size_t count,
                         struct program_sink *sink);
/* By lane width: 8, 16, 32 bits. */
extern lane_runner *const lane_runners_plain[3];
#if defined(__x86_64__)
extern lane_runner *const lane_runners_avx2[3];
extern lane_runner *const lane_runners_avx512[3];
#endif

#endif
