/* From YAML trees to the rulebook's lists.  Names inside expressions stay open (see check.c). */
#include "model/sections.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sha256.h"

struct file_identity { /* one file may have several paths */
    dev_t device;
    ino_t inode;
};

struct loader {
    struct rulebook *rulebook;
    struct syntax syntax;
    struct diags *diags;
    struct sha256 hash;
    VEC(struct file_identity) loaded; /* in order */
};

static bool load_file(struct loader *loader, const char *path, struct span from);

/* ---- small readers ---- */

void suggest(struct diags *diags, struct span span, const char *name, const char *const *candidates, size_t count) {
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

static bool has_shape(struct loader *loader, const struct yaml *node, enum yaml_kind kind, const char *what) {
    if (node->kind == kind)
        return true;
    static const char *const names[] = {"a text", "a list", "a mapping"};
    diag_error(loader->diags, node->span, DIAG_WRONG_SHAPE, "%s: expected %s, found a %s", what, names[kind],
               shape_text(node));
    return false;
}

/* Every key must be one of `allowed`; nothing a person wrote is passed over. */
static void check_keys(struct loader *loader, const struct yaml *map, const char *const *allowed, size_t count,
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

#define CHECK_KEYS(loader, map, what, ...)                                                                             \
    do {                                                                                                               \
        static const char *const allowed_keys[] = {__VA_ARGS__};                                                       \
        check_keys(loader, map, allowed_keys, ARRAY_SIZE(allowed_keys), what);                                         \
    } while (0)

static const char *get_text(struct loader *loader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    return node != NULL && has_shape(loader, node, YAML_TEXT, key) ? node->text : NULL;
}

static bool get_flag(struct loader *loader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL || !has_shape(loader, node, YAML_TEXT, key))
        return false;
    if (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0)
        diag_error(loader->diags, node->span, DIAG_WRONG_SHAPE, "%s: expected 'true' or 'false', found '%.40s'", key,
                   node->text);
    return strcmp(node->text, "true") == 0;
}

static int get_choice(struct loader *loader, const struct yaml *map, const char *key, const char *const *names,
                      size_t count, int otherwise) {
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL || !has_shape(loader, node, YAML_TEXT, key))
        return otherwise;
    for (size_t i = 0; i < count; i++)
        if (strcmp(node->text, names[i]) == 0)
            return (int)i;
    diag_error(loader->diags, node->span, DIAG_UNKNOWN_NAME, "%s: '%.40s' is not one of its values", key, node->text);
    suggest(loader->diags, node->span, node->text, names, count);
    return otherwise;
}

static struct term *get_term(struct loader *loader, const struct yaml *map, const char *key) {
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

static bool is_name(struct loader *loader, const struct yaml *node, bool is_quotable, const char *what) {
    return check_identifier(node->text, node->span, is_quotable, what, loader->diags);
}

static const char *const confidences[] = {"", "high", "medium", "low"};
static const char *const orders[] = {"documented", "observed", "assumed"};

static struct origin get_origin(struct loader *loader, const struct yaml *map, const char *id, struct span span) {
    struct origin origin = {.id = id, .span = span};
    if (map == NULL)
        return origin;
    const char *own = get_text(loader, map, "id");
    if (own != NULL)
        origin.id = own;
    origin.source = get_text(loader, map, "source");
    origin.about = get_text(loader, map, "about");
    origin.confidence = (enum confidence)get_choice(loader, map, "confidence", confidences, ARRAY_SIZE(confidences), 0);
    return origin;
}

/* ---- sections ---- */

static void duplicate(struct loader *loader, struct span span, struct span first, const char *what, const char *name) {
    diag_error(loader->diags, span, DIAG_DUPLICATE_NAME, "%s '%.60s' is declared twice", what, name);
    diag_note(loader->diags, first, "the first one is here");
}

static void load_constants(struct loader *loader, const struct yaml *section, bool variants) {
    if (!has_shape(loader, section, YAML_MAP, variants ? "variants" : "constants"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!is_name(loader, key, false, variants ? "a variant" : "a constant"))
            continue;
        struct constant *old = rulebook_constant(loader->rulebook, key->text);
        if (old != NULL) {
            duplicate(loader, key->span, old->span, "the constant", key->text);
            continue;
        }
        struct constant *constant = arena_alloc(&loader->rulebook->arena, sizeof *constant);
        constant->name = key->text;
        constant->span = key->span;
        constant->is_variant = constant->is_bool = variants;
        if (variants) {
            constant->about = has_shape(loader, item, YAML_TEXT, "what the variant changes") ? item->text : NULL;
        } else if (item->kind == YAML_MAP) {
            CHECK_KEYS(loader, item, "a constant", "value", "about", "source", "confidence", "id");
            constant->term = get_term(loader, item, "value");
            constant->about = get_text(loader, item, "about");
            if (yaml_get(item, "value") == NULL)
                diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "the constant '%s' has no 'value'", key->text);
        } else {
            constant->term = syntax_term(&loader->syntax, item);
        }
        vec_push(&loader->rulebook->constants, constant);
    }
}

static void load_enumerations(struct loader *loader, const struct yaml *section) {
    if (!has_shape(loader, section, YAML_MAP, "enums"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!is_name(loader, key, false, "an enumeration") || !has_shape(loader, item, YAML_LIST, "the values"))
            continue;
        struct enumeration *old = rulebook_enumeration(loader->rulebook, key->text);
        if (old != NULL) {
            duplicate(loader, key->span, old->span, "the enumeration", key->text);
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
            if (has_shape(loader, item->items[j], YAML_TEXT, "a value") &&
                is_name(loader, item->items[j], true, "a value")) {
                for (size_t k = 0; k < enumeration->count; k++)
                    if (enumeration->values[k] == item->items[j]->text)
                        diag_error(loader->diags, item->items[j]->span, DIAG_DUPLICATE_NAME,
                                   "the value '%.60s' is declared twice", item->items[j]->text);
                enumeration->values[enumeration->count++] = item->items[j]->text;
            }
        vec_push(&loader->rulebook->enumerations, enumeration);
    }
}

static void load_fields(struct loader *loader, struct kind *kind, const struct yaml *map, bool is_constant) {
    if (map == NULL || !has_shape(loader, map, YAML_MAP, is_constant ? "constants" : "state"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *key = map->keys[i];
        if (!is_name(loader, key, false, "a field"))
            continue;
        for (size_t j = 0; j < kind->fields.count; j++)
            if (kind->fields.at[j]->name == key->text)
                duplicate(loader, key->span, kind->fields.at[j]->span, "the field", key->text);
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
    if (!has_shape(loader, section, YAML_MAP, "kinds"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        if (!is_name(loader, key, false, "a kind") || !has_shape(loader, item, YAML_MAP, "a kind"))
            continue;
        struct kind *old = rulebook_kind(loader->rulebook, key->text);
        if (old != NULL) {
            duplicate(loader, key->span, old->span, "the kind", key->text);
            continue;
        }
        CHECK_KEYS(loader, item, "a kind", "about", "constants", "state");
        struct kind *kind = arena_alloc(&loader->rulebook->arena, sizeof *kind);
        kind->name = key->text;
        kind->span = key->span;
        kind->about = get_text(loader, item, "about");
        load_fields(loader, kind, yaml_get(item, "constants"), true);
        load_fields(loader, kind, yaml_get(item, "state"), false);
        kind->index = (uint32_t)loader->rulebook->kinds.count;
        vec_push(&loader->rulebook->kinds, kind);
    }
}

/* catalog: { instance_type: { columns: [max_enis, ...], rows: { t3.micro: [2, ...], ... } } } */
static void load_catalogs(struct loader *loader, const struct yaml *section) {
    if (!has_shape(loader, section, YAML_MAP, "catalog"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i], *item = section->items[i];
        struct kind *kind = rulebook_kind(loader->rulebook, key->text);
        if (kind == NULL) {
            diag_error(loader->diags, key->span, DIAG_UNKNOWN_NAME, "no kind is called '%.60s'", key->text);
            continue;
        }
        if (!has_shape(loader, item, YAML_MAP, "a catalog"))
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
        else if (has_shape(loader, rows, YAML_MAP, "rows"))
            for (size_t j = 0; j < rows->count; j++)
                if (is_name(loader, rows->keys[j], true, "an object"))
                    vec_push(&kind->catalog,
                             ((struct catalog_entry){rows->keys[j]->text, rows->keys[j]->span, rows->items[j]}));
    }
}

static void load_definitions(struct loader *loader, const struct yaml *section) {
    if (!has_shape(loader, section, YAML_MAP, "definitions"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        struct definition *definition = arena_alloc(&loader->rulebook->arena, sizeof *definition);
        if (!syntax_signature(&loader->syntax, section->keys[i], &definition->signature))
            continue;
        definition->name = definition->signature.name;
        for (size_t j = 0; j < loader->rulebook->definitions.count; j++)
            if (loader->rulebook->definitions.at[j]->name == definition->name)
                duplicate(loader, definition->signature.span, loader->rulebook->definitions.at[j]->signature.span,
                          "the definition", definition->name);
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

static struct binding *new_binding(struct loader *loader, enum binding_mode mode, const struct yaml *key) {
    struct binding *binding = arena_alloc(&loader->rulebook->arena, sizeof *binding);
    binding->mode = mode;
    binding->name = key->text;
    binding->span = key->span;
    return binding;
}

static void load_parameters(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !has_shape(loader, map, YAML_MAP, "parameters"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (!is_name(loader, map->keys[i], false, "a parameter"))
            continue;
        struct binding *binding = new_binding(loader, BINDING_PARAMETER, map->keys[i]);
        binding->text = syntax_type(&loader->syntax, map->items[i]);
        vec_push(&action->parameters, binding);
    }
}

/* choose: { a: { from: address, where: "..." }, e: { new: eni } } */
static void load_choices(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !has_shape(loader, map, YAML_MAP, "choose"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *item = map->items[i];
        if (!is_name(loader, map->keys[i], false, "a choice") || !has_shape(loader, item, YAML_MAP, "a choice"))
            continue;
        CHECK_KEYS(loader, item, "a choice", "from", "new", "where", "about");
        const struct yaml *from = yaml_get(item, "from"), *fresh = yaml_get(item, "new");
        if ((from == NULL) == (fresh == NULL)) {
            diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "a choice needs one of 'from' and 'new'");
            continue;
        }
        struct binding *binding = new_binding(loader, from != NULL ? BINDING_CHOICE : BINDING_NEW, map->keys[i]);
        binding->text = syntax_type(&loader->syntax, from != NULL ? from : fresh);
        binding->term = get_term(loader, item, "where");
        vec_push(&action->choices, binding);
    }
}

static void load_lets(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !has_shape(loader, map, YAML_MAP, "let"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (!is_name(loader, map->keys[i], false, "a 'let'"))
            continue;
        struct binding *binding = new_binding(loader, BINDING_LET, map->keys[i]);
        binding->term = syntax_term(&loader->syntax, map->items[i]);
        vec_push(&action->lets, binding);
    }
}

static void load_check(struct loader *loader, struct action *action, const struct yaml *item, enum order order) {
    if (!has_shape(loader, item, YAML_MAP, "a check"))
        return;
    CHECK_KEYS(loader, item, "a check", "id", "require", "else", "source", "confidence", "order", "about");
    struct check check = {.origin = get_origin(loader, item, NULL, item->span)};
    if (check.origin.id == NULL)
        check.origin.id = arena_format(&loader->rulebook->arena, "%s.%zu", action->name, action->checks.count + 1);
    check.require = get_term(loader, item, "require");
    check.order = (enum order)get_choice(loader, item, "order", orders, ARRAY_SIZE(orders), (int)order);
    const struct yaml *codes = yaml_get(item, "else");
    if (yaml_get(item, "require") == NULL || codes == NULL) {
        diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "a check needs 'require' and 'else'");
        return;
    }
    size_t count = codes->kind == YAML_LIST ? codes->count : 1;
    check.codes = arena_alloc(&loader->rulebook->arena, count * sizeof *check.codes + 1);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *code = codes->kind == YAML_LIST ? codes->items[i] : codes;
        if (has_shape(loader, code, YAML_TEXT, "an error code"))
            check.codes[check.code_count++] = code->text;
    }
    if (check.code_count == 0)
        diag_error(loader->diags, codes->span, DIAG_MISSING_KEY, "a check needs at least one error code");
    vec_push(&action->checks, check);
}

static void load_effects(struct loader *loader, struct action *action, const struct yaml *list) {
    if (list == NULL || !has_shape(loader, list, YAML_LIST, "effects"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->items[i], *text = item;
        struct rule_effect effect = {.origin = get_origin(loader, NULL, NULL, item->span)};
        if (item->kind == YAML_MAP && yaml_get(item, "do") != NULL) {
            CHECK_KEYS(loader, item, "an effect", "id", "do", "source", "confidence", "about");
            effect.origin = get_origin(loader, item, NULL, item->span);
            text = yaml_get(item, "do");
        }
        if (effect.origin.id == NULL)
            effect.origin.id =
                arena_format(&loader->rulebook->arena, "%s.effect.%zu", action->name, action->effects.count + 1);
        effect.effect = syntax_effect(&loader->syntax, text);
        if (effect.effect != NULL)
            vec_push(&action->effects, effect);
    }
}

static void load_action(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    static const char *const agents[] = {"client", "service", "environment"};
    CHECK_KEYS(loader, item, "an action", "id", "by", "about", "source", "confidence", "order", "parameters", "where",
               "when", "let", "checks", "choose", "effects", "fair");
    struct action *action = arena_alloc(&loader->rulebook->arena, sizeof *action);
    action->name = key->text;
    action->origin = get_origin(loader, item, key->text, key->span);
    action->is_allowed = true;
    action->by = (enum agent)get_choice(loader, item, "by", agents, ARRAY_SIZE(agents), BY_CLIENT);
    action->fair = get_flag(loader, item, "fair");
    enum order order = (enum order)get_choice(loader, item, "order", orders, ARRAY_SIZE(orders), ORDER_DOCUMENTED);
    load_parameters(loader, action, yaml_get(item, "parameters"));
    load_choices(loader, action, yaml_get(item, "choose"));
    load_lets(loader, action, yaml_get(item, "let"));
    action->where = get_term(loader, item, "where");
    action->when = get_term(loader, item, "when");
    const struct yaml *checks = yaml_get(item, "checks");
    if (checks != NULL && has_shape(loader, checks, YAML_LIST, "checks"))
        for (size_t i = 0; i < checks->count; i++)
            load_check(loader, action, checks->items[i], order);
    if (checks != NULL && action->by != BY_CLIENT)
        diag_error(loader->diags, checks->span, DIAG_BAD_CONTEXT,
                   "only a client's action gets a response; use 'when' for the conditions of an event");
    load_effects(loader, action, yaml_get(item, "effects"));
    action->index = (uint32_t)loader->rulebook->actions.count;
    vec_push(&loader->rulebook->actions, action);
}

static void load_actions(struct loader *loader, const struct yaml *section) {
    if (!has_shape(loader, section, YAML_MAP, "actions"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!is_name(loader, key, false, "an action") || !has_shape(loader, section->items[i], YAML_MAP, "an action"))
            continue;
        struct action *old = rulebook_action(loader->rulebook, key->text);
        if (old != NULL)
            duplicate(loader, key->span, old->origin.span, "the action", key->text);
        else
            load_action(loader, key, section->items[i]);
    }
}

static void load_recoverable(struct loader *loader, struct property *property, const struct yaml *item) {
    if (!has_shape(loader, item, YAML_MAP, "recoverable"))
        return;
    CHECK_KEYS(loader, item, "recoverable", "from", "to", "within");
    property->from = get_term(loader, item, "from");
    property->term = get_term(loader, item, "to");
    property->within_term = get_term(loader, item, "within");
    if (yaml_get(item, "to") == NULL || yaml_get(item, "within") == NULL)
        diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "'recoverable' needs 'to' and 'within'");
}

static void load_property(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    struct property *property = arena_alloc(&loader->rulebook->arena, sizeof *property);
    property->name = key->text;
    property->origin = get_origin(loader, item, key->text, key->span);
    int found = 0;
    for (enum property_form form = PROPERTY_INVARIANT; form <= PROPERTY_RECOVERABLE; form++) {
        const struct yaml *text = yaml_get(item, property_form_text(form));
        if (text == NULL)
            continue;
        found++;
        property->form = form;
        if (form == PROPERTY_DEADLOCK_FREE && !get_flag(loader, item, "deadlock_free"))
            diag_error(loader->diags, text->span, DIAG_WRONG_SHAPE, "deadlock_free: expected 'true'");
        if (form == PROPERTY_LIVE && has_shape(loader, text, YAML_TEXT, "live"))
            property->action_text = text;
        else if (form == PROPERTY_RECOVERABLE)
            load_recoverable(loader, property, text);
        else if (form != PROPERTY_LIVE && form != PROPERTY_DEADLOCK_FREE)
            property->term = syntax_term(&loader->syntax, text);
    }
    CHECK_KEYS(loader, item, "a property", "id", "about", "source", "confidence", "invariant", "step", "reachable",
               "unreachable", "deadlock_free", "live", "recoverable");
    if (found != 1)
        diag_error(loader->diags, key->span, DIAG_MISSING_KEY,
                   "a property needs exactly one of: invariant, step, reachable, unreachable, deadlock_free, live, "
                   "recoverable");
    vec_push(&loader->rulebook->properties, property);
}

static void load_properties(struct loader *loader, const struct yaml *section) {
    if (!has_shape(loader, section, YAML_MAP, "properties"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!is_name(loader, key, true, "a property") || !has_shape(loader, section->items[i], YAML_MAP, "a property"))
            continue;
        for (size_t j = 0; j < loader->rulebook->properties.count; j++)
            if (loader->rulebook->properties.at[j]->name == key->text)
                duplicate(loader, key->span, loader->rulebook->properties.at[j]->origin.span, "the property",
                          key->text);
        load_property(loader, key, section->items[i]);
    }
}

static void load_initially(struct loader *loader, const struct yaml *list) {
    if (!has_shape(loader, list, YAML_LIST, "initially"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        struct effect *effect = syntax_effect(&loader->syntax, list->items[i]);
        if (effect != NULL)
            vec_push(&loader->rulebook->initially, effect);
    }
}

/* A later file's setting replaces an earlier one's; the command line comes last. */
static void load_settings(struct loader *loader, const struct yaml *map) {
    if (!has_shape(loader, map, YAML_MAP, "set"))
        return;
    for (size_t i = 0; i < map->count; i++)
        if (has_shape(loader, map->items[i], YAML_TEXT, "a setting"))
            vec_push(&loader->rulebook->settings,
                     ((struct setting){map->keys[i]->text, map->items[i]->text, map->items[i]->span}));
}

static void load_includes(struct loader *loader, const struct yaml *list, const char *path) {
    if (!has_shape(loader, list, YAML_LIST, "include"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (!has_shape(loader, item, YAML_TEXT, "a path to include"))
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

static void load_sections(struct loader *loader, const struct yaml *root, const char *path) {
    const struct yaml *section;
    struct rulebook *rulebook = loader->rulebook;
    if (!has_shape(loader, root, YAML_MAP, "a rulebook"))
        return;
    CHECK_KEYS(loader, root, "a rulebook", "title", "about", "include", "constants", "variants", "enums", "kinds",
               "catalog", "definitions", "actions", "properties", "scope", "initially", "allow", "set");
    if ((section = yaml_get(root, "include")) != NULL)
        load_includes(loader, section, path);
    rulebook->title = get_text(loader, root, "title");
    rulebook->about = get_text(loader, root, "about");
    if ((section = yaml_get(root, "constants")) != NULL)
        load_constants(loader, section, false);
    if ((section = yaml_get(root, "variants")) != NULL)
        load_constants(loader, section, true);
    if ((section = yaml_get(root, "enums")) != NULL)
        load_enumerations(loader, section);
    if ((section = yaml_get(root, "kinds")) != NULL)
        load_kinds(loader, section);
    if ((section = yaml_get(root, "catalog")) != NULL)
        load_catalogs(loader, section);
    if ((section = yaml_get(root, "definitions")) != NULL)
        load_definitions(loader, section);
    if ((section = yaml_get(root, "actions")) != NULL)
        load_actions(loader, section);
    if ((section = yaml_get(root, "properties")) != NULL)
        load_properties(loader, section);
    if ((section = yaml_get(root, "initially")) != NULL)
        load_initially(loader, section);
    if ((section = yaml_get(root, "set")) != NULL)
        load_settings(loader, section);
    if ((section = yaml_get(root, "scope")) != NULL && has_shape(loader, section, YAML_MAP, "scope"))
        vec_push(&rulebook->scopes, section);
    if ((section = yaml_get(root, "allow")) != NULL)
        vec_push(&rulebook->allows, section);
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
