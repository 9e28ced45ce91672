/* replay/world.h -- one network at an endpoint: what the symbols of a script are there, and what is seen of it.
 *
 * A world is made from a script's fixture, changed by the steps of vectors, and removed again.  It knows every id that
 * an answer told, so that it touches nothing else and notices an id that comes back for something new. */
#ifndef REPLAY_WORLD_H
#define REPLAY_WORLD_H

#include "replay/client.h"
#include "replay/message.h"
#include "replay/profile.h"
#include "replay/script.h"

/* Where what is seen is not what must be. */
struct difference {
    const char *symbol, *path; /* "$eni:a", "Attachment.Status" */
    const char *expected, *found;
    bool is_identity; /* about an id that is new or the same */
};
typedef VEC(struct difference) difference_list;

struct world {
    const struct script *script;
    const struct profile *profile;
    struct client *client;
    struct arena *arena;   /* of the worker: texts of outcomes */
    bool is_alone;         /* nobody else changes this account meanwhile */
    char **bound;          /* by symbol; NULL: nothing */
    bool *is_open;         /* by symbol: of an address that the service chose and no answer has told yet */
    const char *renamed;   /* the last address that the service chose otherwise than the vector; or NULL */
    bool *is_made;         /* by symbol of an object: a call of ours made it */
    VEC(char *) seen;      /* every id ever bound */
    VEC(char *) others;    /* ids that are there and ours, but have no symbol: a default group */
    difference_list known; /* that the fixture had already */
    bool *is_tainted;      /* by symbol of an object: it is not there, or a call of the fixture about it failed */
    const char *trouble;   /* transport: why the last call has no answer; NULL */
    char *last_form;       /* the last request and answer */
    char last_answer[4000];
    char tag[24]; /* of its client tokens */
};

void world_init(struct world *world, const struct script *script, const struct profile *profile, struct client *client,
                struct arena *arena, bool is_alone);
void world_clear(struct world *world);

/* What a symbol or "$profile.x" stands for now; other texts are themselves. */
const char *world_value(const struct world *world, const char *text);
/* The text with symbols in the place of the ids they are bound to, so that it is the same in every run. */
const char *world_names(struct world *world, const char *text);
/* `params` with that in it; the caller frees it. */
struct jtree *world_resolve(const struct world *world, const struct jtree *params);
/* Symbol -> id.  `is_new`: it must not be that of anything before. */
bool world_bind(struct world *world, size_t symbol, const char *value, bool is_new);
void world_unbind(struct world *world, size_t symbol);
bool world_has_seen(const struct world *world, const char *value);

/* One call.  `message` is to be cleared. */
enum message_end world_call(struct world *world, const char *operation, const struct jtree *params,
                            struct message *message);

enum world_scope { WORLD_MOVING, WORLD_ALL };
/* Compares what descriptions show with `expected` (kind -> symbol -> view).  Ids that only descriptions tell are bound
 * on the way.  False: a call failed (`trouble`, or a difference says which). */
bool world_compare(struct world *world, const struct jtree *expected, enum world_scope scope,
                   difference_list *differences);
/* After the fixture: what is there without a symbol is no surprise later. */
bool world_note_others(struct world *world);
/* An object that an answer told without being asked to is ours all the same, and will be removed. */
void world_adopt(struct world *world, const struct script_kind *kind, const char *id);
/* What is in our VPCs and has no symbol, though it came later, gets a free one, so that it can be removed. */
void world_adopt_strays(struct world *world);
/* The description of one object, or NULL; the caller frees it. */
struct jtree *world_describe(struct world *world, const struct script_kind *kind, const char *id);

const struct jtree *world_at(const struct jtree *tree, const char *path); /* "Instances.0.InstanceId"; or NULL */

#endif
