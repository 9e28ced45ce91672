/* model/value_json.h -- values as JSON: one shape in reports and in test vectors. */
#ifndef MODEL_VALUE_JSON_H
#define MODEL_VALUE_JSON_H

#include "base/jtree.h"
#include "model/rulebook.h"

/* Objects and enum values by name, no object as null; sets are lists in the order of the scope, maps are objects. */
struct jtree *value_json(struct rulebook *rulebook, const struct type *type, const int32_t *values);

/* And back: type_width() values.  False if `tree` is no value of this type. */
bool value_read(struct rulebook *rulebook, const struct type *type, const struct jtree *tree, int32_t *values);

#endif
