/* solver/ablate.h -- which rule carries which property: every mutant of every rule, explored.
 *
 * The mutants (model/mutate.h) are independent, so workers take them one by one, each a process of its own.  The
 * answers do not depend on their number. */
#ifndef SOLVER_ABLATE_H
#define SOLVER_ABLATE_H

#include "base/jtree.h"
#include "model/mutate.h"
#include "solver/engine.h"
#include "solver/explore.h"

/* A property that no longer gets its good answer. */
struct ablation_loss {
    size_t property;           /* in ablation.properties */
    const char *verdict;       /* "violated", "unreachable", ... */
    uint32_t depth;            /* of the trace, if there is one */
    const struct jtree *trace; /* a list of texts, or NULL */
};

struct ablation_outcome {
    const struct mutant *mutant;
    bool is_known;             /* everything asked was decided */
    const char *reason;        /* why not */
    const char *broken;        /* the rulebook means nothing any more: what it does; or NULL */
    const struct jtree *trace; /* to there */
    uint32_t depth;
    VEC(struct ablation_loss) losses;
};

struct ablation {
    struct rulebook *rulebook;
    VEC(const struct property *) properties; /* those whose answer is good, in order */
    mutant_list mutants;
    VEC(struct ablation_outcome) outcomes; /* one for each mutant, in order */
    struct run base;                       /* of the rulebook as it is */
    struct explorer *explorer;             /* its states */
    VEC(struct jtree *) records;           /* what outcomes lend from */
    double seconds;
};

/* `properties` are those asked; scenarios among them are passed over.  `base` has its system and its answers
 * afterwards.  `end_worker` ends the process of a worker that is done.  False after errors, which are in `diags`. */
bool ablate(struct ablation *ablation, struct rulebook *rulebook, const struct property *const *properties,
            size_t count, const struct budget *budget, unsigned workers, void (*end_worker)(void), struct diags *diags);
void ablation_clear(struct ablation *ablation);

#endif
