/* vectors/schema.h -- the published JSON Schemas (vectors/schema/), which go into every suite. */
#ifndef VECTORS_SCHEMA_H
#define VECTORS_SCHEMA_H

#include <stddef.h>

struct schema {
    const char *name; /* "vectors.schema.json" */
    const char *begin, *end;
};

extern const struct schema schemas[];
extern const size_t schema_count;

#endif
