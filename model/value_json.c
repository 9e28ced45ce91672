#include "model/value_json.h"

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
