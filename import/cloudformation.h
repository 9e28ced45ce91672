/* import/cloudformation.h -- templates: reading YAML with tags, and the values of expressions.
 *
 * A value is a jtree: a text (numbers and flags are texts, too), a list, an object, or one of two marks:
 *     { "\1resource": LOGICAL-ID, "\1attribute": NAME or "" }     what a resource will give
 *     { "\1unknown": NAME }                                       what only the service or the caller knows */
#ifndef IMPORT_CLOUDFORMATION_H
#define IMPORT_CLOUDFORMATION_H

#include "import/shapes.h"

#define MARK_RESOURCE "\1resource"
#define MARK_ATTRIBUTE "\1attribute"
#define MARK_UNKNOWN "\1unknown"

struct template {
    struct import *import;
    const struct jtree *tree;
    struct name_map conditions; /* being decided: 0; decided: 1 for false, 2 for true */
    VEC(uint32_t) verdicts;
    VEC(const char *) met; /* logical ids that the value being read refers to */
    bool transforms, in_condition;
    unsigned depth;
    uint32_t stand_ins; /* addresses chosen for parameters without a value */
    struct name_map stand_in_numbers;
    size_t work;
};

/* The value of an expression, new; NULL for AWS::NoValue.  After an error, too: look at the diags. */
struct jtree *evaluate(struct template *template, const struct jtree *expression);
bool condition_holds(struct template *template, const char *name);
const char *marked_resource(const struct jtree *value); /* NULL: not marked as one */
const char *marked_unknown(const struct jtree *value);

/* ---- functions (cloudformation_functions.c) ---- */

struct jtree *unknown_value(const char *name);
struct jtree *call_function(struct template *template, const char *name, const struct jtree *arguments);
/* {"Fn::X": …}, {"Ref": …}: its name, and its arguments; NULL for any other value. */
const char *function_of(const struct jtree *value, const struct jtree **arguments);

/* ---- resources (cloudformation_resources.c) ---- */

/* A resource of the template with its evaluated properties as one of the importer; false after an error. */
bool add_template_resource(struct template *template, const char *name, const char *type,
                           const struct jtree *properties, const id_list *waits);
uint32_t block_named(const struct template *template, const char *name);
/* Fills what a name refers to: a block for each resource, before any of them is read. */
bool add_template_block(struct template *template, const char *name, const char *type);

#endif
