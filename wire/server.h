/* wire/server.h -- a rulebook as an EC2 endpoint, without the network: requests in, answers out.
 *
 * The plain evaluator decides what a call does; shapes, ids and descriptions are the mapping's.  An object that the
 * rulebook makes gets a new id, which dies with it.  Events that a rulebook calls fair happen by themselves, some time
 * after they can. */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include "wire/wire.h"

struct server; /* opaque */

struct server_answer {
    int status; /* of HTTP */
    char *body; /* from the heap */
    size_t bytes;
};

/* Both are lent.  NULL after an error: the initial state has no meaning. */
struct server *server_new(struct rulebook *rulebook, const struct wire *wire, double latency_s, struct diags *diags);
void server_free(struct server *server); /* NULL is fine */
/* From now on nothing is there but what no call makes: what the spec begins with is forgotten, and so is which calls
 * it allows. */
void server_empty(struct server *server);

/* One request: the parameters of the Query protocol.  `now_s` only ever grows. */
struct server_answer server_call(struct server *server, const char *form, size_t bytes, double now_s);
/* How often the state has changed. */
uint64_t server_changes(const struct server *server);

/* From now on every step is written to `out`, which is lent: calls that the rulebook answers, and events; flushed each
 * time.  False: it cannot be written. */
bool server_log_to(struct server *server, FILE *out);
bool server_log_failed(const struct server *server);

/* The whole state as JSON; the caller frees it. */
struct jtree *server_save(const struct server *server);
/* False: not a state of this rulebook; `problem` says why, and nothing has changed. */
bool server_load(struct server *server, const struct jtree *saved, char *problem, size_t problem_bytes);

#endif
