/* import/references.h -- following expressions: references.c (what a value means), waits.c (what a block waits for). */
#ifndef IMPORT_REFERENCES_H
#define IMPORT_REFERENCES_H

#include "import/shapes.h"

/* Where an expression stands. */
struct context {
    struct module *module;
    const char *instance; /* of the module; NULL: any */
    struct key key;       /* what count.index or each.key is; of the module: its own */
    const struct block *block;
    unsigned hops;
};

struct found {
    uint32_t block;
    const char *instance; /* of its module; NULL: any */
    struct key key;
    const char *rest;
};

struct search {
    struct import *import;
    VEC(struct found) list;
    const char *hidden; /* a reference that leads nowhere: "local.x" */
    bool is_paired;     /* count.index or each.key stands beside it */
    struct key pair;
    bool by_output;       /* the key stands behind an output: module.net.subnets["a"] */
    struct name_map seen; /* what was followed already */
    bool everything;      /* what an operation waits for, and not only what a value is */
};

/* Adds what an expression refers to, through variables and outputs, to the list of the search. */
void follow(struct search *search, struct context context, const struct jtree *expression);
void add_block(id_list *list, uint32_t id); /* once */
enum resource_kind kind_of_block(const struct import *import, const struct block *block);

#endif
