/* The native format: manifest.json, vectors/<action>.json and their schemas; vectors/README.md explains the members. */
#include <string.h>

#include "base/jtree.h"
#include "base/sha256.h"
#include "model/print.h"
#include "model/value_json.h"
#include "vectors/format.h"
#include "vectors/schema.h"
#include "vectors/slug.h"

#define FORMAT_NAME "enimc-vectors"
#define FORMAT_VERSION "1.0"

/* One file: the chosen vectors of one action. */
struct group {
    const struct action *action;
    char path[sizeof "vectors/.json" + SLUG_MAX];
    size_t vectors;
    char sha256[65];
};

struct writer {
    struct suite *suite;
    struct rulebook *rulebook;
    const char *version;
    VEC(struct group) groups;
};

/* The member `name` of `object`, made where it is missing. */
static struct jtree *inner(struct jtree *object, const char *name) {
    if (jtree_get(object, name) == NULL)
        jtree_put(object, name, jtree_object());
    return (struct jtree *)(uintptr_t)jtree_get(object, name);
}

/* ---- steps ---- */

static struct jtree *arguments_json(struct rulebook *rulebook, const struct vector_step *step) {
    struct jtree *object = jtree_object();
    const int32_t *values = step->arguments;
    for (size_t i = 0; i < step->action->parameters.count; i++) {
        const struct binding *binding = step->action->parameters.at[i];
        jtree_put(object, binding->name, value_json(rulebook, binding->type, values));
        values += binding->width;
    }
    return object;
}

static struct jtree *binds_json(struct rulebook *rulebook, const struct vector_step *step) {
    struct jtree *object = jtree_object();
    const int32_t *values = step->arguments;
    for (size_t i = 0; i < step->action->parameters.count; i++)
        values += step->action->parameters.at[i]->width;
    for (size_t i = 0; i < step->action->choices.count; i++) {
        const struct binding *binding = step->action->choices.at[i];
        struct jtree *bind = jtree_object();
        jtree_put(bind, "value", value_json(rulebook, binding->type, values));
        jtree_put(bind, "chosen_by", jtree_text("service"));
        jtree_put(bind, "is_new", jtree_bool(binding->mode == BINDING_NEW));
        jtree_put(object, binding->name, bind);
        values += binding->width;
    }
    return object;
}

static struct jtree *expect_json(const struct vector_step *step) {
    struct jtree *expect = jtree_object();
    if (step->failed == STEP_OK) {
        jtree_put(expect, "ok", jtree_object());
        return expect;
    }
    struct jtree *error = jtree_object(), *also = jtree_list();
    for (size_t i = 0; i < step->also_count; i++)
        jtree_add(also, jtree_text(step->also[i]));
    jtree_put(error, "code", jtree_text(step->action->checks.at[step->failed].codes[0]));
    jtree_put(error, "also", also);
    jtree_put(expect, "error", error);
    return expect;
}

static struct jtree *after_json(struct rulebook *rulebook, const int32_t *before, const int32_t *after) {
    struct jtree *object = jtree_object();
    change_list changes = {0};
    print_changes(rulebook, before, after, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        const struct change *change = &changes.at[i];
        const struct kind *kind = change->field->kind;
        jtree_put(inner(inner(object, kind->name), kind->objects.at[change->object].name), change->field->name,
                  value_json(rulebook, change->field->type, change->after));
    }
    vec_free(&changes);
    return object;
}

static struct jtree *step_json(struct rulebook *rulebook, const struct vector_step *step, const int32_t *before) {
    const int32_t *after = before + rulebook->state_width;
    struct jtree *object = jtree_object();
    bool is_event = step->action->by != BY_CLIENT;
    jtree_put(object, is_event ? "event" : "action", jtree_text(step->action->name));
    jtree_put(object, "by", jtree_text(agent_text(step->action->by)));
    jtree_put(object, "arguments", arguments_json(rulebook, step));
    if (!is_event)
        jtree_put(object, "expect", expect_json(step));
    if (step->failed == STEP_OK && step->action->choices.count > 0)
        jtree_put(object, "binds", binds_json(rulebook, step));
    bool unchanged = memcmp(before, after, rulebook->state_width * sizeof *before) == 0;
    jtree_put(object, "after", after_json(rulebook, before, after));
    jtree_put(object, "unchanged", jtree_bool(unchanged));
    return object;
}

/* ---- vectors ---- */

/* The checks that its client's steps are about: the failing one, or all of a call that succeeds. */
static struct jtree *rules_json(const struct vector *vector) {
    struct jtree *list = jtree_list();
    VEC(const char *) known = {0};
    for (size_t i = 0; i < vector->steps.count; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        for (size_t k = 0; k < step->action->checks.count; k++) {
            const char *id = step->action->checks.at[k].origin.id;
            bool new = step->failed == STEP_OK || step->failed == k;
            for (size_t j = 0; j < known.count; j++)
                new = new &&strcmp(known.at[j], id) != 0;
            if (!new)
                continue;
            vec_push(&known, id);
            jtree_add(list, jtree_text(id));
        }
    }
    vec_free(&known);
    return list;
}

static bool is_listed(const struct jtree *list, const char *text) {
    for (size_t i = 0; i < jtree_count(list); i++)
        if (strcmp(jtree_string(jtree_at(list, i)), text) == 0)
            return true;
    return false;
}

static void require(struct writer *writer, struct jtree *list, const char *form, const char *name) {
    const char *text = name == NULL ? NULL : arena_format(&writer->suite->arena, "%s:%s", form, name);
    if (text != NULL && !is_listed(list, text))
        jtree_add(list, jtree_text(text));
}

/* What an implementation must be able to do, once each: "action:Attach", "event:attach_completes", "capability:ipv6". */
static struct jtree *requires_json(struct writer *writer, const struct vector *vector) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < vector->steps.count; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        const struct action *action = step->action;
        require(writer, list, action->by == BY_CLIENT ? "action" : "event", action->name);
        require(writer, list, "capability", action->origin.capability);
        if (step->failed != STEP_OK)
            require(writer, list, "capability", action->checks.at[step->failed].origin.capability);
    }
    return list;
}

/* Over the meaning of a vector: it changes if and only if the setup or a step does. */
static void hash_vector(const struct jtree *setup, const struct jtree *steps, char hash[65]) {
    char *start = jtree_canonical(setup), *rest = jtree_canonical(steps);
    size_t length = strlen(start), bytes = length + 1 + strlen(rest);
    start = memory_resize(start, bytes + 1);
    start[length] = '\n';
    strcpy(start + length + 1, rest);
    sha256_hex(start, bytes, hash);
    free(start);
    free(rest);
}

static struct jtree *vector_json(struct writer *writer, const struct vector *vector, const struct jtree *setup) {
    const struct goals *goals = &writer->suite->goals;
    struct jtree *object = jtree_object(), *shown = jtree_list(), *steps = jtree_list();
    char hash[65];
    for (size_t g = 0; g < goals->list.count; g++)
        if (vector->shows[g])
            jtree_add(shown, jtree_text(goals->list.at[g].id));
    for (size_t i = 0; i < vector->steps.count; i++)
        jtree_add(steps, step_json(writer->rulebook, &vector->steps.at[i],
                                   vector->states + i * writer->rulebook->state_width));
    hash_vector(setup, steps, hash);
    jtree_put(object, "id", jtree_text(vector->id));
    jtree_put(object, "title", jtree_text(vector->title));
    jtree_put(object, "goals", shown);
    jtree_put(object, "rules", rules_json(vector));
    jtree_put(object, "requires", requires_json(writer, vector));
    jtree_put(object, "steps", steps);
    jtree_put(object, "sha256", jtree_text(hash));
    return object;
}

/* All objects with their constants and their state before the first step. */
static struct jtree *setup_json(struct writer *writer) {
    struct rulebook *rulebook = writer->rulebook;
    struct jtree *setup = jtree_object();
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        struct jtree *objects = inner(setup, kind->name);
        for (size_t o = 0; o < kind->objects.count; o++) {
            struct jtree *object = inner(objects, kind->objects.at[o].name);
            struct jtree *constants = inner(object, "constants"), *state = inner(object, "state");
            const int32_t *values = writer->suite->system->initial + kind->state_base + o * kind->state_width;
            for (size_t f = 0; f < kind->fields.count; f++) {
                const struct field *field = kind->fields.at[f];
                const int32_t *from = field->is_constant ? kind->objects.at[o].constants : values;
                jtree_put(field->is_constant ? constants : state, field->name,
                          value_json(rulebook, field->type, from + field->offset));
            }
        }
    }
    return setup;
}

static const struct action *action_of(const struct suite *suite, const struct vector *vector) {
    return suite->goals.list.at[vector->goal].action;
}

/* ---- files ---- */

static void add_json(struct suite_files *files, const char *path, struct jtree *tree) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    bool good = out != NULL && jtree_write(tree, out, 1);
    if (out == NULL || fclose(out) != 0 || !good)
        out_of_memory(bytes);
    suite_files_add(files, path, text, bytes);
    jtree_free(tree);
}

static void hash_file(const struct suite_files *files, const char *path, char hash[65]) {
    const struct suite_file *file = suite_files_find(files, path);
    sha256_hex(file->text, file->bytes, hash);
}

static void write_group(struct writer *writer, struct group *group, struct suite_files *files) {
    struct suite *suite = writer->suite;
    struct jtree *file = jtree_object(), *setup = setup_json(writer), *vectors = jtree_list();
    for (size_t i = 0; i < suite->vectors.count; i++)
        if (action_of(suite, &suite->vectors.at[i]) == group->action) {
            jtree_add(vectors, vector_json(writer, &suite->vectors.at[i], setup));
            group->vectors++;
        }
    jtree_put(file, "$schema", jtree_text("../schema/vectors.schema.json"));
    jtree_put(file, "format", jtree_text(FORMAT_NAME));
    jtree_put(file, "format_version", jtree_text(FORMAT_VERSION));
    jtree_put(file, "action", jtree_text(group->action->name));
    jtree_put(file, "setup", setup);
    jtree_put(file, "vectors", vectors);
    add_json(files, group->path, file);
    hash_file(files, group->path, group->sha256);
}

static void add_group(struct writer *writer, const struct action *action) {
    struct group group = {.action = action};
    char slug[SLUG_BYTES];
    slug_make(action->name, slug);
    snprintf(group.path, sizeof group.path, "vectors/%s.json", slug);
    for (size_t i = 0; i < writer->groups.count; i++)
        if (strcmp(writer->groups.at[i].path, group.path) == 0)
            slug_distinguish(slug, action->name);
    snprintf(group.path, sizeof group.path, "vectors/%s.json", slug);
    vec_push(&writer->groups, group);
}

static void find_groups(struct writer *writer) {
    const struct suite *suite = writer->suite;
    const struct action *last = NULL;
    for (size_t i = 0; i < suite->vectors.count; i++) {
        const struct action *action = action_of(suite, &suite->vectors.at[i]);
        if (action != last)
            add_group(writer, action);
        last = action;
    }
}

/* ---- the manifest ---- */

/* The rulebook with everything that it includes and sets. */
static void hash_rulebook(struct rulebook *rulebook, char hash[65]) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        out_of_memory(1);
    print_rulebook(rulebook, out);
    fclose(out);
    sha256_hex(text, bytes, hash);
    free(text);
}

static struct jtree *rulebook_json(struct rulebook *rulebook) {
    struct jtree *object = jtree_object(), *settings = jtree_object();
    char hash[65];
    hash_rulebook(rulebook, hash);
    /* an absolute path would tell about the machine */
    const char *path = rulebook->path[0] == '/' ? strrchr(rulebook->path, '/') + 1 : rulebook->path;
    for (size_t i = 0; i < rulebook->settings.count; i++)
        if (rulebook->settings.at[i].span.file == UINT32_MAX)
            jtree_put(settings, rulebook->settings.at[i].name, jtree_text(rulebook->settings.at[i].value));
    jtree_put(object, "path", jtree_text(path));
    jtree_put(object, "title", jtree_text(rulebook->title));
    jtree_put(object, "sha256", jtree_text(rulebook->sha256));
    jtree_put(object, "expanded_sha256", jtree_text(hash));
    jtree_put(object, "settings", settings);
    return object;
}

static struct jtree *exploration_json(const struct suite *suite) {
    struct jtree *object = jtree_object();
    jtree_put(object, "engine", jtree_text("explicit"));
    jtree_put(object, "states", jtree_number((int64_t)suite->stats.states));
    jtree_put(object, "transitions", jtree_number((int64_t)suite->stats.transitions));
    jtree_put(object, "depth", jtree_number(suite->stats.depth));
    jtree_put(object, "complete", jtree_bool(suite->stats.complete));
    jtree_put(object, "stopped",
              suite->stats.complete ? jtree_null()
              : suite->all_reached  ? jtree_text("every goal was reached")
                                    : jtree_text(suite->stats.reason));
    return object;
}

static struct jtree *goal_json(struct writer *writer, size_t index) {
    static const char *const statuses[] = {"covered", "unreachable", "unknown"};
    const struct suite *suite = writer->suite;
    const struct goal *goal = &suite->goals.list.at[index];
    enum goal_status status = suite_status(suite, index);
    struct jtree *object = jtree_object(), *by = jtree_list();
    for (size_t i = 0; i < suite->vectors.count; i++)
        if (suite->vectors.at[i].shows[index])
            jtree_add(by, jtree_text(suite->vectors.at[i].id));
    jtree_put(object, "id", jtree_text(goal->id));
    jtree_put(object, "action", jtree_text(goal->action->name));
    jtree_put(object, "kind", jtree_text(goal_form_text(goal->form)));
    jtree_put(object, "response", jtree_text(goal_response(goal)));
    jtree_put(object, "rule",
              goal->form == GOAL_OK ? jtree_null() : jtree_text(goal->action->checks.at[goal->check].origin.id));
    jtree_put(object, "status", jtree_text(statuses[status]));
    jtree_put(object, "covered_by", by);
    const char *reason = status == GOAL_COVERED          ? NULL
                         : goal->condition == EXPR_FALSE ? "no arguments in this scope can show it, in any state"
                         : status == GOAL_UNREACHABLE
                             ? "no reachable state of this scope shows it; all were explored"
                             : arena_format(&writer->suite->arena, "not met up to depth %u: %s", suite->stats.depth,
                                            suite->stats.reason);
    jtree_put(object, "reason", jtree_text(reason));
    return object;
}

static struct jtree *counts_json(const struct suite *suite) {
    struct jtree *object = jtree_object(), *goals = jtree_object();
    int64_t counts[3] = {0};
    for (size_t g = 0; g < suite->goals.list.count; g++)
        counts[suite_status(suite, g)]++;
    jtree_put(goals, "total", jtree_number((int64_t)suite->goals.list.count));
    jtree_put(goals, "covered", jtree_number(counts[GOAL_COVERED]));
    jtree_put(goals, "unreachable", jtree_number(counts[GOAL_UNREACHABLE]));
    jtree_put(goals, "unknown", jtree_number(counts[GOAL_UNKNOWN]));
    jtree_put(object, "goals", goals);
    jtree_put(object, "vectors", jtree_number((int64_t)suite->vectors.count));
    jtree_put(object, "steps", jtree_number((int64_t)suite_step_count(suite)));
    return object;
}

static struct jtree *files_json(const struct writer *writer) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < writer->groups.count; i++) {
        struct jtree *file = jtree_object();
        jtree_put(file, "path", jtree_text(writer->groups.at[i].path));
        jtree_put(file, "sha256", jtree_text(writer->groups.at[i].sha256));
        jtree_put(file, "vectors", jtree_number((int64_t)writer->groups.at[i].vectors));
        jtree_add(list, file);
    }
    return list;
}

static struct jtree *write_schemas(struct writer *writer, struct suite_files *files) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < schema_count; i++) {
        size_t bytes = (size_t)(schemas[i].end - schemas[i].begin);
        char *text = memory_resize(NULL, bytes + 1), hash[65];
        memcpy(text, schemas[i].begin, bytes);
        text[bytes] = '\0';
        sha256_hex(text, bytes, hash);
        const char *path = arena_format(&writer->suite->arena, "schema/%s", schemas[i].name);
        suite_files_add(files, path, text, bytes);
        struct jtree *file = jtree_object();
        jtree_put(file, "path", jtree_text(path));
        jtree_put(file, "sha256", jtree_text(hash));
        jtree_add(list, file);
    }
    return list;
}

static void write_manifest(struct writer *writer, struct suite_files *files) {
    const struct suite *suite = writer->suite;
    struct jtree *manifest = jtree_object(), *tool = jtree_object(), *scope = jtree_object(), *goals = jtree_list();
    jtree_put(tool, "name", jtree_text("enimc"));
    jtree_put(tool, "version", jtree_text(writer->version));
    for (size_t k = 0; k < writer->rulebook->kinds.count; k++)
        jtree_put(scope, writer->rulebook->kinds.at[k]->name,
                  jtree_number((int64_t)writer->rulebook->kinds.at[k]->objects.count));
    for (size_t g = 0; g < suite->goals.list.count; g++)
        jtree_add(goals, goal_json(writer, g));
    jtree_put(manifest, "$schema", jtree_text("schema/manifest.schema.json"));
    jtree_put(manifest, "format", jtree_text(FORMAT_NAME));
    jtree_put(manifest, "format_version", jtree_text(FORMAT_VERSION));
    jtree_put(manifest, "tool", tool);
    jtree_put(manifest, "rulebook", rulebook_json(writer->rulebook));
    jtree_put(manifest, "scope", scope);
    jtree_put(manifest, "exploration", exploration_json(suite));
    jtree_put(manifest, "counts", counts_json(suite));
    jtree_put(manifest, "files", files_json(writer));
    jtree_put(manifest, "schemas", write_schemas(writer, files));
    jtree_put(manifest, "goals", goals);
    add_json(files, "manifest.json", manifest);
}

static void write_json(struct suite *suite, const char *version, struct suite_files *files) {
    struct writer writer = {.suite = suite, .rulebook = suite->system->rulebook, .version = version};
    find_groups(&writer);
    for (size_t i = 0; i < writer.groups.count; i++)
        write_group(&writer, &writer.groups.at[i], files);
    write_manifest(&writer, files);
    vec_free(&writer.groups);
}

const struct format format_json = {
    .name = "json",
    .summary = "the native format: manifest.json, one JSON file an action, JSON Schemas",
    .write = write_json,
};
