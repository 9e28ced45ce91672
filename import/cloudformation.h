/* import/cloudformation.h -- stacks: templates with tags, the values of their expressions, what an update changes.
 *
 *     cloudformation_yaml.c        YAML with tags
 *     cloudformation_parameters.c  values of parameters
 *     cloudformation.c             references and conditions; cloudformation_functions.c: functions
 *     cloudformation_stack.c       templates -> declared resources; what happens to them -> resources of the importer
 *     cloudformation_changes.c     which resources an update creates, replaces, deletes
 *     cloudformation_shapes.c      which properties have to be lists
 *     cloudformation_values.c      values as Terraform has them for the same thing; cloudformation_resources.c,
 *                                  cloudformation_network.c: by type
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

typedef VEC(const char *) text_list;

/* A resource of a template whose condition holds. */
struct declared {
    const char *name, *type;
    const struct jtree *body, *properties; /* properties: evaluated; NULL if there are none */
    text_list waits;                       /* logical ids that it refers to or depends on */
};

struct template {
    struct stack *stack;
    struct import *import;
    const struct jtree *tree, *given; /* given: values of parameters, or NULL */
    uint32_t file;
    bool is_old; /* the stack as it is, not as it shall be */
    VEC(struct declared) declared;
    struct name_map declared_names;
    struct name_map conditions; /* being decided: 0; decided: 1 for false, 2 for true */
    VEC(uint32_t) verdicts;
    text_list met;           /* logical ids that the value being read refers to */
    struct name_map answers; /* "PARAMETER\1VALUE": it is 1 or is not 0 that value, as a condition is taken to be */
    bool transforms, in_condition;
    unsigned depth;
    size_t work;
};

/* One resource of ours on its way: values before and after. */
struct part {
    const char *name, *own, *at;
    const char *of; /* the launch that makes and ends it, or NULL */
    uint32_t block;
    enum change change;
    bool retained; /* what is replaced stays */
    struct jtree *before, *after, *unknown;
};

/* The stack before and after. */
struct stack {
    struct import *import;
    struct template before, after; /* tree NULL: there is none */
    const struct jtree *change_set;
    VEC(enum change) changes; /* of each logical id of either */
    text_list names;
    struct name_map numbers; /* of the names */
    VEC(struct part) parts;
    struct name_map parts_by_key;
    uint32_t stand_ins; /* addresses chosen for what has no value */
    struct name_map stand_in_numbers;
};

/* The value of an expression, new; NULL for AWS::NoValue.  After an error, too: look at the diags. */
struct jtree *evaluate(struct template *template, const struct jtree *expression);
bool condition_holds(struct template *template, const char *name);
/* Decides all, so that parameters have the values that conditions take them to have. */
void decide_conditions(struct template *template);
const char *marked_resource(const struct jtree *value); /* NULL: not marked as one */
const char *marked_unknown(const struct jtree *value);

/* ---- functions (cloudformation_functions.c) ---- */

struct jtree *unknown_value(const char *name);
struct jtree *copy_value(const struct jtree *value); /* with its marks */
struct jtree *call_function(struct template *template, const char *name, const struct jtree *arguments);
/* {"Fn::X": …}, {"Ref": …}: its name, and its arguments; NULL for any other value. */
const char *function_of(const struct jtree *value, const struct jtree **arguments);

/* ---- templates (cloudformation_stack.c) ---- */

const struct declared *declared_at(const struct template *template, const char *name); /* NULL: there is none */

/* ---- updates (cloudformation_changes.c) ---- */

/* Decides what happens to each resource. */
bool find_changes(struct stack *stack);
enum change change_of(const struct stack *stack, const char *name);
/* Will the resource be another one than it is now? */
bool is_another(enum change change);

/* ---- values (cloudformation_values.c) ---- */

/* One side of a part while its values are read. */
struct made {
    struct template *template;
    const char *name;
    struct jtree *values, *unknown, *expressions;
};

/* CloudFormation's type as one of ours; itself if it is not followed. */
const char *own_type(const char *type);
struct made made_begin(struct template *template, const char *name);
/* Puts the values into the part with this name and type; a new one if there is none. */
void made_finish(struct made *made, const char *own, const char *of);
uint32_t block_number(struct stack *stack, const char *own, const char *name); /* NONE: there is none */
uint32_t block_make(struct stack *stack, const char *own, const char *name);
const char *physical_id(struct import *import, const char *name);
/* A link: an id that is known, one that is only known by name, or that of a resource. */
void put_link(struct template *template, struct jtree *values, struct jtree *unknown, struct jtree *expressions,
              const char *to, const struct jtree *value);
void link_to(struct made *made, const char *to, const struct jtree *value);
void link_all(struct made *made, const char *to, const struct jtree *value); /* a list: security groups */
void put_text(struct made *made, const char *to, const struct jtree *value);
void put_flag(struct made *made, const char *to, const struct jtree *value);
/* NULL if the service picks it. */
const char *address_text(struct made *made, const struct jtree *value, const struct jtree *subnet);

/* ---- shapes (cloudformation_shapes.c) ---- */

/* Are the properties that are followed single values and lists where they have to be?  False after errors. */
bool check_shapes(struct template *template, const struct declared *declared);

/* ---- cloudformation_network.c ---- */

void read_balancer(struct made *made, const struct jtree *from);
/* Has the subnet, or the VPC's further block, one for IPv6? */
void read_ipv6_block(struct made *made, const struct declared *declared);

/* ---- resources (cloudformation_resources.c) ---- */

/* The values of a declared resource, and of what it makes besides. */
void read_declared(struct template *template, const struct declared *declared);
/* What is associated now is known by the Elastic IPs. */
void note_associations(struct stack *stack);

#endif
