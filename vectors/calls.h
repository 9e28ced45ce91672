/* vectors/calls.h -- a suite as calls of the EC2 Query API, for the formats that run on their own.
 *
 * Objects are symbols, "$eni:eni1" for an object's id, "$eni:eni1#attachment" for another of its ids, which a runner
 * binds to what the answers say.  vectors/README.md explains the members. */
#ifndef VECTORS_CALLS_H
#define VECTORS_CALLS_H

#include "vectors/tours.h"
#include "wire/wire.h"

/* Vectors, with their states, and what they start from. */
struct calls_source {
    struct rulebook *rulebook;
    const int32_t *initial;
    const struct vector *vectors;
    size_t count;
    struct arena *arena; /* for texts that the result does not keep */
};

/* The whole suite: profile, symbols, fixture, how to observe and to remove, vectors.  The caller frees it. */
struct jtree *calls_json(struct suite *suite, const struct wire *wire, const char *version);
struct jtree *calls_of(const struct calls_source *source, const struct wire *wire, const char *version);

/* Vectors to keep apart in tours: what one of them requires, or cannot be brought about for, is not to stop another.
 * From the suite's arena. */
struct tour_kinds calls_kinds(struct suite *suite, const struct wire *wire);

#endif
