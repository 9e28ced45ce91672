/* vectors/read.h -- the native files of a suite, back into vectors.
 *
 * Names become the objects and values of the rulebook that the suite was made of; the plain evaluator plays every
 * step again, and what it says must be what the file says. */
#ifndef VECTORS_READ_H
#define VECTORS_READ_H

#include "base/jtree.h"
#include "vectors/suite.h"

/* One file of a suite. */
struct group {
    struct rulebook *rulebook; /* lent */
    struct arena arena;
    int32_t *initial; /* the state before the first step of every vector */
    vector_list vectors;
};

/* `tree` is the file.  False: `problem` says which vector and step do not fit the rulebook; `group` is to be cleared
 * all the same. */
bool group_read(struct group *group, struct rulebook *rulebook, const struct jtree *tree, char *problem,
                size_t problem_bytes);
void group_clear(struct group *group);

#endif
