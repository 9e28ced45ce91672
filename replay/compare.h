/* replay/compare.h -- a view that must be seen against what is seen.
 *
 * Empty is as good as absent, and so are 0 and false; the order of lists does not matter.  A member that the mapping
 * knows and the view lacks must not be seen.  Ids in the view that nothing is bound to are bound to what is seen in
 * their place. */
#ifndef REPLAY_COMPARE_H
#define REPLAY_COMPARE_H

#include "replay/world.h"

/* What was bound, to be taken back. */
struct rebound {
    size_t symbol;
    const char *before; /* an address that was open: what it was; else NULL */
};

struct compare {
    struct world *world;
    difference_list *differences;
    VEC(struct rebound) trail; /* since compare_begin() */
    size_t seen_before;
    bool is_trying;
};

/* Between these, what was bound can be taken back. */
void compare_begin(struct compare *compare);
void compare_end(struct compare *compare, bool keep);

/* Are they the same text, or the same IPv6 address or block? */
bool compare_texts(const char *one, const char *other);

void compare_view(struct compare *compare, const struct script_kind *kind, const char *symbol, const struct jtree *view,
                  const struct jtree *found);

#endif
