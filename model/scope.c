/* The universe: which objects there are and what their constant attributes say.
 *
 *     scope:
 *       eni: 3                                  three interchangeable ones: eni1, eni2, eni3
 *       instance: { web: { type: t3.micro } }   named ones
 *       address: { pool * 4: { subnet: a } }    four alike: pool1 ... pool4
 *       instance_type: [ t3.micro ]             from the kind's catalog */
#include <string.h>

#include "model/sections.h"

struct scoper {
    struct rulebook *rulebook;
    struct syntax syntax;
    struct diags *diags;
};

static bool fail_scope(struct scoper *scoper, struct span span, const char *message, const char *name) {
    diag_error(scoper->diags, span, DIAG_BAD_SCOPE, message, name);
    return false;
}

static bool add_object(struct scoper *scoper, struct kind *kind, const char *name, struct span span,
                       const struct yaml *attributes, bool is_named) {
    for (size_t i = 0; i < kind->objects.count; i++)
        if (kind->objects.at[i].name == name) {
            diag_error(scoper->diags, span, DIAG_DUPLICATE_NAME, "the scope has two objects called '%.60s'", name);
            return false;
        }
    if (kind->objects.count >= LIMIT_OBJECTS_PER_KIND)
        return fail_scope(scoper, span, "too many objects of the kind '%s'", kind->name);
    struct object object = {.name = name, .span = span, .attributes = attributes, .is_named = is_named};
    vec_push(&kind->objects, object);
    return true;
}

/* The last setting of this kind's count, or NULL. */
static const struct setting *count_setting(const struct rulebook *rulebook, const struct kind *kind) {
    for (size_t i = rulebook->settings.count; i-- > 0;)
        if (strcmp(rulebook->settings.at[i].name, kind->name) == 0 && rulebook_constant(rulebook, kind->name) == NULL)
            return &rulebook->settings.at[i];
    return NULL;
}

static bool add_numbered(struct scoper *scoper, struct kind *kind, const char *stem, int32_t count, struct span span,
                         const struct yaml *attributes) {
    const struct setting *setting = count_setting(scoper->rulebook, kind);
    if (setting != NULL)
        count = (int32_t)strtol(setting->value, NULL, 10);
    if (count < 0 || count > LIMIT_OBJECTS_PER_KIND) {
        diag_error(scoper->diags, span, DIAG_BAD_SCOPE, "%d objects of the kind '%s'; expected 0 to %d", count,
                   kind->name, LIMIT_OBJECTS_PER_KIND);
        return false;
    }
    bool good = true;
    for (int32_t i = 1; i <= count && good; i++) {
        const char *name =
            intern_string(&scoper->rulebook->intern, arena_format(&scoper->rulebook->arena, "%s%d", stem, i));
        good = add_object(scoper, kind, name, span, attributes, false);
    }
    return good;
}

/* "pool * 4": a stem and a number. */
static bool is_group(struct scoper *scoper, const struct yaml *key, const char **stem, int32_t *count, bool *good) {
    const char *star = strchr(key->text, '*');
    if (star == NULL)
        return false;
    struct term *term = syntax_term(&scoper->syntax, key);
    *good = term != NULL && term->op == TERM_MUL && term->args[0]->op == TERM_NAME &&
            check_constant_int(scoper->rulebook, term->args[1], scoper->diags, count);
    if (*good) {
        *stem = term->args[0]->name;
        *good = check_identifier(*stem, term->args[0]->span, true, "an object", scoper->diags);
    } else if (term != NULL)
        diag_error(scoper->diags, key->span, DIAG_BAD_SCOPE, "expected 'name * number', found '%.60s'", key->text);
    return true;
}

static const struct catalog_entry *find_entry(const struct kind *kind, const char *name) {
    for (size_t i = 0; i < kind->catalog.count; i++)
        if (kind->catalog.at[i].name == name)
            return &kind->catalog.at[i];
    return NULL;
}

static bool add_from_catalog(struct scoper *scoper, struct kind *kind, const char *name, struct span span) {
    for (size_t i = 0; i < kind->objects.count; i++)
        if (kind->objects.at[i].name == name)
            return true;
    const struct catalog_entry *entry = find_entry(kind, name);
    if (entry != NULL)
        return add_object(scoper, kind, name, entry->span, entry->row, true);
    diag_error(scoper->diags, span, DIAG_UNKNOWN_NAME, "no %s is called '%.60s'", kind->name, name);
    VEC(const char *) names = {0};
    for (size_t i = 0; i < kind->catalog.count; i++)
        vec_push(&names, kind->catalog.at[i].name);
    suggest(scoper->diags, span, name, names.at, names.count);
    vec_free(&names);
    return false;
}

static bool add_named(struct scoper *scoper, struct kind *kind, const struct yaml *name,
                      const struct yaml *attributes) {
    return check_identifier(name->text, name->span, true, "an object", scoper->diags) &&
           add_object(scoper, kind, name->text, name->span, attributes, true);
}

/* --set KIND=n says how many of a group there are; without exactly one group it would say nothing. */
static bool check_count_setting(struct scoper *scoper, const struct kind *kind, size_t groups) {
    const struct setting *setting = count_setting(scoper->rulebook, kind);
    if (setting == NULL || groups == 1)
        return true;
    diag_error(scoper->diags, setting->span, DIAG_BAD_SETTING,
               "the scope has %zu groups of '%s'; a number can be set where it has exactly one", groups, kind->name);
    return false;
}

static bool read_scope(struct scoper *scoper, struct kind *kind, const struct yaml *item) {
    bool good = true;
    if (item->kind == YAML_TEXT) {
        int32_t count;
        struct term *term = syntax_term(&scoper->syntax, item);
        return term != NULL && check_constant_int(scoper->rulebook, term, scoper->diags, &count) &&
               add_numbered(scoper, kind, kind->name, count, item->span, NULL);
    }
    if (item->kind == YAML_LIST) {
        for (size_t i = 0; i < item->count; i++) {
            const struct yaml *name = item->items[i];
            if (name->kind != YAML_TEXT)
                good = fail_scope(scoper, name->span, "expected the name of an object of the kind '%s'", kind->name);
            else if (kind->has_catalog)
                good = add_from_catalog(scoper, kind, name->text, name->span) && good;
            else
                good = add_named(scoper, kind, name, NULL) && good;
        }
        return check_count_setting(scoper, kind, 0) && good;
    }
    size_t groups = 0;
    for (size_t i = 0; i < item->count; i++) {
        const struct yaml *key = item->keys[i], *attributes = item->items[i];
        const char *stem;
        int32_t count;
        bool good_group;
        if (attributes->kind == YAML_TEXT) {
            good = fail_scope(scoper, attributes->span, "expected the attributes of '%s' as a mapping", key->text);
        } else if (is_group(scoper, key, &stem, &count, &good_group)) {
            groups++;
            good = good_group && add_numbered(scoper, kind, stem, count, key->span, attributes) && good;
        } else {
            good = add_named(scoper, kind, key, attributes) && good;
        }
    }
    return check_count_setting(scoper, kind, groups) && good;
}

static const struct yaml *find_attribute(const struct kind *kind, const struct object *object,
                                         const struct field *field) {
    const struct yaml *attributes = object->attributes;
    if (attributes == NULL)
        return NULL;
    if (attributes->kind == YAML_MAP)
        return yaml_get(attributes, field->name);
    for (size_t i = 0; kind->columns != NULL && i < kind->columns->count && i < attributes->count; i++)
        if (kind->columns->items[i]->kind == YAML_TEXT && kind->columns->items[i]->text == field->name)
            return attributes->items[i];
    return NULL;
}

/* Objects that attributes name come from their kind's catalog; rows may name further ones. */
static bool add_named_by_attributes(struct scoper *scoper) {
    bool good = true, grew = true;
    while (grew && good) {
        grew = false;
        for (size_t k = 0; k < scoper->rulebook->kinds.count; k++) {
            struct kind *kind = scoper->rulebook->kinds.at[k];
            for (size_t i = 0; i < kind->objects.count; i++)
                for (size_t j = 0; j < kind->fields.count; j++) {
                    const struct field *field = kind->fields.at[j];
                    if (!field->is_constant || field->type->form != TYPE_REF || !field->type->kind->has_catalog)
                        continue;
                    struct kind *target = scoper->rulebook->kinds.at[field->type->kind->index];
                    const struct yaml *value = find_attribute(kind, &kind->objects.at[i], field);
                    size_t before = target->objects.count;
                    if (value != NULL && value->kind == YAML_TEXT &&
                        !(field->type->optional && strcmp(value->text, "none") == 0))
                        good = add_from_catalog(scoper, target, value->text, value->span) && good;
                    grew = grew || target->objects.count > before;
                }
        }
    }
    return good;
}

bool scope_objects(struct rulebook *rulebook, struct diags *diags) {
    struct scoper scoper = {rulebook, {&rulebook->arena, &rulebook->intern, diags}, diags};
    for (size_t i = 0; i < rulebook->scopes.count; i++)
        for (size_t j = 0; j < rulebook->scopes.at[i]->count; j++) {
            const struct yaml *key = rulebook->scopes.at[i]->keys[j];
            if (rulebook_kind(rulebook, key->text) != NULL)
                continue;
            diag_error(diags, key->span, DIAG_UNKNOWN_NAME, "no kind is called '%.60s'", key->text);
            VEC(const char *) names = {0};
            for (size_t k = 0; k < rulebook->kinds.count; k++)
                vec_push(&names, rulebook->kinds.at[k]->name);
            suggest(diags, key->span, key->text, names.at, names.count);
            vec_free(&names);
        }
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        struct kind *kind = rulebook->kinds.at[k];
        const struct yaml *item = NULL; /* a spec's entry replaces that of a file it includes */
        for (size_t i = 0; i < rulebook->scopes.count; i++)
            if (yaml_get(rulebook->scopes.at[i], kind->name) != NULL)
                item = yaml_get(rulebook->scopes.at[i], kind->name);
        kind->has_scope = item != NULL || kind == rulebook->step_kind;
        for (size_t i = 0; i < rulebook->plan.count && kind == rulebook->step_kind; i++)
            add_object(&scoper, kind, rulebook->plan.at[i]->name, rulebook->plan.at[i]->span, NULL, true);
        const struct setting *setting = count_setting(rulebook, kind);
        if (item != NULL)
            read_scope(&scoper, kind, item);
        else if (setting != NULL)
            add_numbered(&scoper, kind, kind->name, 0, setting->span, NULL);
        else if (kind->process != NULL) /* one of it runs */
            add_numbered(&scoper, kind, kind->name, 1, kind->span, NULL);
        else if (!kind->has_catalog && !kind->is_optional)
            diag_error(diags, kind->span, DIAG_BAD_SCOPE,
                       "the scope does not say how many objects of the kind '%s' there are", kind->name);
    }
    return !diags_failed(diags) && add_named_by_attributes(&scoper) && !diags_failed(diags);
}

/* ---- attributes ---- */

static bool read_object_name(struct scoper *scoper, const struct type *type, const struct yaml *text, int32_t *value) {
    *value = -1;
    if (type->optional && strcmp(text->text, "none") == 0)
        return true;
    for (size_t i = 0; i < type->kind->objects.count; i++)
        if (type->kind->objects.at[i].name == text->text) {
            *value = (int32_t)i;
            return true;
        }
    diag_error(scoper->diags, text->span, DIAG_UNKNOWN_NAME, "no %s is called '%.60s'", type->kind->name, text->text);
    VEC(const char *) names = {0};
    for (size_t i = 0; i < type->kind->objects.count; i++)
        vec_push(&names, type->kind->objects.at[i].name);
    suggest(scoper->diags, text->span, text->text, names.at, names.count);
    vec_free(&names);
    return false;
}

static bool read_value(struct scoper *scoper, const struct type *type, const struct yaml *text, int32_t *value) {
    if (text->kind != YAML_TEXT) {
        diag_error(scoper->diags, text->span, DIAG_WRONG_SHAPE, "expected a single value");
        return false;
    }
    if (type->form == TYPE_REF)
        return read_object_name(scoper, type, text, value);
    if (type->form == TYPE_BOOL) {
        *value = strcmp(text->text, "true") == 0;
        if (!*value && strcmp(text->text, "false") != 0)
            diag_error(scoper->diags, text->span, DIAG_TYPE_MISMATCH, "expected 'true' or 'false', found '%.40s'",
                       text->text);
        return *value || strcmp(text->text, "false") == 0;
    }
    if (type->form == TYPE_ENUM) {
        for (size_t i = 0; i < type->enumeration->count; i++)
            if (type->enumeration->values[i] == text->text) {
                *value = (int32_t)i;
                return true;
            }
        diag_error(scoper->diags, text->span, DIAG_UNKNOWN_NAME, "'%.60s' is not a value of %s", text->text,
                   type->enumeration->name);
        suggest(scoper->diags, text->span, text->text, type->enumeration->values, type->enumeration->count);
        return false;
    }
    struct term *term = syntax_term(&scoper->syntax, text);
    if (term == NULL || !check_constant_int(scoper->rulebook, term, scoper->diags, value))
        return false;
    if (*value >= type->low && *value <= type->high)
        return true;
    diag_error(scoper->diags, text->span, DIAG_BAD_RANGE, "%d is outside the range %d..%d", *value, type->low,
               type->high);
    return false;
}

static void read_attribute(struct scoper *scoper, const struct kind *kind, struct object *object,
                           const struct field *field) {
    const struct yaml *node = find_attribute(kind, object, field);
    int32_t *values = object->constants + field->offset;
    const struct type *element = type_element(scoper->rulebook, field->type);
    bool may_lack = field->type->form == TYPE_SET || (field->type->form == TYPE_REF && field->type->optional);
    if (node == NULL) {
        if (field->text->initial != NULL) {
            for (uint32_t i = 0; i < field->width; i++)
                values[i] = field->initial;
        } else if (may_lack)
            values[0] = field->type->form == TYPE_SET ? 0 : -1;
        else
            diag_error(scoper->diags, object->span, DIAG_BAD_SCOPE, "'%s' has no value for the attribute '%s'",
                       object->name, field->name);
    } else if (field->width == 1 && field->type->form != TYPE_SET && field->type->form != TYPE_MAP) {
        read_value(scoper, element, node, values);
    } else if (node->kind != YAML_LIST) {
        diag_error(scoper->diags, node->span, DIAG_WRONG_SHAPE, "the attribute '%s' needs a list", field->name);
    } else if (field->type->form == TYPE_MAP) {
        if (node->count != field->width)
            diag_error(scoper->diags, node->span, DIAG_BAD_SCOPE, "the attribute '%s' needs %u values, found %zu",
                       field->name, field->width, node->count);
        for (size_t i = 0; i < node->count && i < field->width; i++)
            read_value(scoper, element, node->items[i], &values[i]);
    } else {
        for (size_t i = 0; i < node->count; i++) {
            int32_t index;
            if (read_value(scoper, field->type->kind->type, node->items[i], &index))
                values[index] = 1;
        }
    }
}

typedef VEC(const char *) name_list;

static bool is_listed(const name_list *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (names->at[i] == name)
            return true;
    return false;
}

/* Is this text, a key or a column, one of the kind's attributes? */
static void check_attribute_name(struct scoper *scoper, const struct kind *kind, const struct yaml *name) {
    name_list names = {0};
    for (size_t i = 0; i < kind->fields.count; i++)
        if (kind->fields.at[i]->is_constant)
            vec_push(&names, kind->fields.at[i]->name);
    if (!is_listed(&names, name->text)) {
        diag_error(scoper->diags, name->span, DIAG_UNKNOWN_FIELD, "the kind '%s' has no constant attribute '%.60s'",
                   kind->name, name->text);
        suggest(scoper->diags, name->span, name->text, names.at, names.count);
    }
    vec_free(&names);
}

/* A row of the catalog, or what the scope says of an object. */
static void check_attributes(struct scoper *scoper, const struct kind *kind, const struct yaml *attributes) {
    if (attributes->kind == YAML_MAP) {
        for (size_t i = 0; i < attributes->count; i++)
            check_attribute_name(scoper, kind, attributes->keys[i]);
    } else if (attributes->kind == YAML_TEXT) {
        diag_error(scoper->diags, attributes->span, DIAG_WRONG_SHAPE,
                   "expected the attributes as a list or mapping, found a text");
    } else if (kind->columns == NULL) {
        diag_error(scoper->diags, attributes->span, DIAG_MISSING_KEY,
                   "rows are lists; expected 'columns' in the catalog of '%s'", kind->name);
    } else if (attributes->count != kind->columns->count) {
        diag_error(scoper->diags, attributes->span, DIAG_BAD_SCOPE, "a row of %zu values; the catalog has %zu columns",
                   attributes->count, kind->columns->count);
    }
}

static void check_columns(struct scoper *scoper, const struct kind *kind) {
    const struct yaml *columns = kind->columns;
    if (columns->kind != YAML_LIST) {
        diag_error(scoper->diags, columns->span, DIAG_WRONG_SHAPE, "columns: expected a list of attributes");
        return;
    }
    name_list seen = {0};
    for (size_t i = 0; i < columns->count; i++) {
        const struct yaml *column = columns->items[i];
        if (column->kind != YAML_TEXT)
            diag_error(scoper->diags, column->span, DIAG_WRONG_SHAPE, "expected the name of an attribute");
        else if (is_listed(&seen, column->text))
            diag_error(scoper->diags, column->span, DIAG_DUPLICATE_NAME, "the column '%.60s' appears twice",
                       column->text);
        else
            check_attribute_name(scoper, kind, column);
        vec_push(&seen, column->text);
    }
    vec_free(&seen);
}

bool scope_attributes(struct rulebook *rulebook, struct diags *diags) {
    struct scoper scoper = {rulebook, {&rulebook->arena, &rulebook->intern, diags}, diags};
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        struct kind *kind = rulebook->kinds.at[k];
        if (kind->columns != NULL)
            check_columns(&scoper, kind);
        for (size_t i = 0; i < kind->catalog.count; i++) /* also those that are no objects here */
            check_attributes(&scoper, kind, kind->catalog.at[i].row);
        for (size_t i = 0; i < kind->objects.count; i++) {
            struct object *object = &kind->objects.at[i];
            object->constants = arena_alloc(&rulebook->arena, (kind->constant_width + 1) * sizeof *object->constants);
            if (object->attributes != NULL && find_entry(kind, object->name) == NULL)
                check_attributes(&scoper, kind, object->attributes);
            for (size_t j = 0; j < kind->fields.count; j++)
                if (kind->fields.at[j]->is_constant)
                    read_attribute(&scoper, kind, object, kind->fields.at[j]);
        }
    }
    return !diags_failed(diags);
}
