/* model/layout.h -- a state in as few bits as its fields need.
 *
 * A variable with n values takes ceil(log2 n) bits and never straddles two words, so reading it is one
 * shift and one mask.  Variables keep their order as far as they fit (first fit). */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include "model/system.h"

struct layout_place {
    uint32_t word, shift, bits; /* 0 bits: the variable has one value */
    int32_t low;                /* stored as value - low */
};

struct layout {
    struct layout_place *places; /* by variable */
    uint32_t words, bits;        /* at least one word */
};

void layout_init(struct layout *layout, const struct system *system);
void layout_clear(struct layout *layout);
void layout_pack(const struct layout *layout, const struct system *system, const int32_t *state, uint64_t *packed);
void layout_unpack(const struct layout *layout, const struct system *system, const uint64_t *packed, int32_t *state);

/* Bits that tell `values` values apart. */
unsigned layout_bits(uint64_t values);

#endif
