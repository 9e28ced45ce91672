/* replay/run.h -- one vector in one world, and what came of it. */
#ifndef REPLAY_RUN_H
#define REPLAY_RUN_H

#include "replay/fixture.h"

/* VERDICT(NAME, "name") */
#define VERDICTS                                                                                                       \
    VERDICT(PASS, "pass")                                                                                              \
    VERDICT(FAIL, "fail")       /* it is not as the rulebook says */                                                   \
    VERDICT(XFAIL, "xfail")     /* the same, and the baseline knows it */                                              \
    VERDICT(SKIP, "skip")       /* a feature is missing: `reason` names it */                                          \
    VERDICT(BLOCKED, "blocked") /* the fixture did not become what the vector needs */                                 \
    VERDICT(ERROR, "error")     /* the endpoint did not answer, or not in EC2's protocol */

enum replay_verdict {
#define VERDICT(name, text) REPLAY_##name,
    VERDICTS
#undef VERDICT
        REPLAY_VERDICTS
};
const char *replay_verdict_text(enum replay_verdict verdict);

/* What failed: the call's answer, a value in it, an id that is not new or not the same, what is seen afterwards. */
enum failed_check { CHECK_NONE, CHECK_RESULT, CHECK_ANSWER, CHECK_IDENTITY, CHECK_STATE, CHECK_EVENT };
const char *failed_check_text(enum failed_check check);

struct outcome {
    const struct script *script;
    size_t vector; /* of the script */
    const char *id;
    enum replay_verdict verdict;
    const char *reason; /* SKIP, BLOCKED, ERROR; lent by the worker's arena, like all texts here */
    size_t step;        /* FAIL, XFAIL, BLOCKED, ERROR: from 1 on; 0: before the first */
    enum failed_check check;
    struct difference difference;   /* `expected` and `found`, at least */
    const char *request, *answer;   /* of the failing step; or NULL */
    const struct difference *known; /* FAIL: what the fixture got wrong in the first place */
    size_t known_count;
    const char *rule, *source, *claim; /* what is violated (replay/blame.h) */
};

/* Why the profile leaves the vector out, or NULL; the text lives in `arena`. */
const char *run_skips(const struct script *script, size_t vector, const struct profile *profile, struct arena *arena);

/* Runs the steps.  `*unchanged`: nothing has changed, and this was seen; `*there`: what is there then, or NULL. */
void run_vector(struct world *world, size_t vector, struct outcome *outcome, bool *unchanged,
                const struct jtree **there);

#endif
