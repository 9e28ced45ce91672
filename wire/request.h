/* wire/request.h -- a request of the Query protocol as a tree. */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "wire/wire.h"

struct wire_parameter {
    const char *name, *value;
};
typedef VEC(struct wire_parameter) wire_parameters;

/* "Action=X&SubnetId=subnet-1" -> names and values, which live in the arena.  False: a bad escape, or more than
 * `limit`. */
bool wire_parse_form(const char *text, size_t bytes, size_t limit, struct arena *arena, wire_parameters *list);
const char *wire_parameter_get(const wire_parameters *list, const char *name); /* NULL */

/* The parameters as the SDK's structure: what a request that shapes.yaml knows means.  NULL: `*unknown` is a parameter
 * that no member has, or whose value has another type. */
struct jtree *wire_request_read(const struct wire_structure *input, const wire_parameters *list, const char **unknown);

#endif
