/* vectors/select.h -- few candidates that together show everything that some candidate shows. */
#ifndef VECTORS_SELECT_H
#define VECTORS_SELECT_H

#include <stdbool.h>
#include <stddef.h>

/* Greedy set cover (Johnson 1974; at most ln(goals) + 1 times the best): again and again the candidate with the most
 * goals not shown so far; of several the one with the least cost, then the first.  Then, from the last, candidates
 * that the others make superfluous are dropped.  `shows[c * goals + g]`: candidate c shows goal g. */
void select_cover(size_t candidates, size_t goals, const bool *shows, const size_t *costs, bool *chosen);

#endif
