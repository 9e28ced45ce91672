/* findings/report.h -- what a verification found, ready for every format: findings with their names, places, runs in
 * words, fingerprints and what suppresses them. */
#ifndef FINDINGS_REPORT_H
#define FINDINGS_REPORT_H

#include "findings/catalogue.h"
#include "solver/runbook.h"
#include "solver/verify.h"

struct suppression;

/* Where something is: line 0 is the file as a whole. */
struct place {
    const char *path;
    uint32_t line, column;
};

/* One line of an apply log. */
struct log_line {
    const struct plan_step *step; /* whose call or end it is; NULL: something happens by itself */
    const char *text;
    bool is_mark; /* nothing happens: from here on it is the part that repeats */
};

struct finding {
    const struct finding_page *page;
    const struct step_outcome *outcome;    /* of a step; NULL: of a process or promise */
    const struct runbook_outcome *process; /* of those; else NULL */
    const struct observation *observation; /* of one of those; else NULL: there is no verdict, no run, no call */
    const struct step_loss *loss;          /* of one of those; else NULL: no call fails */
    const char *name, *words;              /* of the step, process or property; as the user calls it */
    enum step_verdict verdict;
    const char *verdict_words, *reason; /* "fails in some schedules"; reason: or NULL */
    const char *label;                  /* of the process's step, or NULL */
    enum severity severity;             /* of the page; a warning if the rule's confidence is low */
    const char *resource;               /* or NULL */
    const struct check *check;          /* that fails; NULL where everything comes to a stop */
    const char *operation, *code;       /* code: NULL without a check */
    const char **other_codes; /* that may be the answer instead: which one, or which check is first, is not known */
    size_t other_code_count;
    const char *rule, *confidence; /* NULL without a check, or if it may be another one with the same code */
    bool is_failure;               /* the call is accepted, and what it began fails */
    bool is_retried;               /* the call is made again and again, until the tool gives up */
    const char *doubt;             /* "unless the quota of 5 Elastic IPs was raised", or NULL */
    const char *stop;              /* why all comes to a stop, or what is lost; NULL with a check or a process */
    const char *message;           /* one sentence */
    const char *advice;            /* the repair of the page, for this kind of input */
    const char **repairs;          /* in words */
    const char **hints;            /* one for each: as it is written in the input, or NULL */
    size_t repair_count;
    struct log_line *log; /* the shortest failing run; the last line is the failure */
    size_t log_count;
    struct place place;
    char fingerprint[33];                 /* of finding, resource, operation and code, not of the place */
    const struct suppression *suppressed; /* or NULL */
};

/* What was found without a search: no call fails. */
struct observation {
    const char *finding, *resource, *text; /* DNS-3; aws_route53_record.x; one sentence */
    struct place place;
};

enum report_input { INPUT_SPEC, INPUT_TERRAFORM, INPUT_STACK };

struct report {
    struct arena arena;
    const struct verification *verification; /* lent, as all of these */
    const struct runbook_verification *runbooks;
    const struct catalogue *catalogue;
    const char *path, *sha256, *version;
    const char *folder;                   /* set before: the one that paths are relative to, or NULL */
    VEC(struct observation) observations; /* set before, lent */
    /* set before: why a refusal of a resource's call (or of one that has none, NULL) may not be one; or NULL */
    const char *(*doubt)(const void *of, const char *code, const char *resource);
    const void *doubt_of;
    const char *(*object)(const void *of, const char *name); /* set before: an object as the user calls it; or NULL */
    const void *object_of;
    const char *gap;         /* set before: why steps may be missing that the input should show; or NULL */
    enum report_input input; /* set before: whose words advice is given in */
    bool is_import;          /* the steps stand nowhere in the input, unless they say so */
    VEC(const char *) notes;
    VEC(struct finding) findings; /* in the order of the steps */
    VEC(const char *) remarks;    /* about suppressions: expired, without use */
    size_t counts[4], step_count; /* of the steps, by verdict; one without a call is none of them if it works */
    uint64_t states;
    size_t unknown_runs;                                 /* processes, promises and losses that were not decided */
    size_t suppressed_count, error_count, warning_count; /* of the findings; the last two without the first */
};

/* Fills everything from verification, catalogue and path; the fields that are lent are set before. */
void report_make(struct report *report);
void report_clear(struct report *report);

/* Nothing is wrong with what there is, but the input does not show all that it should: no verdict. */
static inline bool report_is_partial(const struct report *report) {
    return report->gap != NULL && report->step_count > 0;
}

/* Where the input says that step. */
struct place report_place(const struct report *report, const struct plan_step *step);
/* The path as one from the folder, if it is below it: what services that show reports know files by. */
const char *report_relative(const struct report *report, const char *path);
/* "aws_eip.x (create)": the step in the user's words. */
const char *step_words(const struct plan_step *step);
const char *step_verdict_text(enum step_verdict verdict); /* "works", "fails in some schedules", ... */
const char *step_verdict_code(enum step_verdict verdict); /* "holds", "some", "every", "unknown" */

#endif
