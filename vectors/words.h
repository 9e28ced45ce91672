/* vectors/words.h -- names and titles of vectors. */
#ifndef VECTORS_WORDS_H
#define VECTORS_WORDS_H

#include "vectors/suite.h"

/* From the goal for which it was made: "attach-network-interface-att-p1", "...-att-p1-true-2". */
char *vector_id(struct suite *suite, const struct vector *vector);
/* What the last step does, why, and after what. */
char *vector_title(struct suite *suite, const struct vector *vector);

/* "an implementation in which ATT-P1 has an atomic condition stuck at true" */
const char *mutant_words(struct suite *suite, const struct goal *goal);

#endif
