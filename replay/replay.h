/* replay/replay.h -- a whole suite against an endpoint. */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "replay/run.h"

struct replay_options {
    const char *endpoint;
    const struct profile *profile;
    uint64_t seed; /* of the order; 0: that of the suite */
    size_t jobs;   /* at least 1 */
    bool keep;     /* what a failing vector leaves */
    bool no_keepalive;
};

/* Something that was seen while networks were made or removed. */
struct remark {
    const struct script *script;
    const char *text;
    size_t count;
};
typedef VEC(struct remark) remark_list;

struct replay {
    VEC(struct script *) scripts; /* owned */
    VEC(struct outcome) outcomes; /* in the order of the suite */
    remark_list fixtures, leaks, kept;
    VEC(struct arena) arenas; /* of the workers */
    size_t calls;
    double seconds;
    bool reconnected;        /* connections were not worth keeping */
    const char *path, *hash; /* of the suite, and of its manifest; lent */
};

/* Adds the vectors of a script; takes it. */
void replay_add(struct replay *replay, struct script *script);
/* Runs them all and finds the rules that are violated.  False: `problem` says why there is no endpoint to talk to. */
bool replay_run(struct replay *replay, const struct replay_options *options, char *problem, size_t problem_bytes);
void replay_clear(struct replay *replay);

size_t replay_count(const struct replay *replay, enum replay_verdict verdict);

#endif
