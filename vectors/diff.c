#include "vectors/diff.h"

#include <string.h>

#include "base/jtree.h"

struct entry {
    char *id, sha256[65];
    bool is_old;
};
typedef VEC(struct entry) entry_list;

static void add_vectors(entry_list *list, const struct jtree *group, bool is_old) {
    const struct jtree *vectors = jtree_get(group, "vectors");
    for (size_t i = 0; i < jtree_count(vectors); i++) {
        const char *id = jtree_string(jtree_get(jtree_at(vectors, i), "id"));
        const char *hash = jtree_string(jtree_get(jtree_at(vectors, i), "sha256"));
        struct entry entry = {.is_old = is_old};
        if (id == NULL || hash == NULL)
            continue;
        size_t bytes = strlen(id) + 1;
        entry.id = memory_resize(NULL, bytes);
        memcpy(entry.id, id, bytes);
        snprintf(entry.sha256, sizeof entry.sha256, "%s", hash);
        vec_push(list, entry);
    }
}

/* NULL after a problem. */
static struct jtree *read_tree(const char *folder, const char *name, char *problem, size_t problem_bytes) {
    struct arena arena = {0};
    const char *path = arena_format(&arena, "%s/%s", folder, name);
    FILE *in = fopen(path, "rb");
    struct jtree *tree = NULL;
    char *text = NULL, why[160] = "it cannot be read";
    size_t bytes = 0, room = 0, got = 1;
    while (in != NULL && got > 0 && bytes < LIMIT_FILE_BYTES) {
        room = room == 0 ? 65536 : 2 * room;
        text = memory_resize(text, room);
        got = fread(text + bytes, 1, room - bytes, in);
        bytes += got;
    }
    if (in != NULL && !ferror(in))
        tree = jtree_read(text, bytes, why, sizeof why);
    if (tree == NULL)
        snprintf(problem, problem_bytes, "%s: expected a suite of test vectors: %s", path, why);
    if (in != NULL)
        fclose(in);
    free(text);
    arena_clear(&arena);
    return tree;
}

static bool read_old(entry_list *list, const char *folder, char *problem, size_t problem_bytes) {
    struct jtree *manifest = read_tree(folder, "manifest.json", problem, problem_bytes);
    bool good = manifest != NULL;
    const struct jtree *groups = jtree_get(manifest, "groups");
    if (good && jtree_count(groups) == 0) {
        snprintf(problem, problem_bytes, "%s/manifest.json: expected 'groups' of test vectors, found none", folder);
        good = false;
    }
    for (size_t i = 0; i < jtree_count(groups) && good; i++) {
        const char *path = jtree_string(jtree_get(jtree_at(groups, i), "path"));
        if (path == NULL)
            continue;
        struct jtree *group = read_tree(folder, path, problem, problem_bytes);
        good = group != NULL;
        add_vectors(list, group, true);
        jtree_free(group);
    }
    jtree_free(manifest);
    return good;
}

static int compare_entries(const void *one, const void *other) {
    const struct entry *a = one, *b = other;
    int order = strcmp(a->id, b->id);
    return order != 0 ? order : (int)b->is_old - (int)a->is_old;
}

bool suite_diff(const char *folder, const struct suite_files *files, FILE *out, char *problem, size_t problem_bytes) {
    entry_list list = {0};
    size_t added = 0, retired = 0, changed = 0;
    bool good = read_old(&list, folder, problem, problem_bytes);
    for (size_t i = 0; i < files->list.count && good; i++) {
        char why[160];
        if (strncmp(files->list.at[i].path, "vectors/", 8) != 0)
            continue;
        struct jtree *group = jtree_read(files->list.at[i].text, files->list.at[i].bytes, why, sizeof why);
        add_vectors(&list, group, false);
        jtree_free(group);
    }
    if (list.count > 1)
        qsort(list.at, list.count, sizeof *list.at, compare_entries);
    for (size_t i = 0; i < list.count && good; i++) {
        const struct entry *entry = &list.at[i];
        if (entry->is_old && i + 1 < list.count && !entry[1].is_old && strcmp(entry->id, entry[1].id) == 0) {
            if (strcmp(entry->sha256, entry[1].sha256) != 0) {
                fprintf(out, "changed %s\n", entry->id);
                changed++;
            }
            i++;
        } else {
            fprintf(out, "%s %s\n", entry->is_old ? "retired" : "added", entry->id);
            retired += entry->is_old;
            added += !entry->is_old;
        }
    }
    if (good)
        fprintf(out, "against %s: %zu added, %zu retired, %zu changed\n", folder, added, retired, changed);
    for (size_t i = 0; i < list.count; i++)
        free(list.at[i].id);
    vec_free(&list);
    return good;
}
