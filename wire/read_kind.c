/* Kinds of the mapping: ids, descriptions, how objects are made. */
#include <string.h>

#include "wire/reader.h"

/* Names only, so that terms and values may speak of kinds that come later. */
static void declare_kind(struct wire_reader *reader, const struct yaml *key, const struct yaml *node) {
    const struct kind *found = rulebook_kind(reader->rulebook, key->text);
    if (found == NULL) {
        diag_error(reader->diags, key->span, DIAG_UNKNOWN_NAME, "the rulebook has no kind '%.60s'", key->text);
        return;
    }
    if (!wire_shape(reader, node, YAML_MAP, key->text))
        return;
    WIRE_KEYS(reader, node, "a kind", "exists", "ids", "describe", "make", "find", "remove", "set");
    struct wire_kind *kind = arena_alloc(&reader->rulebook->arena, sizeof *kind);
    kind->name = key->text;
    kind->kind = found;
    kind->index = (uint32_t)reader->wire->kinds.count;
    const struct yaml *ids = yaml_get(node, "ids");
    for (size_t i = 0; ids != NULL && wire_shape(reader, ids, YAML_MAP, "ids") && i < ids->count; i++)
        vec_push(&kind->ids, ((struct wire_id){.of = kind, .name = ids->keys[i]->text, .index = (uint32_t)i}));
    if (kind->ids.count == 0 || strcmp(kind->ids.at[0].name, "id") != 0)
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "%s: expected ids, the first called 'id'", kind->name);
    vec_push(&reader->wire->kinds, kind);
}

static void read_ids(struct wire_reader *reader, struct wire_kind *kind, const struct yaml *node) {
    for (size_t i = 0; i < kind->ids.count; i++) {
        const struct yaml *item = node->items[i];
        struct wire_id *id = &kind->ids.at[i];
        if (!wire_shape(reader, item, YAML_MAP, id->name))
            continue;
        WIRE_KEYS(reader, item, "an id", "prefix", "form", "from", "exists", "changes", "same", "unknown");
        id->prefix = wire_text(reader, item, "prefix");
        id->form = wire_text(reader, item, "form");
        id->unknown = wire_text(reader, item, "unknown");
        id->exists = wire_read_condition(reader, item, "exists");
        id->changes = wire_read_term(reader, item, "changes");
        id->from = wire_read_term(reader, item, "from");
        id->same = wire_read_term(reader, item, "same");
        static const char *const forms[] = {"text", "ipv4", "ipv6", "cidr4", "cidr6", "public", "zone"};
        bool good = id->form == NULL;
        for (size_t k = 0; k < ARRAY_SIZE(forms); k++)
            good = good || strcmp(id->form, forms[k]) == 0;
        if (!good)
            diag_error(reader->diags, item->span, DIAG_UNKNOWN_NAME, "'%.40s' is no form of an id", id->form);
        if ((id->prefix != NULL) + (id->form != NULL) + (id->from != NULL) != 1)
            diag_error(reader->diags, item->span, DIAG_MISSING_KEY, "an id has one of prefix, form and from");
    }
}

static void read_describe(struct wire_reader *reader, struct wire_kind *kind, const struct yaml *node) {
    if (!wire_shape(reader, node, YAML_MAP, "describe"))
        return;
    WIRE_KEYS(reader, node, "describe", "operation", "list", "ids", "view", "filters", "settled", "of_scope");
    const struct yaml *operation = yaml_get(node, "operation"), *view = yaml_get(node, "view");
    const struct yaml *filters = yaml_get(node, "filters");
    const char *ids = wire_text(reader, node, "ids"), *list = wire_text(reader, node, "list");
    if (operation == NULL || view == NULL || ids == NULL || list == NULL) {
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "describe: expected operation, list, ids and view");
        return;
    }
    const struct wire_operation *found = wire_read_operation(reader, operation);
    const struct wire_member *member = found == NULL ? NULL : wire_read_path(reader, &found->output, list, node->span);
    if (member == NULL || !member->type.is_list || member->type.structure == NULL ||
        !wire_shape(reader, view, YAML_MAP, "view"))
        return;
    kind->describe_list = list;
    kind->describe_ids = wire_read_member(reader, &found->input, ids, node->span);
    kind->view = wire_read_members(reader, view, member->type.structure);
    kind->settled = wire_read_condition(reader, node, "settled");
    kind->describe = found;
    const struct yaml *scoped = yaml_get(node, "of_scope");
    for (size_t i = 0; scoped != NULL && wire_shape(reader, scoped, YAML_LIST, "of_scope") && i < scoped->count; i++)
        if (wire_shape(reader, scoped->items[i], YAML_TEXT, "of_scope") &&
            wire_read_member(reader, member->type.structure, scoped->items[i]->text, scoped->items[i]->span) != NULL)
            vec_push(&kind->of_scope, scoped->items[i]->text);
    for (size_t i = 0; filters != NULL && wire_shape(reader, filters, YAML_MAP, "filters") && i < filters->count; i++)
        if (wire_shape(reader, filters->items[i], YAML_TEXT, "a filter")) {
            struct wire_operation inner = {.output = *member->type.structure};
            const char *path = filters->items[i]->text;
            if (wire_read_path(reader, &inner.output, path, filters->items[i]->span) != NULL)
                vec_push(&kind->filters, ((struct wire_filter){filters->keys[i]->text, path}));
        }
}

static const struct wire_kind *kind_named(struct wire_reader *reader, const struct yaml *map, const char *key) {
    const char *name = wire_text(reader, map, key);
    if (name == NULL)
        return NULL;
    const struct kind *kind = rulebook_kind(reader->rulebook, name);
    const struct wire_kind *found = kind == NULL ? NULL : wire_kind(reader->wire, kind);
    if (found == NULL)
        diag_error(reader->diags, yaml_get(map, key)->span, DIAG_UNKNOWN_NAME, "no kind is called '%.60s'", name);
    return found;
}

static void read_make(struct wire_reader *reader, const struct wire_kind *kind, const struct yaml *node,
                      struct wire_make *make) {
    WIRE_KEYS(reader, node, "a call of a fixture", "if", "unless", "cannot", "each", "of", "where", "call", "send",
              "bind", "wait", "retry", "late", "without");
    make->condition = wire_read_condition(reader, node, "if");
    make->unless = wire_read_condition(reader, node, "unless");
    make->cannot = wire_text(reader, node, "cannot");
    make->each = kind_named(reader, node, "each");
    make->of = kind_named(reader, node, "of");
    make->bind = yaml_get(node, "bind");
    make->wait = yaml_get(node, "wait");
    make->retry = wire_text(reader, node, "retry");
    make->is_late = yaml_get(node, "late") != NULL;
    if (make->wait != NULL && (!wire_shape(reader, make->wait, YAML_MAP, "wait") || make->wait->count != 1 ||
                               !wire_shape(reader, make->wait->items[0], YAML_TEXT, "wait"))) {
        diag_error(reader->diags, node->span, DIAG_WRONG_SHAPE, "wait: expected { MEMBER: value }");
        make->wait = NULL;
    }
    const struct yaml *without = yaml_get(node, "without");
    for (size_t f = 0; without != NULL && f < kind->kind->fields.count; f++)
        if (without->kind == YAML_TEXT && strcmp(kind->kind->fields.at[f]->name, without->text) == 0 &&
            !kind->kind->fields.at[f]->is_constant && kind->kind->fields.at[f]->width == 1)
            make->without = kind->kind->fields.at[f];
    if (without != NULL && make->without == NULL)
        diag_error(reader->diags, without->span, DIAG_UNKNOWN_FIELD,
                   "without: expected a state field of %s with one value", kind->name);
    if (make->cannot != NULL || without != NULL)
        return;
    const struct yaml *call = yaml_get(node, "call"), *send = yaml_get(node, "send");
    if (call == NULL || send == NULL || !wire_shape(reader, send, YAML_MAP, "send")) {
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "expected 'call' and 'send', or 'cannot'");
        return;
    }
    make->operation = wire_read_operation(reader, call);
    if (make->operation == NULL)
        return;
    if (make->each != NULL) {
        reader->up = kind;
        reader->it = make->each;
        make->where = wire_read_condition(reader, node, "where");
    }
    reader->each_of = make->of;
    const struct wire_kind *bound = make->each != NULL ? make->each : kind;
    make->send = wire_read_members(reader, send, &make->operation->input);
    reader->it = kind;
    reader->up = NULL;
    reader->each_of = NULL;
    for (size_t i = 0; make->bind != NULL && wire_shape(reader, make->bind, YAML_MAP, "bind") && i < make->bind->count;
         i++) {
        if (wire_id(bound, make->bind->keys[i]->text) == NULL)
            diag_error(reader->diags, make->bind->keys[i]->span, DIAG_UNKNOWN_NAME, "a %s has no id '%.60s'",
                       kind->name, make->bind->keys[i]->text);
        if (wire_shape(reader, make->bind->items[i], YAML_TEXT, "bind"))
            wire_read_path(reader, &make->operation->output, make->bind->items[i]->text, make->bind->items[i]->span);
    }
}

/* OPERATION: { MEMBER.PATH: constant field } */
static void read_settings(struct wire_reader *reader, struct wire_kind *kind, const struct yaml *node) {
    for (size_t i = 0; wire_shape(reader, node, YAML_MAP, "set") && i < node->count; i++) {
        const struct wire_operation *operation = wire_read_operation(reader, node->keys[i]);
        const struct yaml *list = node->items[i];
        const struct wire_member *object = NULL;
        /* the id is a member of the same name as in descriptions */
        for (size_t f = 0; operation != NULL && kind->view != NULL && f < kind->view->fields.count; f++)
            if (kind->view->fields.at[f].value->id == &kind->ids.at[0])
                object = wire_read_member(reader, &operation->input, kind->view->fields.at[f].member->name, list->span);
        for (size_t j = 0; object != NULL && wire_shape(reader, list, YAML_MAP, "set") && j < list->count; j++) {
            const struct field *found = NULL;
            for (size_t f = 0; f < kind->kind->fields.count; f++)
                if (list->items[j]->kind == YAML_TEXT &&
                    strcmp(kind->kind->fields.at[f]->name, list->items[j]->text) == 0)
                    found = kind->kind->fields.at[f];
            if (found == NULL || !found->is_constant || found->type->form != TYPE_BOOL)
                diag_error(reader->diags, list->items[j]->span, DIAG_UNKNOWN_FIELD,
                           "expected a constant attribute of %s that is true or false", kind->name);
            else if (wire_read_path(reader, &operation->input, list->keys[j]->text, list->keys[j]->span) != NULL)
                vec_push(&kind->settings, ((struct wire_setting){operation, object, list->keys[j]->text, found}));
        }
    }
}

static void read_kind(struct wire_reader *reader, struct wire_kind *kind, const struct yaml *node) {
    static const char *const names[] = {"make", "find", "remove"};
    reader->it = kind;
    kind->exists = wire_read_condition(reader, node, "exists");
    read_ids(reader, kind, yaml_get(node, "ids"));
    if (yaml_get(node, "describe") != NULL)
        read_describe(reader, kind, yaml_get(node, "describe"));
    if (yaml_get(node, "set") != NULL)
        read_settings(reader, kind, yaml_get(node, "set"));
    wire_makes *const lists[] = {&kind->make, &kind->find, &kind->remove};
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        const struct yaml *list = yaml_get(node, names[k]);
        for (size_t i = 0; list != NULL && wire_shape(reader, list, YAML_LIST, names[k]) && i < list->count; i++) {
            struct wire_make make = {0};
            if (!wire_shape(reader, list->items[i], YAML_MAP, names[k]))
                continue;
            read_make(reader, kind, list->items[i], &make);
            vec_push(lists[k], make);
        }
    }
    reader->it = NULL;
}

void wire_read_kinds(struct wire_reader *reader, const struct yaml *file) {
    struct wire *wire = reader->wire;
    WIRE_KEYS(reader, file, "kinds.yaml", "title", "profile", "small_limits", "kinds", "values");
    const struct yaml *kinds = yaml_get(file, "kinds"), *limits = yaml_get(file, "small_limits");
    wire->profile = yaml_get(file, "profile");
    wire->values = yaml_get(file, "values");
    if (kinds == NULL || wire->profile == NULL || wire->values == NULL) {
        diag_error(reader->diags, file->span, DIAG_MISSING_KEY, "expected profile, kinds and values");
        return;
    }
    if (!wire_shape(reader, kinds, YAML_MAP, "kinds") || !wire_shape(reader, wire->profile, YAML_MAP, "profile") ||
        !wire_shape(reader, wire->values, YAML_MAP, "values"))
        return;
    for (size_t i = 0; limits != NULL && wire_shape(reader, limits, YAML_LIST, "small_limits") && i < limits->count;
         i++)
        if (wire_shape(reader, limits->items[i], YAML_TEXT, "a code"))
            vec_push(&wire->small_limits, limits->items[i]->text);
    for (size_t i = 0; i < kinds->count; i++)
        declare_kind(reader, kinds->keys[i], kinds->items[i]);
    if (diags_failed(reader->diags))
        return;
    for (size_t i = 0; i < kinds->count; i++)
        read_kind(reader, wire->kinds.at[i], kinds->items[i]);
}
