/* replay/report.h -- what a run was like, for people and for programs. */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include "replay/replay.h"

struct replay_format {
    const char *name;
    void (*write)(const struct replay *replay, const struct replay_options *options, FILE *out);
};
extern const struct replay_format *const replay_formats[];        /* ends with NULL */
const struct replay_format *replay_format_find(const char *name); /* NULL */

/* ---- the baseline: vectors that are known not to pass ---- */

void baseline_of_replay(const struct replay *replay, FILE *out);
/* FAIL, BLOCKED and ERROR that `tree` lists become XFAIL; `*stale`: how many it lists that pass now.  False: it is no
 * baseline. */
bool baseline_apply(struct replay *replay, const struct jtree *tree, size_t *stale);

/* ---- for the formats ---- */

/* Failures that violate one rule in the same way. */
struct rule_group {
    const char *rule, *source, *claim;
    VEC(const struct outcome *) outcomes;
};
typedef VEC(struct rule_group) rule_groups;
/* Those with most vectors first. */
void replay_group(const struct replay *replay, rule_groups *groups);
void replay_groups_clear(rule_groups *groups);

/* "AttachNetworkInterface {...}" of a step, from 1 on. */
void replay_print_step(const struct outcome *outcome, size_t step, FILE *out);
const struct jtree *replay_native(const struct outcome *outcome); /* the vector as the suite has it */
size_t replay_steps(const struct outcome *outcome);

#endif
