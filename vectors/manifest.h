/* vectors/manifest.h -- what a suite is made of and what it shows. */
#ifndef VECTORS_MANIFEST_H
#define VECTORS_MANIFEST_H

#include "base/jtree.h"
#include "vectors/format.h"

/* The manifest of these files.  `version` is the tool's. */
struct jtree *manifest_json(struct suite_set *set, const char *version, const struct suite_files *files);

/* Why the goal is not covered, in words. */
const char *set_goal_reason(const struct set_goal *goal);

/* Of one class of goals. */
struct goal_counts {
    size_t total, covered, quirk, weak, unreachable, unknown;
};
struct goal_counts set_goal_counts(const struct suite_set *set, enum goal_form form);
/* Of all that are mutants. */
struct goal_counts set_mutant_counts(const struct suite_set *set);

#endif
