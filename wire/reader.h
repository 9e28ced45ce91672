/* wire/reader.h -- what the parts of the reader share; nobody outside wire/read*.c includes it.
 *
 * read.c reads files and shapes, read_kind.c kinds, read_value.c values, read_action.c actions and events. */
#ifndef WIRE_READER_H
#define WIRE_READER_H

#include "wire/wire.h"

struct wire_reader {
    struct wire *wire;
    struct rulebook *rulebook;
    struct diags *diags;
    /* what names mean in the value that is read */
    const struct action *action;               /* its parameters and choices; NULL: `it` */
    const struct wire_kind *it, *up, *each_of; /* kinds of the objects that terms are about; `each_of` of $each */
};

bool wire_shape(struct wire_reader *reader, const struct yaml *node, enum yaml_kind kind, const char *what);
void wire_keys(struct wire_reader *reader, const struct yaml *map, const char *const *allowed, size_t count,
               const char *what);
#define WIRE_KEYS(reader, map, what, ...)                                                                              \
    do {                                                                                                               \
        static const char *const allowed_keys[] = {__VA_ARGS__};                                                       \
        wire_keys(reader, map, allowed_keys, ARRAY_SIZE(allowed_keys), what);                                          \
    } while (0)
const char *wire_text(struct wire_reader *reader, const struct yaml *map, const char *key);
/* "Groups" of a structure; an error says which members there are. */
const struct wire_member *wire_read_member(struct wire_reader *reader, const struct wire_structure *structure,
                                           const char *name, struct span span);
const struct wire_operation *wire_read_operation(struct wire_reader *reader, const struct yaml *name);
/* The member at the end of "Reservations.Instances.0.InstanceId". */
const struct wire_member *wire_read_path(struct wire_reader *reader, const struct wire_structure *structure,
                                         const char *path, struct span span);

/* A value for a place of this type, or NULL after an error. */
struct wire_value *wire_read_value(struct wire_reader *reader, const struct yaml *node, const struct wire_type *type);
struct wire_value *wire_read_members(struct wire_reader *reader, const struct yaml *node,
                                     const struct wire_structure *structure);
struct definition *wire_read_term(struct wire_reader *reader, const struct yaml *map, const char *key);
struct definition *wire_read_condition(struct wire_reader *reader, const struct yaml *map, const char *key);
/* The binding of the action of that name, or NULL after an error. */
const struct binding *wire_read_binding(struct wire_reader *reader, const char *name, size_t length, struct span span);

void wire_read_kinds(struct wire_reader *reader, const struct yaml *file);
void wire_read_actions(struct wire_reader *reader, const struct yaml *section);
void wire_read_events(struct wire_reader *reader, const struct yaml *section);

#endif
