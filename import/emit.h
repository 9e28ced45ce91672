/* import/emit.h -- what the two parts of the writer share: emit.c (all but the plan), emit_plan.c. */
#ifndef IMPORT_EMIT_H
#define IMPORT_EMIT_H

#include "import/objects.h"

/* The operations of a block that build, or those that delete, if they are many; `used`: something waits for all. */
struct join {
    const char *name; /* or NULL */
    uint32_t first;
    size_t count, met, list;
    bool used;
};

struct writer {
    struct import *import;
    FILE *out;
    struct arena scratch;
    struct join *joins; /* two for each block */
    size_t lists;       /* how many lists of steps were written */
};

void write_quoted(struct writer *writer, const char *text);
void write_text(struct writer *writer, const char *text); /* plain if YAML reads it as itself */
void write_plan(struct writer *writer);

#endif
