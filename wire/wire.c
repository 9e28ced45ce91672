/* Looking things up in the mapping. */
#include "wire/wire.h"

#include <string.h>

const struct wire_operation *wire_operation(const struct wire *wire, const char *name) {
    for (size_t i = 0; i < wire->operations.count; i++)
        if (strcmp(wire->operations.at[i]->name, name) == 0)
            return wire->operations.at[i];
    return NULL;
}

const struct wire_kind *wire_kind(const struct wire *wire, const struct kind *kind) {
    for (size_t i = 0; i < wire->kinds.count; i++)
        if (wire->kinds.at[i]->kind == kind)
            return wire->kinds.at[i];
    return NULL;
}

const struct wire_action *wire_action(const struct wire *wire, const struct action *action) {
    for (size_t i = 0; i < wire->actions.count; i++)
        if (wire->actions.at[i]->action == action->base)
            return wire->actions.at[i];
    return NULL;
}

const struct wire_event *wire_event(const struct wire *wire, const struct action *action) {
    for (size_t i = 0; i < wire->events.count; i++)
        if (wire->events.at[i]->action == action->base)
            return wire->events.at[i];
    return NULL;
}

const struct wire_member *wire_member(const struct wire_structure *structure, const char *name) {
    for (size_t i = 0; i < structure->members.count; i++)
        if (strcmp(structure->members.at[i].name, name) == 0)
            return &structure->members.at[i];
    return NULL;
}

const struct wire_id *wire_id(const struct wire_kind *kind, const char *name) {
    for (size_t i = 0; i < kind->ids.count; i++)
        if (strcmp(kind->ids.at[i].name, name) == 0)
            return &kind->ids.at[i];
    return NULL;
}

const char *wire_enum_text(const struct wire *wire, const struct type *type, int32_t value) {
    const char *name = type->enumeration->values[value];
    const struct yaml *table = yaml_get(wire->values, type->enumeration->name);
    const struct yaml *text = table == NULL || table->kind != YAML_MAP ? NULL : yaml_get(table, name);
    return text == NULL ? name : text->text;
}
