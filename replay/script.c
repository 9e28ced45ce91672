#include "replay/script.h"

#include <string.h>

static int compare_symbols(const void *one, const void *other) {
    return strcmp(((const struct symbol *)one)->name, ((const struct symbol *)other)->name);
}

size_t script_symbol(const struct script *script, const char *name) {
    const struct symbol wanted = {.name = name};
    const struct symbol *found =
        script->symbols.count == 0
            ? NULL
            : bsearch(&wanted, script->symbols.at, script->symbols.count, sizeof *script->symbols.at, compare_symbols);
    return found == NULL ? SYMBOL_NONE : (size_t)(found - script->symbols.at);
}

static const struct wire_kind *kind_named(const struct script *script, const char *name, size_t length) {
    for (size_t k = 0; k < script->wire->kinds.count; k++)
        if (strlen(script->wire->kinds.at[k]->name) == length &&
            memcmp(script->wire->kinds.at[k]->name, name, length) == 0)
            return script->wire->kinds.at[k];
    return NULL;
}

static void list_symbols(struct script *script) {
    const struct jtree *symbols = jtree_get(script->calls, "symbols");
    for (const void *m = jtree_next(symbols, NULL); m != NULL; m = jtree_next(symbols, m)) {
        const char *name = jtree_name(m), *hash = strchr(name, '#');
        const struct wire_kind *kind = kind_named(script, name + 1, strcspn(name + 1, ":"));
        const struct wire_id *id = kind == NULL ? NULL : wire_id(kind, hash == NULL ? "id" : hash + 1);
        if (id != NULL)
            vec_push(&script->symbols, ((struct symbol){name, jtree_string(jtree_value(m)), id, SYMBOL_NONE}));
    }
    if (script->symbols.count > 1)
        qsort(script->symbols.at, script->symbols.count, sizeof *script->symbols.at, compare_symbols);
    for (size_t i = 0; i < script->symbols.count; i++) {
        char owner[400];
        const char *name = script->symbols.at[i].name;
        snprintf(owner, sizeof owner, "%.*s", (int)strcspn(name, "#"), name);
        script->symbols.at[i].owner = script_symbol(script, owner);
    }
}

/* Does some vector see this kind otherwise than it is at the start? */
static bool is_moving(const struct script *script, const char *kind) {
    const struct jtree *vectors = jtree_get(script->calls, "vectors");
    char *first = jtree_canonical(jtree_get(jtree_get(script->calls, "initially"), kind));
    bool moves = false;
    for (size_t v = 0; v < jtree_count(vectors) && !moves; v++) {
        const struct jtree *steps = jtree_get(jtree_at(vectors, v), "steps");
        for (size_t i = 0; i < jtree_count(steps) && !moves; i++) {
            const struct jtree *after = jtree_get(jtree_get(jtree_at(steps, i), "after"), kind);
            char *now = after == NULL ? NULL : jtree_canonical(after);
            moves = now != NULL && strcmp(first, now) != 0;
            free(now);
        }
    }
    free(first);
    return moves;
}

static void list_kinds(struct script *script) {
    const struct jtree *kinds = jtree_get(script->calls, "kinds");
    for (size_t i = 0; i < jtree_count(kinds); i++) {
        const struct jtree *json = jtree_at(kinds, i);
        const char *name = jtree_string(jtree_get(json, "kind"));
        struct script_kind kind = {.kind = kind_named(script, name, strlen(name)), .json = json};
        if (kind.kind->exists == NULL || jtree_get(jtree_get(script->calls, "initially"), name) == NULL)
            continue;
        kind.id_member = jtree_string(jtree_get(jtree_get(json, "ids"), "id"));
        for (size_t f = 0; f < kind.kind->filters.count; f++) {
            const struct wire_filter *filter = &kind.kind->filters.at[f];
            if (strcmp(filter->name, "vpc-id") == 0)
                kind.filter = filter->name;
            if (kind.id_member != NULL && strcmp(filter->path, kind.id_member) == 0)
                kind.own_filter = filter->name;
        }
        kind.moves = is_moving(script, name);
        if (kind.id_member != NULL)
            vec_push(&script->kinds, kind);
    }
}

bool script_init(struct script *script, const char *name, struct rulebook *rulebook, struct wire *wire,
                 struct jtree *native, const char *version, char *problem, size_t problem_bytes) {
    *script = (struct script){.name = name, .rulebook = rulebook, .wire = wire, .native = native};
    if (!group_read(&script->group, rulebook, native, problem, problem_bytes))
        return false;
    const struct calls_source source = {.rulebook = rulebook,
                                        .initial = script->group.initial,
                                        .vectors = script->group.vectors.at,
                                        .count = script->group.vectors.count,
                                        .arena = &script->group.arena};
    script->calls = calls_of(&source, wire, version);
    list_symbols(script);
    list_kinds(script);
    return true;
}

void script_clear(struct script *script) {
    jtree_free(script->native);
    jtree_free(script->calls);
    group_clear(&script->group);
    vec_free(&script->symbols);
    vec_free(&script->kinds);
    wire_free(script->wire);
    rulebook_free(script->rulebook);
    *script = (struct script){0};
}

const struct script_kind *script_kind(const struct script *script, const char *name) {
    for (size_t i = 0; i < script->kinds.count; i++)
        if (strcmp(script->kinds.at[i].kind->name, name) == 0)
            return &script->kinds.at[i];
    return NULL;
}

const struct jtree *script_vector(const struct script *script, size_t index) {
    return jtree_at(jtree_get(script->calls, "vectors"), index);
}

size_t script_count(const struct script *script) { return script->group.vectors.count; }
