#include "vectors/manifest.h"

#include <string.h>

#include "base/sha256.h"
#include "model/print.h"
#include "vectors/format_json.h"

/* ---- counting ---- */

static void count_goal(struct goal_counts *counts, const struct set_goal *goal) {
    counts->total++;
    counts->covered += goal->status == GOAL_COVERED;
    counts->quirk += goal->status == GOAL_COVERED && goal->is_quirk;
    counts->weak += goal->status == GOAL_COVERED && goal_is_mutant(goal->goal) && goal->is_weak;
    counts->unreachable += goal->status == GOAL_UNREACHABLE;
    counts->unknown += goal->status == GOAL_UNKNOWN;
}

struct goal_counts set_goal_counts(const struct suite_set *set, enum goal_form form) {
    struct goal_counts counts = {0};
    for (size_t i = 0; i < set->goals.count; i++)
        if (set->goals.at[i].goal->form == form)
            count_goal(&counts, &set->goals.at[i]);
    return counts;
}

struct goal_counts set_mutant_counts(const struct suite_set *set) {
    struct goal_counts counts = {0};
    for (size_t i = 0; i < set->goals.count; i++)
        if (goal_is_mutant(set->goals.at[i].goal))
            count_goal(&counts, &set->goals.at[i]);
    return counts;
}

/* Why no state at all, reachable or not, can show it. */
static const char *why_never(enum goal_form form) {
    switch (form) {
    case GOAL_ARGUMENT:
        return "no spec allows a call with this argument";
    case GOAL_BOUNDARY:
        return "no call that the specs allow, about the objects they have, brings the sides so close or so far";
    case GOAL_NO_CHANGE:
        return "every success changes something";
    case GOAL_REPEATED:
        return "after a success the same call has no answer in these specs";
    case GOAL_UNHURT:
        return "no call of the action fails and then succeeds in these specs";
    case GOAL_OK:
    case GOAL_FIRST:
    case GOAL_ALONE:
    case GOAL_CODE:
    case GOAL_ATOM:
    case GOAL_EFFECT:
    case GOAL_MUTANT:
    case GOAL_FORMS:
        break;
    }
    return "no arguments in these scopes can show it, in any state";
}

const char *set_goal_reason(const struct set_goal *goal) {
    bool mutant = goal_is_mutant(goal->goal);
    if (goal->is_left)
        return "not shown by the vectors of this criterion";
    if (goal->status == GOAL_UNKNOWN)
        return "not met within the limits of the exploration";
    if (goal->is_identical && !mutant)
        return why_never(goal->goal->form);
    if (goal->is_identical)
        return "equivalent: structurally the same for every call in these scopes";
    return mutant ? "equivalent in these scopes: no reachable state tells it apart; all were explored"
                  : "no reachable state of these scopes shows it; all were explored";
}

static struct jtree *counts_object(struct goal_counts counts) {
    struct jtree *object = jtree_object();
    jtree_put(object, "total", jtree_number((int64_t)counts.total));
    jtree_put(object, "covered", jtree_number((int64_t)counts.covered));
    jtree_put(object, "by_quirks_only", jtree_number((int64_t)counts.quirk));
    jtree_put(object, "unreachable", jtree_number((int64_t)counts.unreachable));
    jtree_put(object, "unknown", jtree_number((int64_t)counts.unknown));
    return object;
}

static struct jtree *classes_json(const struct suite_set *set) {
    struct jtree *object = jtree_object();
    for (enum goal_form form = 0; form < GOAL_FORMS; form++)
        jtree_put(object, goal_form_text(form), counts_object(set_goal_counts(set, form)));
    return object;
}

/* Arguments by what they are. */
static struct jtree *arguments_json(const struct suite_set *set) {
    static const struct {
        const char *name;
        enum type_form form;
    } rows[] = {
        {"flag", TYPE_BOOL}, {"value", TYPE_ENUM}, {"number", TYPE_INT}, {"list", TYPE_SET}, {"optional", TYPE_REF}};
    struct jtree *object = jtree_object();
    for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
        struct goal_counts counts = {0};
        for (size_t i = 0; i < set->goals.count; i++) {
            const struct goal *goal = set->goals.at[i].goal;
            if (goal->form == GOAL_ARGUMENT && goal->action->parameters.at[goal->parameter]->type->form == rows[r].form)
                count_goal(&counts, &set->goals.at[i]);
        }
        jtree_put(object, rows[r].name, counts_object(counts));
    }
    return object;
}

static struct jtree *mutation_json(const struct suite_set *set) {
    struct goal_counts counts = set_mutant_counts(set);
    struct jtree *object = jtree_object(), *operators = jtree_list();
    static const char *const names[] = {
#define MUTATION(name, words, slug) slug,
        MUTATIONS
#undef MUTATION
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        jtree_add(operators, jtree_text(names[i]));
    jtree_put(object, "operators", operators);
    jtree_put(object, "mutants", jtree_number((int64_t)counts.total));
    jtree_put(object, "killed", jtree_number((int64_t)counts.covered));
    jtree_put(object, "killed_where_without_meaning", jtree_number((int64_t)counts.weak));
    jtree_put(object, "equivalent", jtree_number((int64_t)counts.unreachable));
    jtree_put(object, "unknown", jtree_number((int64_t)counts.unknown));
    return object;
}

/* "specs/ec2/addresses.yaml:41:12"; of an absolute path only the name, as it would tell about the machine */
static const char *place_text(struct suite_set *set, const struct set_goal *goal) {
    const struct rulebook *rulebook = goal->suite->system->rulebook;
    const struct span span = goal->goal->span;
    const char *path = span.file < rulebook->files.count ? rulebook->files.at[span.file] : NULL;
    if (path == NULL)
        return NULL;
    const char *slash = path[0] == '/' ? strrchr(path, '/') : NULL;
    return arena_format(&set->arena, "%s:%u:%u", slash == NULL ? path : slash + 1, span.line, span.column);
}

static struct jtree *uncovered_json(struct suite_set *set) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < set->goals.count; i++) {
        const struct set_goal *goal = &set->goals.at[i];
        if (goal->status == GOAL_COVERED)
            continue;
        struct jtree *object = jtree_object();
        jtree_put(object, "id", jtree_text(goal->goal->id));
        jtree_put(object, "class", jtree_text(goal_form_text(goal->goal->form)));
        jtree_put(object, "status", jtree_text(goal->status == GOAL_UNKNOWN ? "unknown" : "unreachable"));
        jtree_put(object, "place", jtree_text(place_text(set, goal)));
        jtree_put(object, "reason", jtree_text(set_goal_reason(goal)));
        jtree_add(list, object);
    }
    return list;
}

/* ---- groups ---- */

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

static struct jtree *group_json(struct suite *suite, const struct suite_files *files) {
    struct jtree *object = jtree_object(), *scope = jtree_object();
    const struct rulebook *rulebook = suite->system->rulebook;
    const struct suite_file *file = suite_files_find(files, format_json_path(suite));
    char hash[65];
    for (size_t k = 0; k < rulebook->kinds.count; k++)
        jtree_put(scope, rulebook->kinds.at[k]->name, jtree_number((int64_t)rulebook->kinds.at[k]->objects.count));
    if (file != NULL)
        sha256_hex(file->text, file->bytes, hash);
    jtree_put(object, "name", jtree_text(suite->name));
    jtree_put(object, "path", file == NULL ? jtree_null() : jtree_text(file->path));
    jtree_put(object, "sha256", file == NULL ? jtree_null() : jtree_text(hash));
    jtree_put(object, "vectors", jtree_number((int64_t)suite->vectors.count));
    jtree_put(object, "rulebook", rulebook_json(suite->system->rulebook));
    jtree_put(object, "scope", scope);
    jtree_put(object, "exploration", exploration_json(suite));
    return object;
}

static int compare_sizes(const void *one, const void *other) {
    const size_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

static struct jtree *counts_json(const struct suite_set *set) {
    struct jtree *object = jtree_object();
    size_t levels[LEVELS] = {0}, longest = 0, median = 0;
    VEC(size_t) lengths = {0};
    for (size_t s = 0; s < set->list.count; s++)
        for (size_t i = 0; i < set->list.at[s]->vectors.count; i++) {
            const struct vector *vector = &set->list.at[s]->vectors.at[i];
            levels[vector->level]++;
            longest = vector->steps.count > longest ? vector->steps.count : longest;
            vec_push(&lengths, vector->steps.count);
        }
    if (lengths.count > 0) {
        qsort(lengths.at, lengths.count, sizeof *lengths.at, compare_sizes);
        median = lengths.at[lengths.count / 2];
    }
    jtree_put(object, "vectors", jtree_number((int64_t)lengths.count));
    for (enum level level = LEVEL_CORE; level < LEVELS; level++)
        jtree_put(object, level_text(level), jtree_number((int64_t)levels[level]));
    jtree_put(object, "steps", jtree_number((int64_t)suite_set_steps(set)));
    jtree_put(object, "longest", jtree_number((int64_t)longest));
    jtree_put(object, "median", jtree_number((int64_t)median));
    vec_free(&lengths);
    return object;
}

static struct jtree *schemas_json(const struct suite_files *files) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < files->list.count; i++) {
        const struct suite_file *file = &files->list.at[i];
        if (strncmp(file->path, "schema/", 7) != 0)
            continue;
        struct jtree *object = jtree_object();
        char hash[65];
        sha256_hex(file->text, file->bytes, hash);
        jtree_put(object, "path", jtree_text(file->path));
        jtree_put(object, "sha256", jtree_text(hash));
        jtree_add(list, object);
    }
    return list;
}

struct jtree *manifest_json(struct suite_set *set, const char *version, const struct suite_files *files) {
    struct jtree *manifest = jtree_object(), *tool = jtree_object(), *groups = jtree_list();
    jtree_put(tool, "name", jtree_text("enimc"));
    jtree_put(tool, "version", jtree_text(version));
    for (size_t s = 0; s < set->list.count; s++)
        jtree_add(groups, group_json(set->list.at[s], files));
    jtree_put(manifest, "$schema", jtree_text("schema/manifest.schema.json"));
    jtree_put(manifest, "format", jtree_text(FORMAT_NAME));
    jtree_put(manifest, "format_version", jtree_text(FORMAT_VERSION));
    jtree_put(manifest, "tool", tool);
    jtree_put(manifest, "counts", counts_json(set));
    jtree_put(manifest, "goals", classes_json(set));
    jtree_put(manifest, "arguments", arguments_json(set));
    jtree_put(manifest, "mutation", mutation_json(set));
    jtree_put(manifest, "groups", groups);
    jtree_put(manifest, "schemas", schemas_json(files));
    jtree_put(manifest, "uncovered", uncovered_json(set));
    return manifest;
}
