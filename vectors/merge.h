/* vectors/merge.h -- refused calls join vectors that come through their state.
 *
 * A call that is refused changes nothing, so it can be made on the way of another vector: "refused, refused, then it
 * works" is one vector instead of three.  To keep failures readable, a refused call only joins a vector about the same
 * action, and few join one vector. */
#ifndef VECTORS_MERGE_H
#define VECTORS_MERGE_H

#include "vectors/suite_set.h"

/* Replaces the vectors that suite_set_select() chose by fewer that show the same; levels show what they showed. */
void merge_refusals(struct suite_set *set);

#endif
