/* One import from beginning to end. */
#include "import/import.h"

#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"
#include "model/rulebook.h"
#include "model/yaml.h"

/* The instance types of the rulebook, and the one with the most room: it stands for those that are not known. */
static bool read_types(struct import *import, const char *library) {
    char path[4200];
    snprintf(path, sizeof path, "%s/ec2/instance_types.yaml", library);
    struct rulebook *rulebook = rulebook_read(path, library, NULL, 0, import->diags);
    const struct kind *kind = rulebook == NULL ? NULL : rulebook_kind(rulebook, "instance_type");
    long most = 0;
    for (size_t i = 0; kind != NULL && i < kind->catalog.count; i++) {
        const struct catalog_entry *entry = &kind->catalog.at[i];
        const char *name = arena_text(&import->arena, entry->name, strlen(entry->name));
        long room = entry->row->kind == YAML_LIST && entry->row->count > 3
                        ? strtol(entry->row->items[1]->text, NULL, 10) * strtol(entry->row->items[3]->text, NULL, 10)
                        : 0;
        const char *row = "[";
        for (size_t k = 0; entry->row->kind == YAML_LIST && k < entry->row->count; k++)
            row = arena_format(&import->arena, "%s%s%s", row, k == 0 ? "" : ", ", entry->row->items[k]->text);
        vec_push(&import->types, name);
        vec_push(&import->type_rows, arena_format(&import->arena, "%s]", row));
        name_map_put(&import->types_seen, name, (uint32_t)i);
        if (room > most) {
            most = room;
            import->roomy_type = name;
        }
    }
    if (kind != NULL && import->roomy_type == NULL)
        import_error(import, "the bundled list of instance types is empty");
    rulebook_free(rulebook);
    return import->roomy_type != NULL;
}

/* What goes with a template, and with nothing else. */
static bool read_companions(struct import *import, const struct import_inputs *inputs) {
    struct jtree **given[] = {&import->previous_given, &import->given};
    const char *files[] = {inputs->previous_parameters, inputs->parameters};
    bool asked = inputs->parameters != NULL || inputs->previous != NULL || inputs->previous_parameters != NULL ||
                 inputs->deletion || import->change_set != NULL;
    import->is_deletion = inputs->deletion;
    import->turned = inputs->turned;
    if (asked && !import->is_template) {
        import_error(import, "parameters, a previous template, a change set and --delete are for a CloudFormation "
                             "template, and there is none");
        return false;
    }
    if (inputs->deletion && (inputs->previous != NULL || import->change_set != NULL)) {
        import_error(import,
                     "the deletion of a stack needs its template alone, without a previous one or a change set");
        return false;
    }
    if (inputs->previous_parameters != NULL && inputs->previous == NULL) {
        import_error(import, "values for a previous template, which is not given");
        return false;
    }
    if (inputs->previous != NULL && !read_previous(import, inputs->previous))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (files[i] != NULL && (*given[i] = read_parameters(import, files[i])) == NULL)
            return false;
    return true;
}

/* What a spec cannot have is said here, and not of the spec. */
static bool is_small(struct import *import) {
    size_t counts[OBJECT_KINDS] = {0}, most = import->steps.count;
    for (size_t i = 0; i < import->objects.count; i++)
        counts[import->objects.at[i].kind]++;
    for (size_t k = 0; k < OBJECT_KINDS; k++)
        most = counts[k] > most ? counts[k] : most;
    if (most <= LIMIT_OBJECTS_PER_KIND)
        return true;
    diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_TOO_LARGE,
               "%zu API calls, or things of one kind, are more than can be looked at; the most are %d", most,
               LIMIT_OBJECTS_PER_KIND);
    return false;
}

struct import *import_files(const struct import_inputs *inputs, const char *library, struct diags *diags) {
    struct import *import = memory_resize(NULL, sizeof *import);
    memset(import, 0, sizeof *import);
    import->diags = diags;
    const char *first = inputs->count > 0 ? inputs->paths[0] : inputs->snapshot_count > 0 ? inputs->snapshots[0] : "";
    import->path = arena_text(&import->arena, first, strlen(first));
    bool good = true;
    for (size_t i = 0; i < inputs->count && good; i++)
        good = read_input(import, inputs->paths[i]);
    import->main_file = import->tree != NULL ? import->main_file : import->file;
    for (size_t i = 0; i < inputs->snapshot_count && good; i++)
        good = read_snapshot_path(import, inputs->snapshots[i]);
    good = good && read_companions(import, inputs);
    import->file = import->main_file;
    if (good && inputs->graph != NULL && (import->is_template || import->tree == NULL)) {
        import_error(import, "--graph is for a Terraform plan, and there is none");
        good = false;
    }
    if (good && inputs->graph != NULL)
        good = read_apply_graph(import, inputs->graph);
    if (good && (import->is_template ? read_template(import) : read_terraform_plan(import)) &&
        read_types(import, library) && read_references(import) &&
        (import->graph == NULL || match_apply_graph(import))) {
        read_snapshots(import);
        find_worlds(import);
        make_objects(import);
        if (order_operations(import)) {
            make_steps(import);
            find_dangling_names(import);
            if (is_small(import))
                return import;
        }
    }
    import_free(import);
    return NULL;
}

void import_free(struct import *import) {
    if (import == NULL)
        return;
    for (size_t i = 0; i < import->blocks.count; i++) {
        vec_free(&import->blocks.at[i]->instances);
        vec_free(&import->blocks.at[i]->waits);
        vec_free(&import->blocks.at[i]->single);
        vec_free(&import->blocks.at[i]->guesses);
        vec_free(&import->blocks.at[i]->old_waits);
    }
    for (size_t i = 0; i < import->objects.count; i++)
        vec_free(&import->objects.at[i].groups);
    struct name_map *maps[] = {&import->blocks_by_address, &import->resources_by_address,
                               &import->resources_by_id,   &import->objects_by_name,
                               &import->modules_by_path,   &import->external_objects,
                               &import->addresses,         &import->notes_seen,
                               &import->types_seen,        &import->types_used,
                               &import->steps_by_name,     &import->places_by_name,
                               &import->open_names,        &import->worlds};
    for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
        name_map_clear(maps[i]);
    vec_free(&import->modules);
    vec_free(&import->blocks);
    vec_free(&import->resources);
    vec_free(&import->objects);
    vec_free(&import->operations);
    vec_free(&import->steps);
    vec_free(&import->notes);
    vec_free(&import->observations);
    vec_free(&import->doubts);
    vec_free(&import->types);
    vec_free(&import->places);
    vec_free(&import->type_rows);
    for (size_t i = 0; i < import->trees.count; i++)
        jtree_free(import->trees.at[i]);
    vec_free(&import->trees);
    vec_free(&import->snapshots);
    free_apply_graph(import->graph);
    arena_clear(&import->arena);
    free(import);
}

size_t import_open_count(const struct import *import) { return import->open_names.count; }
size_t import_observation_count(const struct import *import) { return import->observations.count; }
const struct import_observation *import_observation(const struct import *import, size_t index) {
    return &import->observations.at[index];
}
bool import_is_stack(const struct import *import) { return import->is_template; }

const char *import_doubt(const struct import *import, const char *code, const char *resource) {
    for (size_t i = 0; i < import->doubts.count; i++) {
        const struct doubt *doubt = &import->doubts.at[i];
        bool is_meant = doubt->resource == NULL || (resource != NULL && strcmp(doubt->resource, resource) == 0);
        if (is_meant && strcmp(doubt->code, code) == 0)
            return doubt->text;
    }
    return NULL;
}
const char *import_object_words(const struct import *import, const char *name) {
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        const uint32_t objects[] = {resource->new_object, resource->old_object};
        for (size_t k = 0; k < ARRAY_SIZE(objects); k++)
            if (objects[k] != NONE && strcmp(import->objects.at[objects[k]].name, name) == 0)
                return resource->address;
    }
    return NULL;
}

const char *import_gap(const struct import *import) { return import->gap; }

size_t import_note_count(const struct import *import) { return import->notes.count; }
const char *import_note(const struct import *import, size_t index) { return import->notes.at[index]; }
