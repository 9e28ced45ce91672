#include "replay/compare.h"

#include <arpa/inet.h>
#include <string.h>

void compare_begin(struct compare *compare) {
    compare->is_trying = true;
    compare->seen_before = compare->world->seen.count;
}

static void undo(struct compare *compare, size_t mark, size_t seen) {
    while (compare->trail.count > mark) {
        struct rebound last = compare->trail.at[--compare->trail.count];
        if (last.before == NULL) {
            world_unbind(compare->world, last.symbol);
            continue;
        }
        world_bind(compare->world, last.symbol, last.before, false);
        compare->world->is_open[last.symbol] = true;
    }
    while (compare->world->seen.count > seen)
        free(compare->world->seen.at[--compare->world->seen.count]);
}

void compare_end(struct compare *compare, bool keep) {
    if (!keep)
        undo(compare, 0, compare->seen_before);
    vec_free(&compare->trail);
    compare->is_trying = false;
}

/* "2001:db8::/64" in bytes.  False: it is no such thing. */
static bool read_ipv6(const char *text, unsigned char bytes[16], const char **rest) {
    char address[64];
    size_t length = strcspn(text, "/");
    *rest = text + length;
    if (length >= sizeof address || memchr(text, ':', length) == NULL)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, bytes) == 1;
}

bool compare_texts(const char *one, const char *other) {
    unsigned char left[16], right[16];
    const char *left_rest, *right_rest;
    if (strcmp(one, other) == 0)
        return true;
    return read_ipv6(one, left, &left_rest) && read_ipv6(other, right, &right_rest) &&
           memcmp(left, right, sizeof left) == 0 && strcmp(left_rest, right_rest) == 0;
}

/* Nothing, or as good as that. */
static bool is_empty(const struct jtree *tree) {
    switch (jtree_type(tree)) {
    case JTREE_NONE:
    case JTREE_NULL:
        return true;
    case JTREE_BOOL:
        return !jtree_truth(tree);
    case JTREE_NUMBER:
        return jtree_integer(tree) == 0;
    case JTREE_TEXT:
        return jtree_string(tree)[0] == '\0';
    case JTREE_LIST:
        return jtree_count(tree) == 0;
    case JTREE_OBJECT:
        for (const void *m = jtree_next(tree, NULL); m != NULL; m = jtree_next(tree, m))
            if (!is_empty(jtree_value(m)))
                return false;
        return true;
    }
    return true;
}

/* What is expected, with symbols; what is found, with the symbols of the ids that have one. */
static const char *tree_text(struct compare *compare, const struct jtree *tree) {
    if (is_empty(tree))
        return jtree_type(tree) == JTREE_BOOL ? "false" : jtree_type(tree) == JTREE_NUMBER ? "0" : "nothing";
    char *text = jtree_type(tree) == JTREE_TEXT ? NULL : jtree_canonical(tree);
    const char *named = world_names(compare->world, text == NULL ? jtree_string(tree) : text);
    free(text);
    return named;
}

static void differ(struct compare *compare, const char *symbol, const char *path, const struct jtree *expected,
                   const struct jtree *found, bool is_identity) {
    struct arena *arena = compare->world->arena;
    struct difference one = {arena_text(arena, symbol, strlen(symbol)), arena_text(arena, path, strlen(path)),
                             tree_text(compare, expected), tree_text(compare, found), is_identity};
    vec_push(compare->differences, one);
}

static void walk(struct compare *compare, const struct wire_value *value, const char *symbol, const char *path,
                 const struct jtree *expected, const struct jtree *found);

/* A text that is a symbol: what nothing is bound to is bound. */
static void walk_text(struct compare *compare, const char *symbol, const char *path, const struct jtree *expected,
                      const struct jtree *found) {
    struct world *world = compare->world;
    const char *name = jtree_string(expected), *seen = jtree_string(found);
    size_t own = name[0] == '$' ? script_symbol(world->script, name) : SYMBOL_NONE;
    bool is_told_here = own != SYMBOL_NONE && world->bound[own] == NULL && seen != NULL && strchr(name, '#') != NULL &&
                        world->script->symbols.at[own].id->prefix != NULL;
    if (own != SYMBOL_NONE && world->is_open[own] && seen != NULL) {
        const char *before = world_value(world, name);
        if (compare->is_trying)
            vec_push(&compare->trail, ((struct rebound){own, arena_text(world->arena, before, strlen(before))}));
        if (!compare_texts(before, seen))
            world->renamed = world->script->symbols.at[own].name;
        world_bind(world, own, seen, false);
        world->is_open[own] = false;
        return;
    }
    if (is_told_here) {
        if (compare->is_trying)
            vec_push(&compare->trail, ((struct rebound){own, NULL}));
        bool was_seen = world_has_seen(world, seen);
        world_bind(world, own, seen, false);
        if (was_seen)
            differ(compare, symbol, path, NULL, found, true);
        return;
    }
    if (seen == NULL || !compare_texts(world_value(world, name), seen))
        differ(compare, symbol, path, expected, found, false);
}

/* Does it speak of an address that may still be any? */
static bool is_open(const struct compare *compare, const struct jtree *tree) {
    bool found = false;
    if (jtree_type(tree) == JTREE_TEXT && jtree_string(tree)[0] == '$') {
        size_t symbol = script_symbol(compare->world->script, jtree_string(tree));
        return symbol != SYMBOL_NONE && compare->world->is_open[symbol];
    }
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && !found && i < jtree_count(tree); i++)
        found = is_open(compare, jtree_at(tree, i));
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && !found;
         m = jtree_next(tree, m))
        found = is_open(compare, jtree_value(m));
    return found;
}

/* Adds the fewest differences that an item has from one that is not taken, which then is. */
static void tell_nearest(struct compare *compare, const struct wire_value *value, const char *symbol, const char *path,
                         const struct jtree *expected, const struct jtree *found, bool *is_taken,
                         difference_list *differences) {
    size_t best = SIZE_MAX, fewest = SIZE_MAX;
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < jtree_count(found); j++) {
            difference_list tried = {0};
            size_t mark = compare->trail.count, seen = compare->world->seen.count;
            if (is_taken[j] || (pass == 1 && j != best))
                continue;
            compare->differences = &tried;
            walk(compare, value, symbol, path, expected, jtree_at(found, j));
            undo(compare, mark, seen);
            if (pass == 0 && tried.count < fewest) {
                fewest = tried.count;
                best = j;
            }
            for (size_t i = 0; pass == 1 && i < tried.count; i++)
                vec_push(differences, tried.at[i]);
            vec_free(&tried);
        }
    if (best != SIZE_MAX)
        is_taken[best] = true;
}

/* Each item must have one of its own that fits; two of one length and no more are told apart by their place. */
static void walk_list(struct compare *compare, const struct wire_value *value, const char *symbol, const char *path,
                      const struct jtree *expected, const struct jtree *found) {
    size_t count = jtree_count(expected);
    if (count != jtree_count(found)) {
        differ(compare, symbol, path, expected, found, false);
        return;
    }
    if (count == 1) {
        walk(compare, value, symbol, path, jtree_at(expected, 0), jtree_at(found, 0));
        return;
    }
    bool *is_taken = memory_resize(NULL, 2 * count + 1), *is_matched = is_taken + count,
         was_trying = compare->is_trying;
    memset(is_taken, 0, 2 * count + 1);
    difference_list *outer = compare->differences;
    compare->is_trying = true;
    for (size_t n = 0; n < 2 * count; n++) { /* open ones take what is left */
        size_t i = n % count;
        bool fits = false;
        if (is_matched[i] || (n < count && is_open(compare, jtree_at(expected, i))))
            continue;
        for (size_t j = 0; j < count && !fits; j++) {
            difference_list tried = {0};
            size_t mark = compare->trail.count, seen = compare->world->seen.count;
            if (is_taken[j])
                continue;
            compare->differences = &tried;
            walk(compare, value, symbol, path, jtree_at(expected, i), jtree_at(found, j));
            fits = tried.count == 0;
            is_taken[j] = fits;
            vec_free(&tried);
            if (!fits)
                undo(compare, mark, seen);
        }
        is_matched[i] = fits;
    }
    for (size_t i = 0; i < count; i++) /* each of the rest against the one that is most like it */
        if (!is_matched[i])
            tell_nearest(compare, value, symbol, path, jtree_at(expected, i), found, is_taken, outer);
    compare->differences = outer;
    compare->is_trying = was_trying;
    if (!was_trying)
        vec_free(&compare->trail);
    free(is_taken);
}

static const struct wire_value *field_value(const struct wire_value *value, const char *name) {
    for (size_t i = 0; value != NULL && value->form == WIRE_MEMBERS && i < value->fields.count; i++)
        if (strcmp(value->fields.at[i].member->name, name) == 0)
            return value->fields.at[i].value;
    return NULL;
}

static void walk_members(struct compare *compare, const struct wire_value *value, const char *symbol, const char *path,
                         const struct jtree *expected, const struct jtree *found) {
    for (const void *m = jtree_next(expected, NULL); m != NULL; m = jtree_next(expected, m)) {
        char inner[300];
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] == '\0' ? "" : ".", jtree_name(m));
        walk(compare, field_value(value, jtree_name(m)), symbol, inner, jtree_value(m),
             jtree_get(found, jtree_name(m)));
    }
    for (size_t i = 0; value != NULL && value->form == WIRE_MEMBERS && i < value->fields.count; i++) {
        const struct wire_field *field = &value->fields.at[i];
        char inner[300];
        const struct jtree *seen = jtree_get(found, field->member->name);
        bool may_be_absent = field->value->condition != NULL || field->value->form == WIRE_LIST;
        if (!may_be_absent || field->value->lingers || jtree_get(expected, field->member->name) != NULL ||
            is_empty(seen))
            continue;
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] == '\0' ? "" : ".", field->member->name);
        differ(compare, symbol, inner, NULL, seen, false);
    }
}

/* What a list or another object's description consists of. */
static const struct wire_value *inside(const struct wire_value *value) {
    while (value != NULL && (value->form == WIRE_EACH || value->form == WIRE_OF || value->form == WIRE_LIST))
        value = value->form != WIRE_LIST ? value->show : value->items.count == 1 ? value->items.at[0] : NULL;
    return value;
}

static void walk(struct compare *compare, const struct wire_value *value, const char *symbol, const char *path,
                 const struct jtree *expected, const struct jtree *found) {
    if (compare->differences->count > 100 || (is_empty(expected) && is_empty(found)))
        return;
    value = inside(value);
    switch (jtree_type(expected)) {
    case JTREE_OBJECT:
        walk_members(compare, value, symbol, path, expected, found);
        break;
    case JTREE_LIST:
        walk_list(compare, value, symbol, path, expected, found);
        break;
    case JTREE_TEXT:
        walk_text(compare, symbol, path, expected, found);
        break;
    case JTREE_NUMBER:
        if (jtree_type(found) != JTREE_NUMBER || jtree_integer(found) != jtree_integer(expected))
            differ(compare, symbol, path, expected, found, false);
        break;
    case JTREE_BOOL:
        if (is_empty(expected) != is_empty(found))
            differ(compare, symbol, path, expected, found, false);
        break;
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
}

void compare_view(struct compare *compare, const struct script_kind *kind, const char *symbol, const struct jtree *view,
                  const struct jtree *found) {
    walk(compare, kind->kind->view, symbol, "", view, found);
}
