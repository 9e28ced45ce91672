/* wire/server_internal.h -- what the parts of the server share; nobody outside wire/server*.c includes it.
 *
 * server.c has the state and the calls, server_ids.c the ids, server_describe.c the descriptions. */
#ifndef WIRE_SERVER_INTERNAL_H
#define WIRE_SERVER_INTERNAL_H

#include "wire/answer.h"
#include "wire/match.h"
#include "wire/place.h"
#include "wire/request.h"
#include "wire/server.h"

struct server_id {
    char *text;  /* NULL: none now */
    int32_t key; /* `changes` when it was given */
};

/* A description, as long as the state is the same. */
struct server_view {
    uint64_t changes; /* of the state when it was made, plus 1; 0: never */
    struct jtree *tree;
    wire_text xml;
};

struct server_event {
    const struct wire_event *event;
    uint32_t object;
    double due_s;
};

struct server {
    struct rulebook *rulebook;
    const struct wire *wire;
    struct evaluator evaluator;
    struct wire_places *places;
    struct wire_show show;
    int32_t *state, *next, *scratch; /* `scratch`: arguments of events */
    struct server_id **ids;          /* by kind: id * objects + object */
    bool **exists;                   /* by kind, object: its condition now */
    struct server_view **views;      /* by kind, object */
    VEC(struct server_event) pending;
    uint64_t id_count, changes;
    FILE *log; /* lent, or NULL */
    bool log_has_failed;
    int32_t *first_settings; /* what the attributes that operations set are in the spec: by kind, setting, object */
    double latency_s, now_s;
    bool takes_odd;     /* an object that no call makes has to do */
    struct arena arena; /* of one call */
};

/* ---- server_ids.c ---- */

void server_ids_init(struct server *server);
void server_ids_clear(struct server *server);
struct server_id *server_id(const struct server *server, const struct wire_id *id, uint32_t object);
bool server_exists(const struct server *server, const struct wire_kind *kind, uint32_t object);
/* Ids of what has come, gone or changed between two states; NULL: everything. */
void server_ids_update(struct server *server, const int32_t *before);
/* Fills in the objects of a match.  False: `*unknown` is the code for an id of nothing that no rule could be asked
 * about. */
bool server_find_objects(struct server *server, struct wire_match *match, const char **unknown);
/* An object that this call made has the names that the call gave it. */
void server_adopt(struct server *server, const struct wire_match *match, const int32_t *before);

/* ---- server_describe.c ---- */

/* The kind that this operation describes, or NULL. */
const struct wire_kind *server_described(const struct server *server, const struct wire_operation *operation);
/* Appends the members of the answer.  False: `*code` and `*message` (in the arena) say what is wrong with the request.
 */
bool server_describe(struct server *server, const struct wire_kind *kind, const struct jtree *request, wire_text *out,
                     const char **code, const char **message);
void server_views_init(struct server *server);
void server_views_clear(struct server *server);

/* Gives constant attributes other values, if that is what the operation does.  NULL: it is not, or (`*code`) the
 * request is wrong. */
struct jtree *server_set(struct server *server, const struct wire_operation *operation, const struct jtree *request,
                         const char **code);

/* ---- server_log.c ---- */

/* `after` NULL: refused, nothing has changed. */
void server_log_step(struct server *server, const struct action *action, const int32_t *arguments, const char *response,
                     const int32_t *before, const int32_t *after);
/* A constant attribute may have another value now; `by` says why. */
void server_log_setting(struct server *server, const char *by, const struct field *field, uint32_t object,
                        int32_t before);

#endif
