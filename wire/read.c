/* Files and shapes of the mapping. */
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
        wire_read_kinds(&reader, kinds);
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
