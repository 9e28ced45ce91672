/* solver/state_set.h -- the packed states reached so far: exact, insert only.
 *
 * States are numbered 0, 1, 2, ... as they arrive and lie in that order in memory, so the set is also the
 * breadth-first queue.  Insertion works on blocks, so that the memory latencies of many look-ups overlap:
 * hash all and prefetch their slots, then prefetch the states that the slots name, then compare. */
#ifndef SOLVER_STATE_SET_H
#define SOLVER_STATE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t state_id;
#define STATE_NONE UINT32_MAX
#define STATE_SET_BLOCK 512

struct state_set; /* opaque */

/* States are `words` 64-bit words each; at most `max_bytes` of memory.  NULL if even the smallest set is too large. */
struct state_set *state_set_new(size_t words, size_t max_bytes);
void state_set_free(struct state_set *set); /* NULL is fine */

/* Adds `count` <= STATE_SET_BLOCK states that lie one after the other.  ids[i] becomes the number of states[i], old or
 * new (ids may be NULL).  False if memory is full: an ordinary end, the set stays valid and holds some of them. */
bool state_set_add(struct state_set *set, const uint64_t *states, size_t count, state_id *ids);
/* The numbers of known states; STATE_NONE for others.  Adds nothing. */
void state_set_find(const struct state_set *set, const uint64_t *states, size_t count, state_id *ids);
/* Lent for ever: states do not move. */
const uint64_t *state_set_get(const struct state_set *set, state_id id);
state_id state_set_count(const struct state_set *set);
size_t state_set_bytes(const struct state_set *set); /* in use now; see also state_set_peak_bytes */
size_t state_set_peak_bytes(const struct state_set *set);

#endif
