#include "replay/load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"

struct loader {
    struct replay *replay;
    const char *folder, *library, *version;
    struct diags *diags;
    struct arena *arena;
};

static void complain(struct diags *diags, const char *path, enum diag_code code, const char *text) {
    uint32_t file = diags_add_file(diags, path, NULL, 0);
    diag_error(diags, (struct span){file, 0, 0, 0}, code, "%s", text);
}

static char *read_text(const char *path, size_t *bytes, struct diags *diags) {
    FILE *in = fopen(path, "rb");
    int why = errno;
    char *text = memory_resize(NULL, 1);
    size_t room = 0, got = in != NULL;
    *bytes = 0;
    while (got > 0 && *bytes <= LIMIT_FILE_BYTES) {
        room = room == 0 ? 65536 : 2 * room;
        text = memory_resize(text, room + 1);
        got = fread(text + *bytes, 1, room - *bytes, in);
        *bytes += got;
    }
    bool good = in != NULL && !ferror(in) && *bytes <= LIMIT_FILE_BYTES;
    if (in != NULL)
        fclose(in);
    if (good)
        return text;
    complain(diags, path, DIAG_FILE, in == NULL ? strerror(why) : "it is too large, or no regular file");
    free(text);
    return NULL;
}

struct jtree *replay_read_json(const char *path, struct diags *diags) {
    char problem[200];
    size_t bytes;
    char *text = read_text(path, &bytes, diags);
    struct jtree *tree = text == NULL ? NULL : jtree_read(text, bytes, problem, sizeof problem);
    if (text != NULL && tree == NULL)
        complain(diags, path, DIAG_WRONG_SHAPE, problem);
    free(text);
    return tree;
}

/* The spec where the manifest says, or the bundled one of that name. */
static const char *spec_path(struct loader *loader, const char *path) {
    if (access(path, R_OK) == 0)
        return path;
    return strncmp(path, "specs/", 6) == 0 ? arena_format(loader->arena, "%s/%s", loader->library, path + 6) : path;
}

static struct rulebook *read_rulebook(struct loader *loader, const struct jtree *group) {
    const struct jtree *rulebook = jtree_get(group, "rulebook"), *settings = jtree_get(rulebook, "settings");
    const char *path = jtree_string(jtree_get(rulebook, "path"));
    VEC(struct setting) list = {0};
    for (const void *m = jtree_next(settings, NULL); m != NULL; m = jtree_next(settings, m)) {
        const char *value = jtree_string(jtree_value(m));
        if (value != NULL)
            vec_push(&list, ((struct setting){arena_text(loader->arena, jtree_name(m), strlen(jtree_name(m))),
                                              arena_text(loader->arena, value, strlen(value)),
                                              (struct span){UINT32_MAX, 0, 0, 0}}));
    }
    struct rulebook *read =
        path == NULL ? NULL
                     : rulebook_read(spec_path(loader, path), loader->library, list.at, list.count, loader->diags);
    vec_free(&list);
    return read;
}

static bool load_group(struct loader *loader, const struct jtree *group) {
    const char *path = jtree_string(jtree_get(group, "path")), *name = jtree_string(jtree_get(group, "name"));
    char problem[400], folder[4200];
    if (path == NULL || name == NULL || path[0] == '/' || strstr(path, "..") != NULL) {
        complain(loader->diags, loader->folder, DIAG_WRONG_SHAPE,
                 "manifest.json: expected groups with 'name' and a 'path' inside the folder");
        return false;
    }
    path = arena_format(loader->arena, "%s/%s", loader->folder, path);
    struct jtree *tree = replay_read_json(path, loader->diags);
    struct rulebook *rulebook = tree == NULL ? NULL : read_rulebook(loader, group);
    struct wire *wire = NULL;
    snprintf(folder, sizeof folder, "%s/ec2/wire", loader->library);
    if (rulebook != NULL && wire_applies(rulebook))
        wire = wire_read(folder, rulebook, loader->diags);
    else if (rulebook != NULL)
        complain(loader->diags, path, DIAG_WRONG_SHAPE,
                 "its rulebook is not of EC2, and only EC2 has a mapping to an API");
    if (wire == NULL) {
        if (rulebook == NULL && tree != NULL && !diags_failed(loader->diags))
            complain(loader->diags, path, DIAG_WRONG_SHAPE, "the manifest names no rulebook for it");
        jtree_free(tree);
        rulebook_free(rulebook);
        return false;
    }
    struct script *script = memory_resize(NULL, sizeof *script);
    bool good = script_init(script, arena_text(loader->arena, name, strlen(name)), rulebook, wire, tree,
                            loader->version, problem, sizeof problem);
    if (!good) {
        complain(loader->diags, path, DIAG_WRONG_SHAPE, problem);
        script_clear(script);
        free(script);
        return false;
    }
    replay_add(loader->replay, script);
    return true;
}

bool replay_load(struct replay *replay, const char *folder, const char *only, const char *library, const char *version,
                 struct diags *diags) {
    if (replay->arenas.count == 0)
        vec_push(&replay->arenas, ((struct arena){0}));
    struct arena arena = replay->arenas.at[0];
    struct loader loader = {replay, folder, library, version, diags, &arena};
    const char *path = arena_format(&arena, "%s/manifest.json", folder);
    struct jtree *manifest = replay_read_json(path, diags);
    const struct jtree *groups = jtree_get(manifest, "groups");
    bool good = manifest != NULL;
    if (good && jtree_count(groups) == 0) {
        complain(diags, path, DIAG_WRONG_SHAPE, "expected a suite of test vectors with 'groups', found none");
        good = false;
    }
    for (size_t i = 0; i < jtree_count(groups) && good; i++) {
        const char *name = jtree_string(jtree_get(jtree_at(groups, i), "name"));
        if (only == NULL || (name != NULL && strcmp(name, only) == 0))
            good = load_group(&loader, jtree_at(groups, i));
    }
    if (good && replay->scripts.count == 0) {
        complain(diags, path, DIAG_UNKNOWN_NAME, arena_format(&arena, "no group of the suite is called '%.80s'", only));
        good = false;
    }
    if (good) {
        char hash[65], *text = jtree_canonical(manifest);
        sha256_hex(text, strlen(text), hash);
        replay->hash = arena_text(&arena, hash, 64);
        replay->path = folder;
        free(text);
    }
    jtree_free(manifest);
    replay->arenas.at[0] = arena;
    return good;
}
