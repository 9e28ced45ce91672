/* The native format: manifest.json, vectors/<spec>.json and their schemas; vectors/README.md explains the members. */
#include "vectors/format_json.h"

#include <string.h>

#include "base/jtree.h"
#include "base/sha256.h"
#include "model/print.h"
#include "model/value_json.h"
#include "vectors/manifest.h"
#include "vectors/schema.h"

struct writer {
    struct suite_set *set;
    struct suite *suite; /* whose file is written */
    size_t number;
    struct rulebook *rulebook;
    bool *told; /* by the set's goals: a vector before this one shows it */
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

/* What an implementation must be able to do, once each: "action:Attach", "event:attach_completes", "capability:ipv6".
 */
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

/* What all vectors of a file begin with. */
static struct sha256 hash_setup(const struct jtree *setup) {
    struct sha256 begun;
    char *text = jtree_canonical(setup);
    sha256_init(&begun);
    sha256_add(&begun, text, strlen(text));
    sha256_add(&begun, "\n", 1);
    free(text);
    return begun;
}

/* Over the meaning of a vector: it changes if and only if the setup or a step does. */
static void hash_vector(struct sha256 begun, const struct jtree *steps, char hash[65]) {
    char *text = jtree_canonical(steps);
    sha256_add(&begun, text, strlen(text));
    sha256_end(&begun, hash);
    free(text);
}

static struct jtree *vector_json(struct writer *writer, const struct vector *vector, struct sha256 begun) {
    const struct goals *goals = &writer->suite->goals;
    struct jtree *object = jtree_object(), *shown = jtree_list(), *steps = jtree_list();
    char hash[65];
    for (size_t g = 0; g < goals->list.count; g++) {
        bool *told = &writer->told[writer->set->numbers.at[writer->number][g]];
        if (*told || !set_goal_is_shown(writer->set, writer->number, vector, g))
            continue;
        *told = true;
        jtree_add(shown, jtree_text(goals->list.at[g].id));
    }
    for (size_t i = 0; i < vector->steps.count; i++)
        jtree_add(steps, step_json(writer->rulebook, &vector->steps.at[i],
                                   vector->states + i * writer->rulebook->state_width));
    hash_vector(begun, steps, hash);
    jtree_put(object, "id", jtree_text(vector->id));
    jtree_put(object, "title", jtree_text(vector->title));
    jtree_put(object, "level", jtree_text(level_text(vector->level)));
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

static void write_group(struct writer *writer, struct suite_files *files) {
    struct suite *suite = writer->suite;
    struct jtree *file = jtree_object(), *setup = setup_json(writer), *vectors = jtree_list();
    struct sha256 begun = hash_setup(setup);
    for (size_t i = 0; i < suite->vectors.count; i++)
        jtree_add(vectors, vector_json(writer, &suite->vectors.at[i], begun));
    jtree_put(file, "$schema", jtree_text("../schema/vectors.schema.json"));
    jtree_put(file, "format", jtree_text(FORMAT_NAME));
    jtree_put(file, "format_version", jtree_text(FORMAT_VERSION));
    jtree_put(file, "group", jtree_text(suite->name));
    jtree_put(file, "setup", setup);
    jtree_put(file, "vectors", vectors);
    add_json(files, format_json_path(suite), file);
}

const char *format_json_path(struct suite *suite) {
    return arena_format(&suite->arena, "vectors/%s.json", suite->name);
}

static void write_schemas(struct suite_files *files) {
    for (size_t i = 0; i < schema_count; i++) {
        size_t bytes = (size_t)(schemas[i].end - schemas[i].begin);
        char *text = memory_resize(NULL, bytes + 1), path[100];
        memcpy(text, schemas[i].begin, bytes);
        text[bytes] = '\0';
        snprintf(path, sizeof path, "schema/%s", schemas[i].name);
        suite_files_add(files, path, text, bytes);
    }
}

static void write_json(struct suite_set *set, const char *version, struct suite_files *files) {
    struct writer writer = {.set = set};
    writer.told = memory_resize(NULL, set->goals.count + 1);
    memset(writer.told, 0, set->goals.count + 1);
    for (writer.number = 0; writer.number < set->list.count; writer.number++) {
        writer.suite = set->list.at[writer.number];
        writer.rulebook = writer.suite->system->rulebook;
        if (writer.suite->vectors.count > 0)
            write_group(&writer, files);
    }
    write_schemas(files);
    add_json(files, "manifest.json", manifest_json(set, version, files));
    free(writer.told);
}

const struct format format_json = {
    .name = "json",
    .summary = "the native format: manifest.json, one JSON file a spec, JSON Schemas",
    .write = write_json,
};
