/* Types: their widths and ranges, how messages call them, and what a written type means. */
#include "model/checker.h"

uint32_t type_width(const struct type *type) {
    if (type->form == TYPE_SET)
        return (uint32_t)type->kind->objects.count;
    if (type->form == TYPE_MAP) {
        int32_t low, high;
        type_range(type->key, &low, &high);
        return high < low ? 0 : (uint32_t)(high - low + 1);
    }
    return 1;
}

const struct type *type_element(const struct rulebook *rulebook, const struct type *type) {
    return type->form == TYPE_SET ? &rulebook->bool_type : type->form == TYPE_MAP ? type->value : type;
}

void type_range(const struct type *type, int32_t *low, int32_t *high) {
    *low = 0;
    *high = 1;
    switch (type->form) {
    case TYPE_BOOL:
    case TYPE_SET:
    case TYPE_ACTION:
        break;
    case TYPE_INT:
        *low = type->low;
        *high = type->high;
        break;
    case TYPE_ENUM:
        *high = (int32_t)type->enumeration->count - 1;
        break;
    case TYPE_REF:
        *low = type->optional ? -1 : 0;
        *high = (int32_t)type->kind->objects.count - 1;
        break;
    case TYPE_MAP:
        type_range(type->value, low, high);
        break;
    }
}

const char *type_text(struct rulebook *rulebook, const struct type *type) {
    struct arena *arena = &rulebook->arena;
    switch (type->form) {
    case TYPE_BOOL:
        return "a truth value";
    case TYPE_INT:
        return "a number";
    case TYPE_ENUM:
        return arena_format(arena, "a value of %s", type->enumeration->name);
    case TYPE_REF:
        if (type->kind == NULL)
            return "none";
        return arena_format(arena, "%s%s", type->optional ? "optional " : "", type->kind->name);
    case TYPE_SET:
        return type->kind == NULL ? "the empty set" : arena_format(arena, "a set of %s", type->kind->name);
    case TYPE_MAP:
        return "a map";
    case TYPE_ACTION:
        return "an action";
    }
    return "?";
}

bool type_same(const struct type *a, const struct type *b) {
    if (a->form != b->form)
        return false;
    switch (a->form) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_ACTION:
        return true;
    case TYPE_ENUM:
        return a->enumeration == b->enumeration;
    case TYPE_REF:
    case TYPE_SET:
        return a->kind == b->kind || a->kind == NULL || b->kind == NULL;
    case TYPE_MAP:
        return type_same(a->key, b->key) && type_same(a->value, b->value) && type_width(a) == type_width(b);
    }
    return false;
}

const struct type *type_new(struct rulebook *rulebook, struct type type) {
    return arena_copy(&rulebook->arena, &type, sizeof type);
}

static const struct type *named_type(struct rulebook *rulebook, struct type_text *text, struct diags *diags) {
    const struct kind *kind = rulebook_kind(rulebook, text->name);
    const struct enumeration *enumeration = rulebook_enumeration(rulebook, text->name);
    if (kind != NULL)
        return text->form == TYPE_SET ? kind->set_type : text->optional ? kind->optional_type : kind->type;
    if (enumeration != NULL && text->form == TYPE_REF && !text->optional)
        return type_new(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
    if (enumeration != NULL) {
        diag_error(diags, text->span, DIAG_UNKNOWN_TYPE, "'%s' needs a kind; '%s' is an enumeration",
                   text->optional ? "optional" : "set of", text->name);
        return NULL;
    }
    diag_error(diags, text->span, DIAG_UNKNOWN_TYPE, "no kind%s is called '%s'",
               text->form == TYPE_REF && !text->optional ? " or enumeration" : "", text->name);
    VEC(const char *) names = {0};
    vec_push(&names, "bool");
    for (size_t i = 0; i < rulebook->kinds.count; i++)
        vec_push(&names, rulebook->kinds.at[i]->name);
    for (size_t i = 0; i < rulebook->enumerations.count; i++)
        vec_push(&names, rulebook->enumerations.at[i]->name);
    suggest(diags, text->span, text->name, names.at, names.count);
    vec_free(&names);
    return NULL;
}

static const struct type *enum_type(struct rulebook *rulebook, struct type_text *text, const char *name,
                                    struct diags *diags) {
    struct enumeration *enumeration = arena_alloc(&rulebook->arena, sizeof *enumeration);
    enumeration->name = name;
    enumeration->span = text->span;
    enumeration->values = text->values;
    enumeration->count = text->value_count;
    for (size_t i = 0; i < text->value_count; i++)
        for (size_t j = 0; j < i; j++)
            if (text->values[i] == text->values[j]) {
                diag_error(diags, text->value_spans[i], DIAG_DUPLICATE_NAME, "the value '%s' is declared twice",
                           text->values[i]);
                return NULL;
            }
    vec_push(&rulebook->enumerations, enumeration);
    return type_new(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
}

const struct type *check_type(struct rulebook *rulebook, struct type_text *text, const char *in_place_name,
                              struct diags *diags) {
    struct type type = {.form = text->form};
    switch (text->form) {
    case TYPE_BOOL:
        return &rulebook->bool_type;
    case TYPE_INT:
        if (!check_constant_int(rulebook, text->low, diags, &type.low) ||
            !check_constant_int(rulebook, text->high, diags, &type.high))
            return NULL;
        if (type.low > type.high) {
            diag_error(diags, text->span, DIAG_BAD_RANGE, "the range %d..%d is empty", type.low, type.high);
            return NULL;
        }
        return type_new(rulebook, type);
    case TYPE_ENUM:
        return enum_type(rulebook, text, in_place_name, diags);
    case TYPE_REF:
    case TYPE_SET:
        return named_type(rulebook, text, diags);
    case TYPE_MAP:
        type.key = check_type(rulebook, text->key, in_place_name, diags);
        type.value = type.key == NULL ? NULL : check_type(rulebook, text->value, in_place_name, diags);
        if (type.key == NULL || type.value == NULL)
            return NULL;
        if (type.key->form == TYPE_SET || type.key->form == TYPE_MAP || type.key->optional ||
            type.value->form == TYPE_SET || type.value->form == TYPE_MAP) {
            diag_error(diags, text->span, DIAG_TYPE_MISMATCH,
                       "a map goes from a range, kind or enumeration to a single value");
            return NULL;
        }
        if (type.key->form == TYPE_INT && (int64_t)type.key->high - type.key->low >= LIMIT_MAP_KEYS) {
            diag_error(diags, text->span, DIAG_BAD_RANGE, "a map of %lld keys; at most %d are allowed",
                       (long long)type.key->high - type.key->low + 1, LIMIT_MAP_KEYS);
            return NULL;
        }
        return type_new(rulebook, type);
    case TYPE_ACTION:
        break;
    }
    return NULL;
}
