#include "replay/world.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "replay/compare.h"

/* A service remembers tokens: no two worlds may send the same, in this run or in another. */
static uint64_t new_tag(void) {
    static atomic_uint_fast64_t count;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000) << 12) +
           (atomic_fetch_add(&count, 1) & 0xfff);
}

void world_init(struct world *world, const struct script *script, const struct profile *profile, struct client *client,
                struct arena *arena, bool is_alone) {
    size_t count = script->symbols.count + 1;
    *world =
        (struct world){.script = script, .profile = profile, .client = client, .arena = arena, .is_alone = is_alone};
    world->bound = memory_resize(NULL, count * sizeof *world->bound);
    world->is_made = memory_resize(NULL, count);
    world->is_open = memory_resize(NULL, count);
    world->is_tainted = memory_resize(NULL, count);
    snprintf(world->tag, sizeof world->tag, "%llx", (unsigned long long)new_tag());
    memset(world->bound, 0, count * sizeof *world->bound);
    memset(world->is_made, 0, count);
    memset(world->is_open, 0, count);
    memset(world->is_tainted, 0, count);
}

void world_clear(struct world *world) {
    for (size_t i = 0; world->script != NULL && i < world->script->symbols.count; i++)
        free(world->bound[i]);
    for (size_t i = 0; i < world->seen.count; i++)
        free(world->seen.at[i]);
    for (size_t i = 0; i < world->others.count; i++)
        free(world->others.at[i]);
    free(world->bound);
    free(world->is_made);
    free(world->is_open);
    free(world->is_tainted);
    free(world->last_form);
    vec_free(&world->seen);
    vec_free(&world->others);
    vec_free(&world->known);
    *world = (struct world){0};
}

static char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(memory_resize(NULL, bytes), text, bytes);
}

/* ---- symbols ---- */

static const char *symbol_value(const struct world *world, size_t symbol) {
    return world->bound[symbol] != NULL ? world->bound[symbol] : world->script->symbols.at[symbol].unknown;
}

const char *world_value(const struct world *world, const char *text) {
    if (text[0] != '$')
        return text;
    if (strncmp(text, "$profile.", 9) == 0) {
        const char *given = profile_account(world->profile, text + 9);
        const struct yaml *own = given == NULL ? yaml_get(world->script->wire->profile, text + 9) : NULL;
        return given != NULL ? given : own != NULL ? own->text : text;
    }
    size_t symbol = script_symbol(world->script, text);
    return symbol == SYMBOL_NONE ? text : symbol_value(world, symbol);
}

const char *world_names(struct world *world, const char *text) {
    char *named = NULL;
    size_t bytes;
    FILE *out = open_memstream(&named, &bytes);
    if (out == NULL)
        out_of_memory(1);
    while (*text != '\0') {
        size_t length = 0, best = SYMBOL_NONE;
        for (size_t i = 0; i < world->script->symbols.count; i++) {
            const char *value = world->script->symbols.at[i].id->prefix == NULL ? NULL : world->bound[i];
            if (value != NULL && strncmp(text, value, strlen(value)) == 0 && strlen(value) > length) {
                length = strlen(value);
                best = i;
            }
        }
        if (best == SYMBOL_NONE)
            fputc(*text++, out);
        else
            fputs(world->script->symbols.at[best].name, out);
        text += length;
    }
    fclose(out);
    const char *copy = arena_text(world->arena, named, bytes);
    free(named);
    return copy;
}

struct jtree *world_resolve(const struct world *world, const struct jtree *params) {
    struct jtree *copy;
    switch (jtree_type(params)) {
    case JTREE_OBJECT:
        copy = jtree_object();
        for (const void *m = jtree_next(params, NULL); m != NULL; m = jtree_next(params, m)) {
            bool is_token = strcmp(jtree_name(m), "ClientToken") == 0 && jtree_string(jtree_value(m)) != NULL;
            jtree_put(copy, jtree_name(m),
                      is_token
                          ? jtree_text(arena_format(world->arena, "%s-%s", jtree_string(jtree_value(m)), world->tag))
                          : world_resolve(world, jtree_value(m)));
        }
        return copy;
    case JTREE_LIST:
        copy = jtree_list();
        for (size_t i = 0; i < jtree_count(params); i++)
            jtree_add(copy, world_resolve(world, jtree_at(params, i)));
        return copy;
    case JTREE_TEXT:
        return jtree_text(world_value(world, jtree_string(params)));
    case JTREE_NUMBER:
        return jtree_number(jtree_integer(params));
    case JTREE_BOOL:
        return jtree_bool(jtree_truth(params));
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
    return jtree_null();
}

bool world_has_seen(const struct world *world, const char *value) {
    for (size_t i = 0; i < world->seen.count; i++)
        if (strcmp(world->seen.at[i], value) == 0)
            return true;
    return false;
}

static void set_bound(struct world *world, size_t symbol, const char *value) {
    char *copy = copy_text(value);
    free(world->bound[symbol]);
    world->bound[symbol] = copy;
}

bool world_bind(struct world *world, size_t symbol, const char *value, bool is_new) {
    const struct symbol *own = &world->script->symbols.at[symbol];
    if (own->id->prefix != NULL) {
        bool good = !is_new || !world_has_seen(world, value);
        if (!world_has_seen(world, value))
            vec_push(&world->seen, copy_text(value));
        set_bound(world, symbol, value);
        return good;
    }
    /* an address that stands for another one now: they change places */
    char *before = copy_text(symbol_value(world, symbol));
    for (size_t i = 0; i < world->script->symbols.count; i++)
        if (i != symbol && world->script->symbols.at[i].id == own->id && strcmp(symbol_value(world, i), value) == 0)
            set_bound(world, i, before);
    set_bound(world, symbol, value);
    free(before);
    return true;
}

void world_unbind(struct world *world, size_t symbol) {
    free(world->bound[symbol]);
    world->bound[symbol] = NULL;
}

/* ---- calls ---- */

enum message_end world_call(struct world *world, const char *operation, const struct jtree *params,
                            struct message *message) {
    const struct wire_operation *known = wire_operation(world->script->wire, operation);
    struct client_answer answer;
    *message = (struct message){.end = MESSAGE_BROKEN};
    world->trouble = NULL;
    free(world->last_form);
    world->last_form = NULL;
    world->last_answer[0] = '\0';
    if (known == NULL) {
        snprintf(message->text, sizeof message->text, "the mapping has no operation %.80s", operation);
        world->trouble = arena_text(world->arena, message->text, strlen(message->text));
        return message->end;
    }
    struct jtree *resolved = world_resolve(world, params);
    world->last_form = message_form(world->script->wire, known, resolved);
    jtree_free(resolved);
    client_post(world->client, world->last_form, &answer);
    if (answer.status == 0)
        snprintf(message->text, sizeof message->text, "no answer: %s", answer.problem);
    else {
        snprintf(world->last_answer, sizeof world->last_answer, "%s", answer.body);
        message_read(known, answer.status, answer.body, answer.bytes, message);
    }
    if (message->end == MESSAGE_BROKEN)
        world->trouble = arena_format(world->arena, "%s: %s", operation, message->text);
    return message->end;
}

const struct jtree *world_at(const struct jtree *tree, const char *path) {
    while (tree != NULL && *path != '\0') {
        char part[100];
        size_t length = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        tree = jtree_type(tree) == JTREE_LIST ? jtree_at(tree, strtoul(part, NULL, 10)) : jtree_get(tree, part);
        path += length + (path[length] == '.');
    }
    return tree;
}

/* ---- descriptions ---- */

/* The objects of an answer, from the list of lists if it is one; lent by it. */
typedef VEC(const struct jtree *) item_list;

static void list_items(const struct jtree *tree, const char *path, item_list *items) {
    char part[100];
    size_t length = strcspn(path, ".");
    snprintf(part, sizeof part, "%.*s", (int)length, path);
    const struct jtree *list = jtree_get(tree, part);
    for (size_t i = 0; i < jtree_count(list); i++)
        if (path[length] == '.')
            list_items(jtree_at(list, i), path + length + 1, items);
        else
            vec_push(items, jtree_at(list, i));
}

static bool is_of_kind(const struct symbol *symbol, const struct script_kind *kind) {
    return symbol->id->of == kind->kind && symbol->id->index == 0;
}

/* Values of a filter: all ids bound to objects of the kind called `name`. */
static struct jtree *bound_ids(const struct world *world, const char *name) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < world->script->symbols.count; i++) {
        const struct symbol *symbol = &world->script->symbols.at[i];
        if (symbol->id->index == 0 && world->bound[i] != NULL && strcmp(symbol->id->of->name, name) == 0)
            jtree_add(list, jtree_text(world->bound[i]));
    }
    return list;
}

/* Our own of the kind, in one call: by VPC, then by id, then all there are.  NULL: the call failed. */
static struct jtree *describe_own(struct world *world, const struct script_kind *kind, struct message *message) {
    struct jtree *params = jtree_object();
    bool takes_all = kind->filter == NULL && world->is_alone;
    const char *name = kind->filter != NULL ? kind->filter : kind->own_filter;
    if (name != NULL && !takes_all) {
        struct jtree *filters = jtree_list(), *filter = jtree_object();
        jtree_put(filter, "Name", jtree_text(name));
        jtree_put(filter, "Values", bound_ids(world, kind->filter != NULL ? "vpc" : kind->kind->name));
        jtree_add(filters, filter);
        jtree_put(params, "Filters", filters);
    }
    world_call(world, kind->kind->describe->name, params, message);
    jtree_free(params);
    return message->end == MESSAGE_OK ? message->answer : NULL;
}

struct jtree *world_describe(struct world *world, const struct script_kind *kind, const char *id) {
    struct message message;
    struct jtree *params = jtree_object(), *ids = jtree_list(), *found = NULL;
    item_list items = {0};
    jtree_add(ids, jtree_text(id));
    jtree_put(params, kind->kind->describe_ids->name, ids);
    if (world_call(world, kind->kind->describe->name, params, &message) == MESSAGE_OK)
        list_items(message.answer, kind->kind->describe_list, &items);
    for (size_t i = 0; i < items.count && found == NULL; i++) {
        const char *own = jtree_string(jtree_get(items.at[i], kind->id_member));
        if (own != NULL && strcmp(own, id) == 0)
            found = world_resolve(world, items.at[i]);
    }
    vec_free(&items);
    jtree_free(params);
    message_clear(&message);
    return found;
}

/* ---- comparison ---- */

struct looking {
    struct world *world;
    const struct script_kind *kind;
    item_list items;
    VEC(struct jtree *) fetched; /* one by one */
    difference_list *differences;
    bool more_may_come; /* something is still on its way */
};

static void differ(struct looking *looking, const char *symbol, const char *path, const char *expected,
                   const char *found, bool is_identity) {
    struct arena *arena = looking->world->arena;
    struct difference one = {arena_text(arena, symbol, strlen(symbol)), arena_text(arena, path, strlen(path)),
                             arena_text(arena, expected, strlen(expected)), arena_text(arena, found, strlen(found)),
                             is_identity};
    vec_push(looking->differences, one);
}

static const char *item_id(const struct looking *looking, const struct jtree *item) {
    const char *id = jtree_string(jtree_get(item, looking->kind->id_member));
    return id == NULL ? "" : id;
}

static const struct jtree *find_item(struct looking *looking, const char *id) {
    for (size_t i = 0; i < looking->items.count; i++)
        if (strcmp(item_id(looking, looking->items.at[i]), id) == 0)
            return looking->items.at[i];
    return NULL;
}

/* The object that has this id, or one like it with none: some server may not know the filter. */
static const struct jtree *find_or_fetch(struct looking *looking, const char *id) {
    const struct jtree *item = find_item(looking, id);
    if (item != NULL || looking->kind->filter == NULL)
        return item;
    struct jtree *fetched = world_describe(looking->world, looking->kind, id);
    if (fetched != NULL)
        vec_push(&looking->fetched, fetched);
    return fetched;
}

static bool is_text_in(const char *text, char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

/* Is it in one of our VPCs, or is there nobody but us? */
static bool is_ours(const struct looking *looking, const struct jtree *item) {
    const struct world *world = looking->world;
    const char *vpc = jtree_string(jtree_get(item, "VpcId"));
    if (vpc == NULL)
        return looking->kind->filter == NULL && world->is_alone;
    for (size_t i = 0; i < world->script->symbols.count; i++)
        if (world->script->symbols.at[i].id->index == 0 && world->bound[i] != NULL &&
            strcmp(world->script->symbols.at[i].id->of->name, "vpc") == 0 && strcmp(world->bound[i], vpc) == 0)
            return strcmp(looking->kind->kind->name, "vpc") != 0;
    return false;
}

/* Is it nobody's that we know? */
static bool is_unknown(const struct looking *looking, const struct jtree *item) {
    const struct world *world = looking->world;
    const char *id = item_id(looking, item);
    return !world_has_seen(world, id) && !is_text_in(id, world->others.at, world->others.count) &&
           is_ours(looking, item);
}

/* An object whose id no answer told: the one that looks like it. */
static const struct jtree *recognize(struct looking *looking, size_t symbol, const struct jtree *view) {
    for (size_t i = 0; i < looking->items.count; i++) {
        difference_list none = {0};
        const struct jtree *item = looking->items.at[i];
        struct compare compare = {.world = looking->world, .differences = &none};
        if (!is_unknown(looking, item))
            continue;
        compare_begin(&compare);
        world_bind(looking->world, symbol, item_id(looking, item), true);
        compare_view(&compare, looking->kind, looking->world->script->symbols.at[symbol].name, view, item);
        bool fits = none.count == 0;
        vec_free(&none);
        if (fits) {
            looking->world->is_made[symbol] = true;
            compare_end(&compare, true);
            return item;
        }
        compare_end(&compare, false);
        world_unbind(looking->world, symbol);
    }
    return NULL;
}

static void compare_one(struct looking *looking, const char *name, const struct jtree *view) {
    struct world *world = looking->world;
    size_t symbol = script_symbol(world->script, name);
    const struct jtree *item =
        world->bound[symbol] == NULL ? recognize(looking, symbol, view) : find_or_fetch(looking, world->bound[symbol]);
    struct compare compare = {.world = world, .differences = looking->differences};
    if (item == NULL && jtree_type(view) != JTREE_NULL) /* null: it may be gone */
        differ(looking, name, "", "an object", "none", false);
    else if (item != NULL && jtree_type(view) == JTREE_OBJECT && jtree_next(view, NULL) != NULL)
        compare_view(&compare, looking->kind, name, view, item);
}

/* What had a symbol and is expected no more must be gone; what nobody knows must not be there. */
static void compare_rest(struct looking *looking, const struct jtree *expected) {
    struct world *world = looking->world;
    for (size_t i = 0; i < world->script->symbols.count; i++) {
        const struct symbol *symbol = &world->script->symbols.at[i];
        if (is_of_kind(symbol, looking->kind) && world->bound[i] != NULL && jtree_get(expected, symbol->name) == NULL &&
            find_item(looking, world->bound[i]) != NULL)
            differ(looking, symbol->name, "", "none", "an object", false);
    }
    for (size_t i = 0; i < looking->items.count; i++)
        if (!looking->more_may_come && is_unknown(looking, looking->items.at[i]) && world->others.at != NULL)
            differ(looking, arena_format(world->arena, "$%s:?", looking->kind->kind->name), "", "none",
                   arena_format(world->arena, "an object, %s", item_id(looking, looking->items.at[i])), false);
}

/* Is an object there of which nothing is said?  It changes by itself, and may make others. */
static bool has_moving(const struct jtree *expected) {
    for (const void *k = jtree_next(expected, NULL); k != NULL; k = jtree_next(expected, k))
        for (const void *m = jtree_next(jtree_value(k), NULL); m != NULL; m = jtree_next(jtree_value(k), m))
            if (jtree_type(jtree_value(m)) != JTREE_OBJECT || jtree_next(jtree_value(m), NULL) == NULL)
                return true;
    return false;
}

bool world_compare(struct world *world, const struct jtree *expected, enum world_scope scope,
                   difference_list *differences) {
    bool good = true, more = has_moving(expected);
    for (size_t k = 0; k < world->script->kinds.count && good; k++) {
        const struct script_kind *kind = &world->script->kinds.at[k];
        const struct jtree *objects = jtree_get(expected, kind->kind->name);
        struct message message;
        struct looking looking = {.world = world, .kind = kind, .differences = differences, .more_may_come = more};
        if (objects == NULL || (scope == WORLD_MOVING && !kind->moves) || kind->kind->kind->objects.count == 0)
            continue;
        struct jtree *answer = describe_own(world, kind, &message);
        good = answer != NULL;
        if (!good && message.end == MESSAGE_ERROR)
            world->trouble =
                arena_format(world->arena, "%s answers %s: %s", kind->kind->describe->name, message.code, message.text);
        list_items(answer, kind->kind->describe_list, &looking.items);
        for (const void *m = good ? jtree_next(objects, NULL) : NULL; m != NULL; m = jtree_next(objects, m))
            compare_one(&looking, jtree_name(m), jtree_value(m));
        if (good)
            compare_rest(&looking, objects);
        for (size_t i = 0; i < looking.fetched.count; i++)
            jtree_free(looking.fetched.at[i]);
        vec_free(&looking.fetched);
        vec_free(&looking.items);
        message_clear(&message);
    }
    return good;
}

void world_adopt(struct world *world, const struct script_kind *kind, const char *id) {
    for (size_t i = 0; i < world->script->symbols.count; i++)
        if (is_of_kind(&world->script->symbols.at[i], kind) && world->bound[i] == NULL) {
            world_bind(world, i, id, false);
            world->is_made[i] = true;
            return;
        }
}

void world_adopt_strays(struct world *world) {
    for (size_t k = 0; k < world->script->kinds.count; k++) {
        struct looking looking = {.world = world, .kind = &world->script->kinds.at[k]};
        struct message message;
        if (looking.kind->filter == NULL || looking.kind->kind->kind->objects.count == 0)
            continue;
        list_items(describe_own(world, looking.kind, &message), looking.kind->kind->describe_list, &looking.items);
        for (size_t i = 0; i < looking.items.count; i++)
            if (is_unknown(&looking, looking.items.at[i]))
                world_adopt(world, looking.kind, item_id(&looking, looking.items.at[i]));
        vec_free(&looking.items);
        message_clear(&message);
    }
}

bool world_note_others(struct world *world) {
    bool good = true;
    vec_reserve(&world->others, 1); /* from now on they count */
    for (size_t k = 0; k < world->script->kinds.count && good; k++) {
        struct looking looking = {.world = world, .kind = &world->script->kinds.at[k]};
        struct message message;
        if (looking.kind->kind->kind->objects.count == 0)
            continue;
        struct jtree *answer = describe_own(world, looking.kind, &message);
        good = answer != NULL;
        list_items(answer, looking.kind->kind->describe_list, &looking.items);
        for (size_t i = 0; i < looking.items.count; i++)
            if (is_unknown(&looking, looking.items.at[i]))
                vec_push(&world->others, copy_text(item_id(&looking, looking.items.at[i])));
        vec_free(&looking.items);
        message_clear(&message);
    }
    return good;
}
