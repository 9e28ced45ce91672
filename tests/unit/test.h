/* tests/unit/test.h -- what every test program needs: cmocka, and random numbers with a printed seed. */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/vec.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */
static inline uint64_t random_word(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint32_t random_below(uint64_t *state, uint32_t bound) { return (uint32_t)(random_word(state) % bound); }

/* From ENIMC_SEED, to repeat a failure; otherwise fixed, so that a build passes or fails for good. */
static inline uint64_t random_seed(uint64_t otherwise) {
    const char *text = getenv("ENIMC_SEED");
    uint64_t seed = text == NULL ? otherwise : strtoull(text, NULL, 10);
    printf("# seed %llu (ENIMC_SEED repeats it)\n", (unsigned long long)seed);
    return seed;
}

#endif
