/* replay/script.h -- one file of a suite, ready to be run: its vectors as calls, with the mapping they speak. */
#ifndef REPLAY_SCRIPT_H
#define REPLAY_SCRIPT_H

#include "vectors/calls.h"
#include "vectors/read.h"

/* A name in the calls that stands for an id or address. */
struct symbol {
    const char *name;    /* "$eni:a#attachment" */
    const char *unknown; /* what it is as long as nothing is bound to it */
    const struct wire_id *id;
    size_t owner; /* the symbol of the object itself */
};

/* A kind that can be described. */
struct script_kind {
    const struct wire_kind *kind;
    const struct jtree *json; /* its entry of "kinds" in the calls */
    const char *id_member;    /* where descriptions show the id */
    const char *filter;       /* by VPC, or NULL */
    const char *own_filter;   /* by id, or NULL */
    bool moves;               /* some vector changes what is seen of it */
};

struct script {
    const char *name;
    struct rulebook *rulebook; /* owned, like these: */
    struct wire *wire;
    struct group group;
    struct jtree *native, *calls;
    VEC(struct symbol) symbols; /* by name */
    VEC(struct script_kind) kinds;
};

/* Takes rulebook, wire and the file of the suite, also when it fails; `problem` then says why. */
bool script_init(struct script *script, const char *name, struct rulebook *rulebook, struct wire *wire,
                 struct jtree *native, const char *version, char *problem, size_t problem_bytes);
void script_clear(struct script *script);

#define SYMBOL_NONE SIZE_MAX
size_t script_symbol(const struct script *script, const char *name);                  /* SYMBOL_NONE */
const struct script_kind *script_kind(const struct script *script, const char *name); /* NULL */
const struct jtree *script_vector(const struct script *script, size_t index);         /* as calls */
size_t script_count(const struct script *script);

#endif
