/* From YAML trees to the rulebook's lists.  Names inside expressions stay open (see check.c). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/loader.h"

static bool load_file(struct loader *loader, const char *path, struct span from);

/* ---- small readers ---- */

void suggest(struct diags *diags, struct span span, const char *name, const char *const *candidates, size_t count) {
    if (diags->error_count > LIMIT_ERRORS)
        return; /* nobody will see it */
    unsigned best = (unsigned)strlen(name) / 3 + 2;
    const char *closest = NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = edit_distance(name, candidates[i], best);
        if (distance < best && distance > 0) { /* the name itself is something else, of no use here */
            best = distance;
            closest = candidates[i];
        }
    }
    if (closest != NULL)
        diag_note(diags, span, "the closest is '%s'", closest);
}

static const char *shape_text(const struct yaml *node) {
    return node->kind == YAML_TEXT ? "text" : node->kind == YAML_LIST ? "list" : "mapping";
}

bool loader_has_shape(struct loader *loader, const struct yaml *node, enum yaml_kind kind, const char *what) {
    if (node->kind == kind)
        return true;
    static const char *const names[] = {"a text", "a list", "a mapping"};
    diag_error(loader->diags, node->span, DIAG_WRONG_SHAPE, "%s: expected %s, found a %s", what, names[kind],
               shape_text(node));
    return false;
}

void loader_check_keys(struct loader *loader, const struct yaml *map, const char *const *allowed, size_t count,
                       const char *what) {
    for (size_t i = 0; i < map->count; i++) {
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(map->keys[i]->text, allowed[j]) == 0;
        if (known)
            continue;
        diag_error(loader->diags, map->keys[i]->span, DIAG_UNKNOWN_KEY, "%s has no key '%.60s'", what,
                   map->keys[i]->text);
        suggest(loader->diags, map->keys[i]->span, map->keys[i]->text, allowed, count);
    }
}

const char *loader_text(struct loader *loader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    return node != NULL && loader_has_shape(loader, node, YAML_TEXT, key) ? node->text : NULL;
}

bool loader_flag(struct loader *loader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL || !loader_has_shape(loader, node, YAML_TEXT, key))
        return false;
    if (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0)
        diag_error(loader->diags, node->span, DIAG_WRONG_SHAPE, "%s: expected 'true' or 'false', found '%.40s'", key,
                   node->text);
    return strcmp(node->text, "true") == 0;
}

int loader_choice(struct loader *loader, const struct yaml *map, const char *key, const char *const *names,
                  size_t count, int otherwise) {
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL || !loader_has_shape(loader, node, YAML_TEXT, key))
        return otherwise;
    for (size_t i = 0; i < count; i++)
        if (strcmp(node->text, names[i]) == 0)
            return (int)i;
    diag_error(loader->diags, node->span, DIAG_UNKNOWN_NAME, "%s: '%.40s' is not one of its values", key, node->text);
    suggest(loader->diags, node->span, node->text, names, count);
    return otherwise;
}

struct term *loader_term(struct loader *loader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    return node == NULL ? NULL : syntax_term(&loader->syntax, node);
}

bool check_identifier(const char *text, struct span span, bool is_quotable, const char *what, struct diags *diags) {
    bool good = text[0] != '\0' && strlen(text) <= 100 && !syntax_is_reserved(text);
    for (size_t i = 0; text[i] != '\0' && good; i++) {
        bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
        bool digit = text[i] >= '0' && text[i] <= '9';
        bool other = strchr("-.:/", text[i]) != NULL;
        good = letter || (digit && (i > 0 || is_quotable)) || (is_quotable && other);
    }
    if (!good)
        diag_error(diags, span, DIAG_BAD_NAME, "'%.60s' cannot be the name of %s%s", text, what,
                   syntax_is_reserved(text) ? ": the word is reserved" : "");
    return good;
}

bool loader_is_name(struct loader *loader, const struct yaml *node, bool is_quotable, const char *what) {
    return check_identifier(node->text, node->span, is_quotable, what, loader->diags);
}

static const char *const confidences[] = {"", "high", "medium", "low"};

struct origin loader_origin(struct loader *loader, const struct yaml *map, const char *id, struct span span) {
    struct origin origin = {.id = id, .span = span, .capability = loader->capability};
    if (map == NULL)
        return origin;
    if (yaml_get(map, "capability") != NULL)
        origin.capability = loader_text(loader, map, "capability");
    const char *own = loader_text(loader, map, "id");
    if (own != NULL)
        origin.id = own;
    origin.source = loader_text(loader, map, "source");
    origin.about = loader_text(loader, map, "about");
    origin.confidence =
        (enum confidence)loader_choice(loader, map, "confidence", confidences, ARRAY_SIZE(confidences), 0);
    return origin;
}

/* ---- sections ---- */

void loader_duplicate(struct loader *loader, struct span span, struct span first, const char *what, const char *name) {
    diag_error(loader->diags, span, DIAG_DUPLICATE_NAME, "%s '%.60s' is declared twice", what, name);
    diag_note(loader->diags, first, "the first one is here");
}

/* Names are looked up in lists, so there may not be too many. */
static bool may_declare(struct loader *loader, const struct yaml *section) {
    bool fitted = loader->declared <= LIMIT_DECLARATIONS;
    loader->declared += section->count;
    if (fitted && loader->declared > LIMIT_DECLARATIONS)
        diag_error(loader->diags, section->span, DIAG_TOO_LARGE, "more than %d declarations", LIMIT_DECLARATIONS);
    return loader->declared <= LIMIT_DECLARATIONS;
}

static void load_constants(struct loader *loader, const struct yaml *section, bool variants) {
    if (!loader_has_shape(loader, section, YAML_MAP, variants ? "variants" : "constants"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!loader_is_name(loader, key, false, variants ? "a variant" : "a constant"))
            continue;
        struct constant *old = rulebook_constant(loader->rulebook, key->text);
        if (old != NULL) {
            loader_duplicate(loader, key->span, old->span, "the constant", key->text);
            continue;
        }
        struct constant *constant = arena_alloc(&loader->rulebook->arena, sizeof *constant);
        constant->name = key->text;
        constant->span = key->span;
        constant->is_variant = constant->is_bool = variants;
        if (variants) {
            constant->about = loader_has_shape(loader, item, YAML_TEXT, "what the variant changes") ? item->text : NULL;
        } else if (item->kind == YAML_MAP) {
            CHECK_KEYS(loader, item, "a constant", "value", "about", "source", "confidence", "id");
            constant->term = loader_term(loader, item, "value");
            constant->about = loader_text(loader, item, "about");
            if (yaml_get(item, "value") == NULL)
                diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "the constant '%s' has no 'value'", key->text);
        } else {
            constant->term = syntax_term(&loader->syntax, item);
        }
        vec_push(&loader->rulebook->constants, constant);
    }
}

static void load_enumerations(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "enums"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!loader_is_name(loader, key, false, "an enumeration") ||
            !loader_has_shape(loader, item, YAML_LIST, "the values"))
            continue;
        struct enumeration *old = rulebook_enumeration(loader->rulebook, key->text);
        if (old != NULL) {
            loader_duplicate(loader, key->span, old->span, "the enumeration", key->text);
            continue;
        }
        struct enumeration *enumeration = arena_alloc(&loader->rulebook->arena, sizeof *enumeration);
        enumeration->name = key->text;
        enumeration->span = key->span;
        enumeration->values = arena_alloc(&loader->rulebook->arena, (item->count + 1) * sizeof *enumeration->values);
        if (item->count == 0)
            diag_error(loader->diags, item->span, DIAG_BAD_RANGE, "the enumeration '%s' has no values", key->text);
        if (item->count > LIMIT_ENUM_VALUES) {
            diag_error(loader->diags, key->span, DIAG_TOO_LARGE, "an enumeration of %zu values; at most %d are allowed",
                       item->count, LIMIT_ENUM_VALUES);
            continue;
        }
        for (size_t j = 0; j < item->count; j++)
            if (loader_has_shape(loader, item->items[j], YAML_TEXT, "a value") &&
                loader_is_name(loader, item->items[j], true, "a value")) {
                for (size_t k = 0; k < enumeration->count; k++)
                    if (enumeration->values[k] == item->items[j]->text)
                        diag_error(loader->diags, item->items[j]->span, DIAG_DUPLICATE_NAME,
                                   "the value '%.60s' is declared twice", item->items[j]->text);
                enumeration->values[enumeration->count++] = item->items[j]->text;
            }
        vec_push(&loader->rulebook->enumerations, enumeration);
    }
}

void loader_fields(struct loader *loader, struct kind *kind, const struct yaml *map, bool is_constant) {
    if (map == NULL || !loader_has_shape(loader, map, YAML_MAP, is_constant ? "constants" : "state") ||
        !may_declare(loader, map))
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *key = map->keys[i];
        if (!loader_is_name(loader, key, false, "a field"))
            continue;
        for (size_t j = 0; j < kind->fields.count; j++)
            if (kind->fields.at[j]->name == key->text)
                loader_duplicate(loader, key->span, kind->fields.at[j]->span, "the field", key->text);
        struct field *field = arena_alloc(&loader->rulebook->arena, sizeof *field);
        field->name = key->text;
        field->span = key->span;
        field->kind = kind;
        field->is_constant = is_constant;
        field->text = syntax_type(&loader->syntax, map->items[i]);
        vec_push(&kind->fields, field);
    }
}

static void load_kinds(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "kinds"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!loader_is_name(loader, key, false, "a kind") || !loader_has_shape(loader, item, YAML_MAP, "a kind"))
            continue;
        struct kind *old = rulebook_kind(loader->rulebook, key->text);
        if (old != NULL) {
            loader_duplicate(loader, key->span, old->span, "the kind", key->text);
            continue;
        }
        CHECK_KEYS(loader, item, "a kind", "about", "optional", "constants", "state");
        struct kind *kind = arena_alloc(&loader->rulebook->arena, sizeof *kind);
        kind->name = key->text;
        kind->span = key->span;
        kind->about = loader_text(loader, item, "about");
        kind->is_optional = loader_flag(loader, item, "optional");
        loader_fields(loader, kind, yaml_get(item, "constants"), true);
        loader_fields(loader, kind, yaml_get(item, "state"), false);
        kind->index = (uint32_t)loader->rulebook->kinds.count;
        vec_push(&loader->rulebook->kinds, kind);
    }
}

/* catalog: { instance_type: { columns: [max_enis, ...], rows: { t3.micro: [2, ...], ... } } } */
static void load_catalogs(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "catalog"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        struct kind *kind = rulebook_kind(loader->rulebook, key->text);
        if (kind == NULL) {
            diag_error(loader->diags, key->span, DIAG_UNKNOWN_NAME, "no kind is called '%.60s'", key->text);
            continue;
        }
        if (!loader_has_shape(loader, item, YAML_MAP, "a catalog"))
            continue;
        CHECK_KEYS(loader, item, "a catalog", "source", "about", "columns", "rows");
        if (kind->has_catalog) {
            diag_error(loader->diags, key->span, DIAG_DUPLICATE_NAME, "the kind '%s' has a catalog already",
                       kind->name);
            continue;
        }
        const struct yaml *rows = yaml_get(item, "rows");
        kind->has_catalog = true;
        kind->columns = yaml_get(item, "columns");
        if (rows == NULL)
            diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "the catalog of '%s' has no 'rows'", kind->name);
        else if (loader_has_shape(loader, rows, YAML_MAP, "rows"))
            for (size_t j = 0; j < rows->count; j++)
                if (loader_is_name(loader, rows->keys[j], true, "an object"))
                    vec_push(&kind->catalog,
                             ((struct catalog_entry){rows->keys[j]->text, rows->keys[j]->span, rows->items[j]}));
    }
}

static void load_definitions(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "definitions"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        struct definition *definition = arena_alloc(&loader->rulebook->arena, sizeof *definition);
        if (!syntax_signature(&loader->syntax, section->keys[i], &definition->signature))
            continue;
        definition->name = definition->signature.name;
        for (size_t j = 0; j < loader->rulebook->definitions.count; j++)
            if (loader->rulebook->definitions.at[j]->name == definition->name)
                loader_duplicate(loader, definition->signature.span,
                                 loader->rulebook->definitions.at[j]->signature.span, "the definition",
                                 definition->name);
        const struct yaml *item = section->items[i];
        definition->text = item;
        if (item->kind == YAML_MAP) {
            CHECK_KEYS(loader, item, "a definition", "about", "is", "source", "confidence", "id");
            definition->text = yaml_get(item, "is");
        }
        if (definition->text == NULL)
            diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "the definition '%s' has no 'is'",
                       definition->name);
        else
            definition->body = syntax_term(&loader->syntax, definition->text);
        vec_push(&loader->rulebook->definitions, definition);
    }
}

static void load_initially(struct loader *loader, const struct yaml *list) {
    if (!loader_has_shape(loader, list, YAML_LIST, "initially"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        struct effect *effect = syntax_effect(&loader->syntax, list->items[i]);
        if (effect != NULL)
            vec_push(&loader->rulebook->initially, effect);
    }
}

/* A later file's setting replaces an earlier one's; the command line comes last. */
static void load_settings(struct loader *loader, const struct yaml *map) {
    if (!loader_has_shape(loader, map, YAML_MAP, "set"))
        return;
    for (size_t i = 0; i < map->count; i++)
        if (loader_has_shape(loader, map->items[i], YAML_TEXT, "a setting"))
            vec_push(&loader->rulebook->settings,
                     ((struct setting){map->keys[i]->text, map->items[i]->text, map->items[i]->span}));
}

static void load_includes(struct loader *loader, const struct yaml *list, const char *path) {
    if (!loader_has_shape(loader, list, YAML_LIST, "include"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (!loader_has_shape(loader, item, YAML_TEXT, "a path to include"))
            continue;
        const char *slash = strrchr(path, '/');
        int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
        const char *beside = item->text[0] == '/'
                                 ? item->text
                                 : arena_format(&loader->rulebook->arena, "%.*s%s", folder, path, item->text);
        struct stat status;
        if (stat(beside, &status) != 0 && loader->rulebook->library != NULL && item->text[0] != '/') {
            const char *bundled =
                arena_format(&loader->rulebook->arena, "%s/%s", loader->rulebook->library, item->text);
            if (stat(bundled, &status) == 0)
                beside = bundled;
        }
        load_file(loader, beside, item->span);
    }
}

static void load_plain_constants(struct loader *loader, const struct yaml *section) {
    load_constants(loader, section, false);
}

static void load_variants(struct loader *loader, const struct yaml *section) { load_constants(loader, section, true); }

static void load_scope(struct loader *loader, const struct yaml *section) {
    if (loader_has_shape(loader, section, YAML_MAP, "scope"))
        vec_push(&loader->rulebook->scopes, section);
}

static void load_allow(struct loader *loader, const struct yaml *section) {
    vec_push(&loader->rulebook->allows, section);
}

/* In this order: each may need what stands above it. */
static const struct {
    const char *key;
    void (*load)(struct loader *loader, const struct yaml *section);
} sections[] = {{"constants", load_plain_constants},
                {"variants", load_variants},
                {"enums", load_enumerations},
                {"kinds", load_kinds},
                {"catalog", load_catalogs},
                {"definitions", load_definitions},
                {"actions", load_actions},
                {"processes", load_processes},
                {"plan", load_plan},
                {"properties", load_properties},
                {"initially", load_initially},
                {"set", load_settings},
                {"scope", load_scope},
                {"allow", load_allow}};

static void load_sections(struct loader *loader, const struct yaml *root, const char *path) {
    if (!loader_has_shape(loader, root, YAML_MAP, "a rulebook"))
        return;
    CHECK_KEYS(loader, root, "a rulebook", "title", "about", "capability", "include", "constants", "variants", "enums",
               "kinds", "catalog", "definitions", "actions", "processes", "plan", "properties", "scope", "initially",
               "allow", "set");
    if (yaml_get(root, "include") != NULL)
        load_includes(loader, yaml_get(root, "include"), path);
    loader->rulebook->title = loader_text(loader, root, "title");
    loader->rulebook->about = loader_text(loader, root, "about");
    loader->capability = loader_text(loader, root, "capability"); /* an included file does not hand its own on */
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        const struct yaml *section = yaml_get(root, sections[i].key);
        if (section != NULL && may_declare(loader, section))
            sections[i].load(loader, section);
    }
}

/* ---- files ---- */

static char *read_whole(FILE *file, size_t *bytes) {
    VEC(char) text = {0};
    for (;;) {
        vec_reserve(&text, text.count + 65536);
        size_t got = fread(text.at + text.count, 1, text.room - text.count, file);
        text.count += got;
        if (got == 0 || text.count > LIMIT_FILE_BYTES)
            break;
    }
    vec_push(&text, '\0');
    *bytes = text.count - 1;
    return text.at;
}

static bool is_loaded(const struct loader *loader, const struct stat *status) {
    for (size_t i = 0; i < loader->loaded.count; i++)
        if (loader->loaded.at[i].device == status->st_dev && loader->loaded.at[i].inode == status->st_ino)
            return true;
    return false;
}

static bool load_file(struct loader *loader, const char *path, struct span from) {
    struct diags *diags = loader->diags;
    bool is_main = loader->loaded.count == 0;
    bool is_stdin = is_main && strcmp(path, "-") == 0;
    struct stat status;
    errno = 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    const char *problem = NULL;
    if (file == NULL || fstat(fileno(file), &status) != 0)
        problem = strerror(errno);
    else if (!is_stdin && S_ISDIR(status.st_mode))
        problem = "is a folder";
    else if (is_loaded(loader, &status)) { /* a file included from two places counts once */
        fclose(file);
        return true;
    } else if (loader->loaded.count >= LIMIT_INCLUDE_FILES) {
        fclose(file);
        diag_error(diags, from, DIAG_INCLUDE, "more than %d included files", LIMIT_INCLUDE_FILES);
        return false;
    }
    size_t bytes = 0;
    char *text = NULL;
    if (problem == NULL) {
        text = read_whole(file, &bytes);
        if (ferror(file))
            problem = strerror(errno);
        else if (bytes > LIMIT_FILE_BYTES)
            problem = "is larger than 16 MiB";
    }
    if (file != NULL && !is_stdin)
        fclose(file);
    if (problem != NULL) {
        free(text);
        if (is_main) {
            struct span whole = {diags_add_file(diags, path, NULL, 0), 0, 0, 0};
            diag_error(diags, whole, DIAG_FILE, "cannot be read: %s", problem);
        } else {
            diag_error(diags, from, DIAG_INCLUDE, "'%s' cannot be read: %s", path, problem);
        }
        return false;
    }
    const char *kept = arena_text(&loader->rulebook->arena, path, strlen(path));
    vec_push(&loader->loaded, ((struct file_identity){status.st_dev, status.st_ino}));
    uint32_t index = diags_add_file(diags, is_stdin ? "<stdin>" : kept, text, bytes);
    sha256_add(&loader->hash, text, bytes);
    while (loader->rulebook->files.count <= index)
        vec_push(&loader->rulebook->files, NULL);
    loader->rulebook->files.at[index] = is_stdin ? "<stdin>" : kept;
    if (is_main)
        loader->rulebook->main_file = index;
    struct yaml *root = yaml_parse(index, &loader->rulebook->arena, &loader->rulebook->intern, diags);
    if (root == NULL)
        return false;
    load_sections(loader, root, path);
    return true;
}

bool load_files(struct rulebook *rulebook, const char *path, struct diags *diags) {
    struct loader loader = {.rulebook = rulebook, .diags = diags};
    loader.syntax = (struct syntax){&rulebook->arena, &rulebook->intern, diags};
    sha256_init(&loader.hash);
    load_file(&loader, path, (struct span){0});
    sha256_end(&loader.hash, rulebook->sha256);
    vec_free(&loader.loaded);
    return !diags_failed(diags);
}
