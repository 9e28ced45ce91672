/* Files, shapes and kinds of the mapping. */
#include "wire/wire.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "model/sections.h"
#include "wire/reader.h"

/* ---- helpers ---- */

bool wire_shape(struct wire_reader *reader, const struct yaml *node, enum yaml_kind kind, const char *what) {
    static const char *const names[] = {"a text", "a list", "a mapping"};
    if (node != NULL && node->kind == kind)
        return true;
    if (node != NULL)
        diag_error(reader->diags, node->span, DIAG_WRONG_SHAPE, "%s: expected %s, found %s", what, names[kind],
                   names[node->kind]);
    return false;
}

void wire_keys(struct wire_reader *reader, const struct yaml *map, const char *const *allowed, size_t count,
               const char *what) {
    for (size_t i = 0; i < map->count; i++) {
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(map->keys[i]->text, allowed[j]) == 0;
        if (known)
            continue;
        diag_error(reader->diags, map->keys[i]->span, DIAG_UNKNOWN_KEY, "%s has no key '%.60s'", what,
                   map->keys[i]->text);
        suggest(reader->diags, map->keys[i]->span, map->keys[i]->text, allowed, count);
    }
}

const char *wire_text(struct wire_reader *reader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    return node != NULL && wire_shape(reader, node, YAML_TEXT, key) ? node->text : NULL;
}

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

const struct wire_member *wire_read_member(struct wire_reader *reader, const struct wire_structure *structure,
                                           const char *name, struct span span) {
    const struct wire_member *member = wire_member(structure, name);
    if (member != NULL)
        return member;
    VEC(const char *) names = {0};
    for (size_t i = 0; i < structure->members.count; i++)
        vec_push(&names, structure->members.at[i].name);
    diag_error(reader->diags, span, DIAG_UNKNOWN_NAME, "%s has no member '%.60s' in shapes.yaml", structure->name,
               name);
    suggest(reader->diags, span, name, names.at, names.count);
    vec_free(&names);
    return NULL;
}

const struct wire_member *wire_read_path(struct wire_reader *reader, const struct wire_structure *structure,
                                         const char *path, struct span span) {
    const struct wire_member *member = NULL;
    while (*path != '\0') {
        size_t length = strcspn(path, ".");
        bool is_index = strspn(path, "0123456789#") == length;
        if (!is_index) {
            const struct wire_structure *place = member == NULL ? structure : member->type.structure;
            const char *name = intern_text(&reader->rulebook->intern, path, length);
            if (place == NULL) {
                diag_error(reader->diags, span, DIAG_UNKNOWN_NAME, "'%.60s' is inside a member that is no structure",
                           name);
                return NULL;
            }
            member = wire_read_member(reader, place, name, span);
        }
        if (member == NULL)
            return NULL;
        path += length + (path[length] == '.');
    }
    return member;
}

const struct wire_operation *wire_read_operation(struct wire_reader *reader, const struct yaml *name) {
    if (!wire_shape(reader, name, YAML_TEXT, "operation"))
        return NULL;
    const struct wire_operation *operation = wire_operation(reader->wire, name->text);
    if (operation == NULL)
        diag_error(reader->diags, name->span, DIAG_UNKNOWN_NAME, "shapes.yaml has no operation '%.60s'", name->text);
    return operation;
}

/* ---- shapes ---- */

static const char *with_first(struct wire_reader *reader, const char *name, int (*letter)(int)) {
    char *copy = arena_text(&reader->rulebook->arena, name, strlen(name));
    copy[0] = (char)letter((unsigned char)copy[0]);
    return copy;
}

static const struct wire_structure *find_structure(const struct wire *wire, const char *name) {
    for (size_t i = 0; i < wire->structures.count; i++)
        if (strcmp(wire->structures.at[i]->name, name) == 0)
            return wire->structures.at[i];
    return NULL;
}

/* "list of Filter as filter" */
static void read_shape_member(struct wire_reader *reader, struct wire_structure *structure, const struct yaml *key,
                              const struct yaml *node) {
    if (!wire_shape(reader, node, YAML_TEXT, key->text))
        return;
    struct wire_member member = {.name = key->text};
    const char *text = node->text, *as = strstr(text, " as ");
    size_t length = as == NULL ? strlen(text) : (size_t)(as - text);
    member.type.is_list = strncmp(text, "list of ", 8) == 0;
    if (member.type.is_list) {
        text += 8;
        length -= 8;
    }
    const char *type = intern_text(&reader->rulebook->intern, text, length);
    const char *name = as == NULL ? key->text : as + 4;
    member.request_name = with_first(reader, name, toupper);
    member.answer_name = as == NULL ? with_first(reader, name, tolower) : name;
    if (strcmp(type, "string") == 0 || strcmp(type, "timestamp") == 0) {
        member.type.scalar = WIRE_STRING;
    } else if (strcmp(type, "integer") == 0) {
        member.type.scalar = WIRE_INTEGER;
    } else if (strcmp(type, "boolean") == 0) {
        member.type.scalar = WIRE_BOOLEAN;
    } else {
        member.type.scalar = WIRE_STRUCTURE;
        member.type.structure = find_structure(reader->wire, type);
        if (member.type.structure == NULL)
            diag_error(reader->diags, node->span, DIAG_UNKNOWN_TYPE, "no structure is called '%.60s'", type);
    }
    vec_push(&structure->members, member);
}

static void read_shape(struct wire_reader *reader, struct wire_structure *structure, const struct yaml *node) {
    structure->is_there = node != NULL;
    for (size_t i = 0; node != NULL && wire_shape(reader, node, YAML_MAP, structure->name) && i < node->count; i++)
        read_shape_member(reader, structure, node->keys[i], node->items[i]);
}

static void read_shapes(struct wire_reader *reader, const struct yaml *file) {
    const struct yaml *structures = yaml_get(file, "structures"), *operations = yaml_get(file, "operations");
    struct arena *arena = &reader->rulebook->arena;
    WIRE_KEYS(reader, file, "shapes.yaml", "title", "version", "namespace", "operations", "structures");
    reader->wire->version = wire_text(reader, file, "version");
    reader->wire->namespace = wire_text(reader, file, "namespace");
    if (structures == NULL || operations == NULL || reader->wire->version == NULL || reader->wire->namespace == NULL) {
        diag_error(reader->diags, file->span, DIAG_MISSING_KEY,
                   "expected version, namespace, operations and structures");
        return;
    }
    if (!wire_shape(reader, structures, YAML_MAP, "structures") ||
        !wire_shape(reader, operations, YAML_MAP, "operations"))
        return;
    for (size_t i = 0; i < structures->count; i++) {
        struct wire_structure *structure = arena_alloc(arena, sizeof *structure);
        structure->name = structures->keys[i]->text;
        vec_push(&reader->wire->structures, structure);
    }
    for (size_t i = 0; i < structures->count; i++)
        read_shape(reader, reader->wire->structures.at[i], structures->items[i]);
    for (size_t i = 0; i < operations->count; i++) {
        struct wire_operation *operation = arena_alloc(arena, sizeof *operation);
        operation->name = operation->input.name = operation->output.name = operations->keys[i]->text;
        if (wire_shape(reader, operations->items[i], YAML_MAP, operation->name)) {
            WIRE_KEYS(reader, operations->items[i], "an operation", "input", "output");
            read_shape(reader, &operation->input, yaml_get(operations->items[i], "input"));
            read_shape(reader, &operation->output, yaml_get(operations->items[i], "output"));
        }
        vec_push(&reader->wire->operations, operation);
    }
}

/* ---- kinds ---- */

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

static void read_kinds(struct wire_reader *reader, const struct yaml *file) {
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

/* ---- files ---- */

static const struct yaml *read_file(struct wire_reader *reader, const char *folder, const char *name) {
    const char *path = arena_format(&reader->rulebook->arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    VEC(char) text = {0};
    size_t got = file != NULL;
    int why = errno;
    while (got > 0 && text.count <= LIMIT_FILE_BYTES) {
        vec_reserve(&text, text.count + 65536);
        got = fread(text.at + text.count, 1, text.room - text.count, file);
        text.count += got;
    }
    bool good = file != NULL && !ferror(file) && text.count <= LIMIT_FILE_BYTES;
    if (file != NULL)
        fclose(file);
    vec_push(&text, '\0');
    uint32_t number = diags_add_file(reader->diags, path, text.at, text.count - 1);
    if (!good) {
        diag_error(reader->diags, (struct span){number, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
                   file == NULL ? strerror(why) : "too large, or no regular file");
        return NULL;
    }
    struct yaml *tree = yaml_parse(number, &reader->rulebook->arena, &reader->rulebook->intern, reader->diags);
    return tree != NULL && wire_shape(reader, tree, YAML_MAP, name) ? tree : NULL;
}

bool wire_applies(const struct rulebook *rulebook) {
    for (size_t i = 0; i < rulebook->files.count; i++) {
        const char *path = rulebook->files.at[i];
        size_t length = path == NULL ? 0 : strlen(path);
        if (length >= 14 && strcmp(path + length - 14, "ec2/kinds.yaml") == 0)
            return true;
    }
    return rulebook_kind(rulebook, "eni") != NULL && rulebook_kind(rulebook, "client_token") != NULL;
}

struct wire *wire_read(const char *folder, struct rulebook *rulebook, struct diags *diags) {
    struct wire *wire = arena_alloc(&rulebook->arena, sizeof *wire);
    struct wire_reader reader = {.wire = wire, .rulebook = rulebook, .diags = diags};
    wire->rulebook = rulebook;
    const struct yaml *shapes = read_file(&reader, folder, "shapes.yaml");
    const struct yaml *kinds = read_file(&reader, folder, "kinds.yaml");
    const struct yaml *actions = read_file(&reader, folder, "actions.yaml");
    if (shapes != NULL)
        read_shapes(&reader, shapes);
    if (kinds != NULL && !diags_failed(diags))
        read_kinds(&reader, kinds);
    if (actions != NULL && !diags_failed(diags)) {
        WIRE_KEYS(&reader, actions, "actions.yaml", "title", "actions", "events");
        wire_read_actions(&reader, yaml_get(actions, "actions"));
        wire_read_events(&reader, yaml_get(actions, "events"));
    }
    if (!diags_failed(diags))
        return wire;
    wire_free(wire);
    return NULL;
}

void wire_free(struct wire *wire) {
    if (wire == NULL)
        return;
    for (size_t i = 0; i < wire->patterns.count; i++) {
        regfree(wire->patterns.at[i]);
        free(wire->patterns.at[i]);
    }
    for (size_t i = 0; i < wire->values_made.count; i++) {
        vec_free(&wire->values_made.at[i]->fields);
        vec_free(&wire->values_made.at[i]->items);
    }
    for (size_t i = 0; i < wire->structures.count; i++)
        vec_free(&wire->structures.at[i]->members);
    for (size_t i = 0; i < wire->operations.count; i++) {
        vec_free(&wire->operations.at[i]->input.members);
        vec_free(&wire->operations.at[i]->output.members);
    }
    for (size_t i = 0; i < wire->kinds.count; i++) {
        vec_free(&wire->kinds.at[i]->ids);
        vec_free(&wire->kinds.at[i]->filters);
        vec_free(&wire->kinds.at[i]->of_scope);
        vec_free(&wire->kinds.at[i]->settings);
        vec_free(&wire->kinds.at[i]->make);
        vec_free(&wire->kinds.at[i]->find);
        vec_free(&wire->kinds.at[i]->remove);
    }
    for (size_t i = 0; i < wire->actions.count; i++) {
        struct wire_action *action = wire->actions.at[i];
        for (size_t f = 0; f < action->forms.count; f++) {
            vec_free(&action->forms.at[f].with);
            vec_free(&action->forms.at[f].arbitrary);
        }
        vec_free(&action->forms);
        vec_free(&action->answers);
        vec_free(&action->unmapped);
        vec_free(&action->ignored);
    }
    vec_free(&wire->structures);
    vec_free(&wire->operations);
    vec_free(&wire->kinds);
    vec_free(&wire->actions);
    vec_free(&wire->events);
    vec_free(&wire->small_limits);
    vec_free(&wire->strangers);
    vec_free(&wire->patterns);
    vec_free(&wire->values_made);
}
