#include "model/value_json.h"

#include <string.h>

static struct jtree *scalar(struct rulebook *rulebook, const struct type *type, int32_t value) {
    if (type->form == TYPE_BOOL)
        return jtree_bool(value != 0);
    if (type->form == TYPE_INT)
        return jtree_number(value);
    if (type->form == TYPE_REF && value < 0)
        return jtree_null();
    return jtree_text(value_text(rulebook, type, value));
}

struct jtree *value_json(struct rulebook *rulebook, const struct type *type, const int32_t *values) {
    if (type->form == TYPE_SET) {
        struct jtree *list = jtree_list();
        for (uint32_t i = 0; i < type_width(type); i++)
            if (values[i])
                jtree_add(list, jtree_text(type->kind->objects.at[i].name));
        return list;
    }
    if (type->form == TYPE_MAP) {
        struct jtree *map = jtree_object();
        int32_t first, last;
        type_range(type->key, &first, &last);
        for (int32_t key = first; key <= last; key++)
            jtree_put(map, value_text(rulebook, type->key, key), scalar(rulebook, type->value, values[key - first]));
        return map;
    }
    return scalar(rulebook, type, values[0]);
}

static int32_t find_object(const struct kind *kind, const char *name) {
    for (size_t i = 0; name != NULL && i < kind->objects.count; i++)
        if (strcmp(kind->objects.at[i].name, name) == 0)
            return (int32_t)i;
    return -1;
}

static bool read_scalar(struct rulebook *rulebook, const struct type *type, const struct jtree *tree, int32_t *value) {
    const char *text = jtree_string(tree);
    int32_t low, high;
    switch (jtree_type(tree)) {
    case JTREE_BOOL:
        *value = jtree_truth(tree);
        return type->form == TYPE_BOOL;
    case JTREE_NUMBER:
        type_range(type, &low, &high);
        *value = (int32_t)jtree_integer(tree);
        return type->form == TYPE_INT && jtree_integer(tree) >= low && jtree_integer(tree) <= high;
    case JTREE_NULL:
        *value = -1;
        return type->form == TYPE_REF && type->optional;
    case JTREE_TEXT:
        if (type->form == TYPE_REF) {
            *value = find_object(type->kind, text);
            return *value >= 0;
        }
        type_range(type, &low, &high);
        for (*value = low; type->form == TYPE_ENUM && *value <= high; ++*value)
            if (strcmp(value_text(rulebook, type, *value), text) == 0)
                return true;
        return false;
    case JTREE_NONE:
    case JTREE_LIST:
    case JTREE_OBJECT:
        return false;
    }
    return false;
}

bool value_read(struct rulebook *rulebook, const struct type *type, const struct jtree *tree, int32_t *values) {
    if (type->form == TYPE_SET) {
        memset(values, 0, type_width(type) * sizeof *values);
        for (size_t i = 0; i < jtree_count(tree); i++) {
            int32_t object = find_object(type->kind, jtree_string(jtree_at(tree, i)));
            if (object < 0)
                return false;
            values[object] = 1;
        }
        return jtree_type(tree) == JTREE_LIST;
    }
    if (type->form == TYPE_MAP) {
        int32_t first, last;
        type_range(type->key, &first, &last);
        for (int32_t key = first; key <= last; key++)
            if (!read_scalar(rulebook, type->value, jtree_get(tree, value_text(rulebook, type->key, key)),
                             &values[key - first]))
                return false;
        return jtree_type(tree) == JTREE_OBJECT;
    }
    return read_scalar(rulebook, type, tree, values);
}
