/* Reads the plan as JSON into resources, blocks and modules (Terraform's "JSON Output Format", 0.1 to 1.x).
 * resource_changes has every resource of the plan, prior_state also the data sources and what is only there. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"

#define MOST_BYTES (32u << 20)
#define MOST_RESOURCES 10000
#define MOST_MODULE_DEPTH 50

static const char how[] = "make one with 'terraform plan -out=FILE' and 'terraform show -json FILE'";

void note(struct import *import, const char *format, ...) {
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (name_map_get(&import->notes_seen, text) != NONE)
        return;
    const char *kept = arena_text(&import->arena, text, strlen(text));
    name_map_put(&import->notes_seen, kept, (uint32_t)import->notes.count);
    vec_push(&import->notes, kept);
}

void import_error(struct import *import, const char *format, ...) {
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct span place = import->place.line != 0 ? import->place : (struct span){import->file, 0, 0, 0};
    diag_error(import->diags, place, DIAG_IMPORT, "%s", text);
}

/* ---- values ---- */

const struct jtree *value_at(const struct jtree *value, const char *path) {
    while (value != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        char part[64];
        if (length >= sizeof part)
            return NULL;
        memcpy(part, path, length);
        part[length] = '\0';
        value = jtree_type(value) == JTREE_LIST ? jtree_at(value, strtoul(part, NULL, 10)) : jtree_get(value, part);
        path += length + (path[length] == '.');
    }
    return value;
}

const char *text_at(const struct jtree *value, const char *path) {
    const char *text = jtree_string(value_at(value, path));
    return text == NULL || *text == '\0' ? NULL : text;
}

bool truth_at(const struct jtree *value, const char *path, bool otherwise) {
    const struct jtree *found = value_at(value, path);
    return jtree_type(found) == JTREE_BOOL ? jtree_truth(found) : otherwise;
}

int64_t number_at(const struct jtree *value, const char *path, int64_t otherwise) {
    const struct jtree *found = value_at(value, path);
    if (jtree_type(found) == JTREE_TEXT) /* providers of old wrote some numbers as texts */
        return strtoll(jtree_string(found), NULL, 10);
    return jtree_type(found) == JTREE_NUMBER ? jtree_integer(found) : otherwise;
}

bool any_unknown(const struct jtree *unknown) {
    if (jtree_truth(unknown))
        return true;
    for (size_t i = 0; jtree_type(unknown) == JTREE_LIST && i < jtree_count(unknown); i++)
        if (any_unknown(jtree_at(unknown, i)))
            return true;
    for (const void *m = jtree_next(unknown, NULL); m != NULL; m = jtree_next(unknown, m))
        if (any_unknown(jtree_value(m)))
            return true;
    return false;
}

/* ---- the file ---- */

static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* before UTF-8, as Windows writes it */

char *read_whole_file(struct import *import, const char *path, size_t *bytes) {
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (in == NULL) {
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
                   strerror(errno));
        return NULL;
    }
    char *text = NULL;
    size_t room = 0, got = 0;
    *bytes = 0;
    do {
        if (*bytes + 1 >= room)
            text = memory_resize(text, room = room == 0 ? 1 << 16 : 2 * room);
        got = fread(text + *bytes, 1, room - *bytes - 1, in);
        *bytes += got;
    } while (got > 0 && *bytes <= MOST_BYTES);
    int problem = ferror(in) ? errno : 0;
    if (in != stdin)
        fclose(in);
    text[*bytes] = '\0';
    bool is_utf16 = *bytes >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
    if (problem == 0 && *bytes <= MOST_BYTES && !is_utf16) {
        if (*bytes >= 3 && memcmp(text, byte_order_mark, 3) == 0)
            memmove(text, text + 3, (*bytes -= 3) + 1);
        return text;
    }
    if (problem == 0 && is_utf16)
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_ENCODING,
                   "this is UTF-16, as '>' of Windows PowerShell writes it; expected UTF-8: pipe the output to "
                   "'Out-File -Encoding utf8 FILE'");
    else if (problem != 0)
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
                   strerror(problem));
    else
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_TOO_LARGE, "the file has more than %u MB",
                   MOST_BYTES >> 20);
    free(text);
    return NULL;
}

/* `problem` begins with its line and column, if it has a place: "2:7: ...". */
static void not_well_formed(struct import *import, const char *problem) {
    unsigned line = 0, column = 0;
    int length = 0;
    if (sscanf(problem, "%9u:%9u: %n", &line, &column, &length) < 2)
        line = column = 0, length = 0;
    diag_error(import->diags, (struct span){import->file, line, line == 0 || column > 0 ? column : 1, line > 0},
               DIAG_IMPORT, "not well-formed JSON: %s; is the file complete?", problem + length);
}

/* What somebody may have taken for a plan. */
static void explain_not_json(struct import *import, const char *text, size_t bytes, const char *problem) {
    size_t blank = strspn(text, " \t\r\n");
    if (blank == bytes)
        import_error(import, "the file is empty; expected a Terraform plan in JSON: %s", how);
    else if (strncmp(text, "PK", 2) == 0)
        import_error(import, "this is the plan file itself; 'terraform show -json' makes JSON of it");
    else if (strstr(text, "\"@level\"") != NULL && strstr(text, "\"@message\"") != NULL)
        import_error(import, "this is the log of 'terraform plan -json', not a plan: %s", how);
    else if (text[blank] != '{' && text[blank] != '[')
        import_error(import, "this is not JSON%s; expected a Terraform plan in JSON: %s",
                     strstr(text, "resource \"") != NULL ? " but HCL, Terraform's configuration" : "", how);
    else
        not_well_formed(import, problem);
}

static bool check_format(struct import *import) {
    const struct jtree *plan = import->tree;
    const char *version = text_at(plan, "format_version");
    if (jtree_type(plan) == JTREE_OBJECT && jtree_get(plan, "resource_changes") == NULL) {
        if (jtree_get(plan, "values") != NULL || jtree_get(plan, "lineage") != NULL)
            import_error(import, "this is a state, not a plan: %s", how);
        else if (jtree_get(plan, "@level") != NULL)
            import_error(import, "this is the log of 'terraform plan -json', not a plan: %s", how);
        else if (version == NULL)
            import_error(import, "this is JSON, but no Terraform plan (no format_version, no resource_changes): %s",
                         how);
        else if (jtree_get(plan, "planned_values") == NULL && jtree_get(plan, "configuration") == NULL)
            import_error(import, "the plan has no resource_changes: %s", how);
    }
    if (diags_failed(import->diags))
        return false;
    if (jtree_type(plan) != JTREE_OBJECT || version == NULL)
        import_error(import, "this is JSON, but no Terraform plan (no format_version): %s", how);
    else if (strncmp(version, "0.", 2) != 0 && strncmp(version, "1.", 2) != 0)
        import_error(import, "the plan has format_version %.20s; known are 0.x and 1.x", version);
    if (truth_at(plan, "errored", false)) {
        import->gap = "Terraform did not finish the plan";
        note(import, "the plan is marked as errored: Terraform did not finish it");
    }
    if (!truth_at(plan, "complete", true))
        note(import, "the plan is incomplete: parts of it were deferred to a later apply");
    return !diags_failed(import->diags);
}

/* ---- configuration ---- */

static uint32_t add_module(struct import *import, struct module *parent, const char *path, const struct jtree *call,
                           const struct jtree *body) {
    struct module *module = arena_alloc(&import->arena, sizeof *module);
    *module = (struct module){path, parent, call, body};
    uint32_t id = (uint32_t)import->modules.count;
    vec_push(&import->modules, module);
    name_map_put(&import->modules_by_path, path, id);
    return id;
}

static const char *inside(struct import *import, const char *module, const char *rest) {
    return *module == '\0' ? rest : arena_format(&import->arena, "%s.%s", module, rest);
}

static bool read_module(struct import *import, uint32_t id, unsigned depth) {
    struct module *module = import->modules.at[id];
    const struct jtree *resources = jtree_get(module->body, "resources"),
                       *calls = jtree_get(module->body, "module_calls");
    if (depth > MOST_MODULE_DEPTH) {
        import_error(import, "modules are nested more than %d deep", MOST_MODULE_DEPTH);
        return false;
    }
    for (size_t i = 0; i < jtree_count(resources); i++) {
        const struct jtree *body = jtree_at(resources, i);
        const char *type = text_at(body, "type"), *name = text_at(body, "name"), *mode = text_at(body, "mode");
        if (type == NULL || name == NULL) {
            import_error(import, "configuration: resource %zu of %s has no type or no name", i,
                         *module->path == '\0' ? "the root module" : module->path);
            return false;
        }
        struct block *block = arena_alloc(&import->arena, sizeof *block);
        const char *form = mode != NULL && strcmp(mode, "data") == 0 ? "data.%s.%s" : "%s.%s";
        block->address = inside(import, module->path,
                                *form == 'd' ? arena_format(&import->arena, "data.%s.%s", type, name)
                                             : arena_format(&import->arena, "%s.%s", type, name));
        block->type = type;
        block->module = module;
        block->body = body;
        name_map_put(&import->blocks_by_address, block->address, (uint32_t)import->blocks.count);
        vec_push(&import->blocks, block);
    }
    for (const void *m = jtree_next(calls, NULL); m != NULL; m = jtree_next(calls, m)) {
        const char *path = inside(import, module->path, arena_format(&import->arena, "module.%s", jtree_name(m)));
        uint32_t child = add_module(import, module, path, jtree_value(m), jtree_get(jtree_value(m), "module"));
        if (!read_module(import, child, depth + 1))
            return false;
    }
    return true;
}

/* ---- resources ---- */

static enum resource_kind kind_of(const char *type) {
    static const char *const types[] = {
        "",
#define RESOURCE(kind, type) type,
#include "import/resource_types.def"
#undef RESOURCE
    };
    if (strcmp(type, "aws_alb") == 0) /* its older name */
        return RESOURCE_BALANCER;
    for (size_t i = 1; i < ARRAY_SIZE(types); i++)
        if (strcmp(type, types[i]) == 0)
            return (enum resource_kind)i;
    return RESOURCE_OTHER;
}

static bool read_actions(struct import *import, const struct jtree *change, struct resource *resource) {
    static const struct {
        const char *first, *second;
        enum change change;
    } table[] = {{"no-op", NULL, CHANGE_NONE},
                 {"read", NULL, CHANGE_NONE},
                 {"create", NULL, CHANGE_CREATE},
                 {"update", NULL, CHANGE_UPDATE},
                 {"delete", NULL, CHANGE_DELETE},
                 {"delete", "create", CHANGE_DELETE_CREATE},
                 {"create", "delete", CHANGE_CREATE_DELETE},
                 {"forget", NULL, CHANGE_NONE},
                 {"create", "forget", CHANGE_CREATE}};
    const struct jtree *actions = jtree_get(change, "actions");
    const char *first = jtree_string(jtree_at(actions, 0)), *second = jtree_string(jtree_at(actions, 1));
    for (size_t i = 0; first != NULL && jtree_count(actions) <= 2 && i < ARRAY_SIZE(table); i++)
        if (strcmp(first, table[i].first) == 0 && (second == NULL) == (table[i].second == NULL) &&
            (second == NULL || strcmp(second, table[i].second) == 0)) {
            resource->change = table[i].change;
            return true;
        }
    import_error(import, "%s: 'actions' is none of those known (no-op, create, update, delete, …)", resource->address);
    return false;
}

uint32_t add_resource(struct import *import, const char *address, const char *type, struct resource *resource) {
    uint32_t id = (uint32_t)import->resources.count;
    resource->address = address;
    resource->kind = kind_of(type);
    resource->old_object = resource->new_object = resource->old_interface = resource->new_interface = NONE;
    resource->create = resource->destroy = NONE;
    const char *path = inside(import, resource->parts.module_path,
                              arena_format(&import->arena, resource->is_data ? "data.%s.%s" : "%s.%s",
                                           resource->parts.type, resource->parts.name));
    resource->block = name_map_get(&import->blocks_by_address, path);
    if (resource->block == NONE) { /* no longer in the configuration */
        struct block *block = arena_alloc(&import->arena, sizeof *block);
        *block = (struct block){.address = path, .type = type};
        resource->block = (uint32_t)import->blocks.count;
        name_map_put(&import->blocks_by_address, path, resource->block);
        vec_push(&import->blocks, block);
    }
    vec_push(&import->resources, *resource);
    if (resource->deposed == NULL) {
        vec_push(&import->blocks.at[resource->block]->instances, id);
        name_map_put(&import->resources_by_address, address, id);
    }
    const char *keys[] = {"id", "allocation_id"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = text_at(resource->before, keys[i]);
        if (value != NULL && (i == 0 || resource->kind == RESOURCE_EIP))
            name_map_put(&import->resources_by_id, value, id);
    }
    return id;
}

static bool read_change(struct import *import, const struct jtree *item, size_t index) {
    const char *address = text_at(item, "address"), *type = text_at(item, "type");
    const struct jtree *change = jtree_get(item, "change");
    struct resource resource = {.address = address, .deposed = text_at(item, "deposed")};
    if (address == NULL || type == NULL || !address_read(&import->arena, address, &resource.parts) ||
        resource.parts.name == NULL || strcmp(type, resource.parts.type) != 0) {
        import_error(import, "resource_changes: item %zu has no well-formed address and type", index);
        return false;
    }
    if (!read_actions(import, change, &resource))
        return false;
    resource.is_data = resource.parts.is_data;
    resource.before = jtree_type(jtree_get(change, "before")) == JTREE_OBJECT ? jtree_get(change, "before") : NULL;
    resource.after = jtree_type(jtree_get(change, "after")) == JTREE_OBJECT ? jtree_get(change, "after") : NULL;
    resource.unknown = jtree_get(change, "after_unknown");
    if (resource.after == NULL && is_created(resource.change) && jtree_type(jtree_get(change, "after")) != JTREE_NULL &&
        jtree_type(jtree_get(change, "after")) != JTREE_NONE) {
        import_error(import, "%s: 'after' is no object", address);
        return false;
    }
    if (resource.deposed == NULL && name_map_get(&import->resources_by_address, address) != NONE) {
        import_error(import, "%s: stands in resource_changes twice", address);
        return false;
    }
    uint32_t id = add_resource(import, address, type, &resource);
    return check_values(import, &import->resources.at[id]);
}

/* The prior state: what depends on what now, and what the plan does not touch. */
static bool read_state_module(struct import *import, const struct jtree *module, unsigned depth) {
    const struct jtree *resources = jtree_get(module, "resources"), *children = jtree_get(module, "child_modules");
    if (depth > MOST_MODULE_DEPTH) {
        import_error(import, "modules are nested more than %d deep", MOST_MODULE_DEPTH);
        return false;
    }
    for (size_t i = 0; i < jtree_count(resources); i++) {
        const struct jtree *item = jtree_at(resources, i), *values = jtree_get(item, "values");
        const char *address = text_at(item, "address"), *type = text_at(item, "type"),
                   *deposed = text_at(item, "deposed_key");
        if (address == NULL || type == NULL)
            continue;
        uint32_t known = deposed == NULL ? name_map_get(&import->resources_by_address, address) : NONE;
        for (uint32_t k = 0; deposed != NULL && k < import->resources.count; k++)
            if (import->resources.at[k].deposed != NULL && strcmp(import->resources.at[k].deposed, deposed) == 0 &&
                strcmp(import->resources.at[k].address, address) == 0)
                known = k;
        if (known == NONE) {
            struct resource resource = {.before = values, .after = values, .deposed = deposed};
            if (!address_read(&import->arena, address, &resource.parts) || resource.parts.name == NULL)
                continue;
            resource.is_data = resource.parts.is_data;
            known = add_resource(import, address, type, &resource);
        }
        import->resources.at[known].depends = jtree_get(item, "depends_on");
    }
    for (size_t i = 0; i < jtree_count(children); i++)
        if (!read_state_module(import, jtree_at(children, i), depth + 1))
            return false;
    return true;
}

/* JSON begins with a bracket; a template in YAML has keys at the margin that no spec has. */
static bool looks_like_json(const char *text) {
    text += strspn(text, " \t\r\n\xEF\xBB\xBF");
    return *text == '{' || *text == '[';
}

static bool looks_like_template(const char *text) {
    static const char *const keys[] = {"Resources", "AWSTemplateFormatVersion"};
    if (looks_like_json(text))
        return false;
    for (const char *line = text + strspn(text, "\xEF\xBB\xBF"); line != NULL; line = strchr(line, '\n')) {
        line += strspn(line, "\r\n\"'");
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
            size_t length = strlen(keys[i]);
            if (strncmp(line, keys[i], length) == 0 && line[length + strspn(line + length, "\"' ")] == ':')
                return true;
        }
    }
    return false;
}

/* A name that no spec has: a damaged file of this name is a damaged plan. */
static bool is_foreign_name(const char *path) {
    static const char *const ends[] = {".json", ".tf", ".tfplan", ".tfstate"};
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (strlen(path) > strlen(ends[i]) && strcmp(path + strlen(path) - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

bool import_accepts(const char *path) {
    char text[65536];
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    size_t bytes = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL)
        fclose(file);
    text[bytes] = '\0';
    const char *start = strncmp(text, byte_order_mark, 3) == 0 ? text + 3 : text;
    bool is_archive = strncmp(text, "PK\003\004", 4) == 0; /* the plan file itself */
    return looks_like_json(start) || looks_like_template(start) || is_archive || is_foreign_name(path);
}

struct jtree *read_json(struct import *import, const char *path, const char *expected) {
    size_t bytes;
    char problem[300] = "a NUL character", *text = read_whole_file(import, path, &bytes);
    if (text == NULL)
        return NULL;
    struct jtree *tree = strlen(text) == bytes ? jtree_read(text, bytes, problem, sizeof problem) : NULL;
    size_t blank = strspn(text, " \t\r\n");
    if (tree == NULL && blank == bytes)
        import_error(import, "the file is empty; expected %s", expected);
    else if (tree == NULL && text[blank] != '{' && text[blank] != '[')
        import_error(import, "this is not JSON; expected %s", expected);
    else if (tree == NULL)
        not_well_formed(import, problem);
    free(text);
    return tree;
}

/* JSON, or a template in YAML; NULL after an error. */
static struct jtree *read_tree(struct import *import, const char *path) {
    size_t bytes;
    import->file = diags_add_file(import->diags, path, NULL, 0);
    char problem[300], *text = read_whole_file(import, path, &bytes);
    if (text == NULL)
        return NULL;
    bool whole = strlen(text) == bytes, is_yaml = whole && looks_like_template(text);
    struct jtree *tree = is_yaml ? cloudformation_yaml(import, text, bytes)
                         : whole ? jtree_read(text, bytes, problem, sizeof problem)
                                 : NULL;
    if (tree == NULL && !is_yaml)
        explain_not_json(import, text, bytes, whole ? problem : "a NUL character");
    if (tree != NULL && !is_yaml && is_template(tree))
        place_json_resources(import, text);
    free(text);
    return tree;
}

bool read_previous(struct import *import, const char *path) {
    import->previous = read_tree(import, path);
    if (import->previous != NULL)
        vec_push(&import->trees, import->previous);
    import->previous_file = import->file;
    if (import->previous != NULL && !is_template(import->previous))
        import_error(import, "expected a CloudFormation template: the one of the stack as it is");
    return !diags_failed(import->diags);
}

static bool is_change_set(const struct jtree *tree) {
    const struct jtree *changes = jtree_get(tree, "Changes");
    return jtree_type(changes) == JTREE_LIST &&
           (jtree_get(tree, "ChangeSetName") != NULL || jtree_get(tree, "ChangeSetId") != NULL ||
            jtree_get(jtree_at(changes, 0), "ResourceChange") != NULL);
}

bool read_input(struct import *import, const char *path) {
    struct jtree *tree = read_tree(import, path);
    if (tree == NULL)
        return false;
    if (is_change_set(tree)) {
        if (import->change_set != NULL)
            import_error(import, "one change set was read already");
        vec_push(&import->trees, tree);
        import->change_set = tree;
        return !diags_failed(import->diags);
    }
    if (take_snapshot(import, tree))
        return true;
    vec_push(&import->trees, tree);
    if (import->tree != NULL) {
        import_error(import, "one plan was read already, and this is no output of 'aws ec2 describe-…'");
        return false;
    }
    import->tree = tree;
    import->path = arena_text(&import->arena, path, strlen(path));
    import->main_file = import->file;
    import->is_template = is_template(tree);
    return import->is_template || check_format(import);
}

bool read_terraform_plan(struct import *import) {
    const struct jtree *changes = jtree_get(import->tree, "resource_changes");
    if (changes != NULL && jtree_type(changes) != JTREE_LIST && jtree_type(changes) != JTREE_NULL) {
        import_error(import, "resource_changes is no list");
        return false;
    }
    if (jtree_count(changes) > MOST_RESOURCES) {
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_TOO_LARGE,
                   "the plan has more than %d resources", MOST_RESOURCES);
        return false;
    }
    if (jtree_count(changes) > 0 && value_at(import->tree, "configuration.root_module") == NULL) {
        import->gap = "the plan has no configuration";
        note(import,
             "the plan has no configuration, so what refers to resources that are still to be made is not known: "
             "calls and waits may be missing; expected all that 'terraform show -json' prints");
    }
    add_module(import, NULL, "", NULL, value_at(import->tree, "configuration.root_module"));
    if (!read_module(import, 0, 0))
        return false;
    for (size_t i = 0; i < jtree_count(changes); i++)
        if (!read_change(import, jtree_at(changes, i), i))
            return false;
    return read_state_module(import, value_at(import->tree, "prior_state.values.root_module"), 0);
}
