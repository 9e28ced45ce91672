/* findings/catalogue.h -- what a failing step is called, and the page about it: data from specs/findings/.
 *
 * Which finding a failure is follows from the check that fails (its id, its error code, its operation) and from
 * whether it fails in every schedule or in some; specs/findings/index.yaml says how. */
#ifndef FINDINGS_CATALOGUE_H
#define FINDINGS_CATALOGUE_H

#include "base/intern.h"
#include "model/rulebook.h"

enum finding_when {
    WHEN_EVERY,    /* it fails in every schedule */
    WHEN_SOME,     /* it works in others */
    WHEN_REPLACED, /* in every schedule, because what it replaces goes later */
    WHEN_STOP,     /* nothing can happen any more before it is done */
    WHEN_REFUSED,  /* a process has no way on from the answer to its call */
    WHEN_GIVES_UP, /* a process fails without a call, or does not come to its end */
    WHEN_PROMISE,  /* a promise of a spec is not kept */
    WHEN_LOST,     /* its call is accepted, and another step takes away what it established */
    WHEN_OBSERVED  /* in the input, without a search: no call fails */
};
enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct words {
    const char **at;
    size_t count;
};

struct finding_page {
    const char *id, *class_id, *class_title, *title, *what, *why, *bad, *good, *repair;
    const char *terraform, *stack; /* a further sentence of the repair, for such an input; or NULL */
    struct words codes, sources;
    struct words rules, responses, operations; /* what it stands for; patterns */
    struct words frees;                        /* REPLACED: calls that give up what is replaced; patterns */
    enum finding_when when;
    enum severity severity;
    bool otherwise;
    bool contention; /* only one can have what is asked for */
    struct span span;
};

struct catalogue {
    struct arena arena;
    struct intern intern;
    VEC(struct finding_page) pages; /* in the order of the index */
};

/* `library` is the folder of the bundled specs.  NULL after errors, which are in `diags`. */
struct catalogue *catalogue_read(const char *library, struct diags *diags);
void catalogue_free(struct catalogue *catalogue); /* NULL is fine */

/* NULL if there is none. */
const struct finding_page *catalogue_page(const struct catalogue *catalogue, const char *id);
/* How exactly a page means this check: 0 not at all, 1 because no other does, 4 by the check's id. */
unsigned finding_rank(const struct finding_page *page, const struct check *check, const char *operation);
/* The finding of a check (NULL: of a stop or a loss) that fails like this.  Never NULL: catalogue_read() has seen that
 * there is one that stands for the rest.  */
const struct finding_page *catalogue_find(const struct catalogue *catalogue, enum finding_when when,
                                          const struct check *check, const char *operation);

/* Is the operation one that gives up something that is replaced? */
bool catalogue_frees(const struct catalogue *catalogue, const char *operation);

const char *severity_text(enum severity severity); /* "error", "warning" */
/* Does the pattern, in which '*' stands for any characters, match all of the text? */
bool pattern_matches(const char *pattern, const char *text);
/* A YAML file as a tree; NULL after errors. */
struct yaml *findings_yaml(const char *path, struct arena *arena, struct intern *intern, struct diags *diags);
/* The value of a key as text, NULL without it; an error if it is no text, or if it must be there and is not. */
const char *findings_text(const struct yaml *map, const char *key, bool is_needed, struct diags *diags);
/* An error for each key that is not one of `allowed`, which ends with NULL. */
void findings_keys(const struct yaml *map, const char *const *allowed, const char *what, struct diags *diags);

#endif
