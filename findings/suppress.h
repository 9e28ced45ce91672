/* findings/suppress.h -- findings that somebody has looked at and lets pass: each with a reason.
 *
 *     a configuration   suppress: [ { finding: RACE-*, resource: "module.x.*", reason: TEXT, until: YYYY-MM-DD } ]
 *     a baseline        findings: [ { fingerprint, finding, resource, reason } ]
 *     a comment         # enimc:ignore RACE-3 reason          at the step or resource, or in the lines above it
 *
 * One that is expired suppresses nothing, and one that has nothing to suppress is remarked upon. */
#ifndef FINDINGS_SUPPRESS_H
#define FINDINGS_SUPPRESS_H

#include "findings/report.h"

struct suppression {
    const char *finding, *resource; /* patterns, or NULL */
    const char *fingerprint;        /* or NULL */
    const char *reason, *until;     /* until: NULL, or the last day, "2027-01-31" */
    const char *path;               /* where it is written */
    uint32_t line;
    uint32_t target_line;   /* a comment: the line that it is about; otherwise 0 */
    const char *target_key; /* and the key there, or NULL */
    bool is_comment, is_baseline, is_used, is_expired;
};

struct suppressions {
    struct arena arena;
    struct intern intern;
    VEC(struct suppression) list;
    int fails_on; /* what the configuration says: an enum severity, or -1 */
};

/* Each adds; errors are in `diags`.  `today`: "2026-11-23". */
void suppressions_read_config(struct suppressions *suppressions, const char *path, const struct catalogue *catalogue,
                              const char *today, struct diags *diags);
void suppressions_read_baseline(struct suppressions *suppressions, const char *path, struct diags *diags);
/* Comments of an input file; of one that is no text in lines there are none. */
void suppressions_read_comments(struct suppressions *suppressions, const char *path, const struct catalogue *catalogue,
                                struct diags *diags);
/* Marks the findings of a report and adds its remarks.  The list may not grow any more. */
void suppressions_apply(struct suppressions *suppressions, struct report *report);
/* All findings of the report that no configuration or comment suppresses, as a baseline. */
void baseline_write(const struct report *report, FILE *out);
void suppressions_clear(struct suppressions *suppressions);

#endif
