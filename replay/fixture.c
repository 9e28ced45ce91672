#include "replay/fixture.h"

#include <string.h>
#include <time.h>

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void rest(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

/* The time until the next look: slowly more, at most a second or what the profile says. */
static void rest_more(double *pause_s) {
    rest(*pause_s);
    *pause_s = *pause_s * 1.5 > 1 ? (*pause_s > 1 ? *pause_s : 1) : *pause_s * 1.5;
}

static bool is_known(const struct world *world, const struct difference *one) {
    for (size_t i = 0; i < world->known.count; i++)
        if (strcmp(world->known.at[i].symbol, one->symbol) == 0 && strcmp(world->known.at[i].path, one->path) == 0)
            return true;
    return false;
}

bool world_await(struct world *world, const struct jtree *expected, enum world_scope scope, bool may_wait,
                 difference_list *differences) {
    double deadline = now_s() + world->profile->settle_s, pause = world->profile->poll_s;
    for (;;) {
        size_t kept = 0;
        differences->count = 0;
        if (!world_compare(world, expected, scope, differences))
            return false;
        for (size_t i = 0; i < differences->count; i++)
            if (!is_known(world, &differences->at[i]))
                differences->at[kept++] = differences->at[i];
        differences->count = kept;
        if (kept == 0 || !may_wait || now_s() > deadline)
            return true;
        rest_more(&pause);
    }
}

/* ---- making ---- */

static void taint(struct world *world, size_t symbol) {
    if (symbol != SYMBOL_NONE && world->script->symbols.at[symbol].owner != SYMBOL_NONE)
        world->is_tainted[world->script->symbols.at[symbol].owner] = true;
}

static void taint_named(struct world *world, const struct jtree *tree) {
    if (jtree_type(tree) == JTREE_TEXT && jtree_string(tree)[0] == '$')
        taint(world, script_symbol(world->script, jtree_string(tree)));
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && i < jtree_count(tree); i++)
        taint_named(world, jtree_at(tree, i));
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL;
         m = jtree_next(tree, m))
        taint_named(world, jtree_value(m));
}

/* A symbol of an id that an answer should have told, and did not. */
static const char *find_unbound(const struct world *world, const struct jtree *tree) {
    const char *found = NULL;
    if (jtree_type(tree) == JTREE_TEXT) {
        size_t symbol = jtree_string(tree)[0] == '$' ? script_symbol(world->script, jtree_string(tree)) : SYMBOL_NONE;
        bool is_open = symbol != SYMBOL_NONE && world->bound[symbol] == NULL &&
                       world->script->symbols.at[symbol].id->prefix != NULL;
        return is_open ? jtree_string(tree) : NULL;
    }
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && found == NULL && i < jtree_count(tree); i++)
        found = find_unbound(world, jtree_at(tree, i));
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && found == NULL;
         m = jtree_next(tree, m))
        found = find_unbound(world, jtree_value(m));
    return found;
}

static void spoil(struct world *world, const struct jtree *call, const char *why, fixture_problems *problems) {
    const struct jtree *bind = jtree_get(call, "bind");
    taint_named(world, jtree_get(call, "params"));
    for (const void *m = jtree_next(bind, NULL); m != NULL; m = jtree_next(bind, m))
        taint(world, script_symbol(world->script, jtree_name(m)));
    if (why != NULL)
        vec_push(problems, why);
}

static bool await_value(struct world *world, const struct jtree *wait) {
    const char *symbol = jtree_string(jtree_get(wait, "symbol")), *path = jtree_string(jtree_get(wait, "path")),
               *value = jtree_string(jtree_get(wait, "value"));
    char name[100];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(symbol + 1, ":"), symbol + 1);
    const struct script_kind *kind = script_kind(world->script, name);
    double deadline = now_s() + world->profile->settle_s, pause = world->profile->poll_s;
    for (;;) {
        struct jtree *found = kind == NULL ? NULL : world_describe(world, kind, world_value(world, symbol));
        const char *now = jtree_string(world_at(found, path));
        bool good = now != NULL && strcmp(now, value) == 0;
        jtree_free(found);
        if (good || now_s() > deadline)
            return good;
        rest_more(&pause);
    }
}

static bool make_one(struct world *world, const struct jtree *call, fixture_problems *problems) {
    const char *operation = jtree_string(jtree_get(call, "op"));
    const struct jtree *bind = jtree_get(call, "bind"), *wait = jtree_get(call, "wait");
    struct message message;
    if (find_unbound(world, jtree_get(call, "params")) != NULL) { /* told already why */
        spoil(world, call, NULL, problems);
        return true;
    }
    enum message_end end = world_call(world, operation, jtree_get(call, "params"), &message);
    if (end == MESSAGE_ERROR)
        spoil(
            world, call,
            arena_format(world->arena, "%s answers %s: %s", operation, message.code, world_names(world, message.text)),
            problems);
    for (const void *m = end == MESSAGE_OK ? jtree_next(bind, NULL) : NULL; m != NULL; m = jtree_next(bind, m)) {
        size_t symbol = script_symbol(world->script, jtree_name(m));
        const char *value = jtree_string(world_at(message.answer, jtree_string(jtree_value(m))));
        if (value == NULL) {
            spoil(world, call,
                  arena_format(world->arena, "the answer of %s has no %s", operation, jtree_string(jtree_value(m))),
                  problems);
            continue;
        }
        world_bind(world, symbol, value, false);
        if (strncmp(operation, "Describe", 8) != 0)
            world->is_made[symbol] = true;
    }
    message_clear(&message);
    if (end == MESSAGE_OK && wait != NULL && !await_value(world, wait))
        spoil(world, call,
              arena_format(world->arena, "%s: %s does not become %s", operation,
                           jtree_string(jtree_get(wait, "symbol")), jtree_string(jtree_get(wait, "value"))),
              problems);
    return end != MESSAGE_BROKEN;
}

bool fixture_make(struct world *world, fixture_problems *problems) {
    const struct jtree *calls = jtree_get(world->script->calls, "fixture");
    bool good = true;
    for (size_t i = 0; i < jtree_count(calls) && good; i++)
        good = make_one(world, jtree_at(calls, i), problems);
    difference_list found = {0};
    good = good &&
           world_await(world, jtree_get(world->script->calls, "initially"), WORLD_ALL, problems->count == 0, &found);
    for (size_t i = 0; i < found.count && good; i++)
        vec_push(&world->known, found.at[i]);
    vec_free(&found);
    for (size_t i = 0; i < world->known.count && good; i++) {
        const struct difference *one = &world->known.at[i];
        vec_push(problems, arena_format(world->arena, "%s %s: expected %s, found %s", one->symbol, one->path,
                                        one->expected, one->found));
        if (one->path[0] == '\0')
            taint(world, script_symbol(world->script, one->symbol));
    }
    return good && world_note_others(world);
}

/* ---- removing ---- */

/* The call with "$it#id" and "$each:kind" filled in. */
static struct jtree *fill(const struct world *world, const struct jtree *tree, const char *symbol, const char *each) {
    struct jtree *copy;
    const char *text = jtree_string(tree);
    char name[400];
    switch (jtree_type(tree)) {
    case JTREE_OBJECT:
        copy = jtree_object();
        for (const void *m = jtree_next(tree, NULL); m != NULL; m = jtree_next(tree, m))
            jtree_put(copy, jtree_name(m), fill(world, jtree_value(m), symbol, each));
        return copy;
    case JTREE_LIST:
        copy = jtree_list();
        for (size_t i = 0; i < jtree_count(tree); i++)
            jtree_add(copy, fill(world, jtree_at(tree, i), symbol, each));
        return copy;
    case JTREE_TEXT:
        if (strncmp(text, "$each:", 6) == 0)
            return jtree_text(each);
        if (strncmp(text, "$it#", 4) != 0)
            return jtree_text(text);
        snprintf(name, sizeof name, "%s%s", symbol, strcmp(text + 3, "#id") == 0 ? "" : text + 3);
        return jtree_text(name);
    case JTREE_NONE:
    case JTREE_NULL:
    case JTREE_BOOL:
    case JTREE_NUMBER:
        break;
    }
    return world_resolve(world, tree);
}

/* The kind that the call is made for each object of, or NULL. */
static const char *each_kind(const struct jtree *params) {
    for (const void *m = jtree_next(params, NULL); m != NULL; m = jtree_next(params, m)) {
        const char *text = jtree_string(jtree_value(m));
        if (text != NULL && strncmp(text, "$each:", 6) == 0)
            return text + 6;
    }
    return NULL;
}

/* One call of a removal.  True: it succeeded. */
static bool remove_by(struct world *world, const struct jtree *step, const char *symbol, const char *each,
                      double deadline) {
    struct jtree *params = fill(world, jtree_get(step, "params"), symbol, each);
    const char *operation = jtree_string(jtree_get(step, "op")), *retry = jtree_string(jtree_get(step, "retry"));
    bool good = false, again = find_unbound(world, params) == NULL;
    double pause = world->profile->poll_s;
    while (again && !good) {
        struct message message;
        good = world_call(world, operation, params, &message) == MESSAGE_OK;
        again = !good && retry != NULL && strcmp(message.code, retry) == 0 && now_s() < deadline;
        message_clear(&message);
        if (again)
            rest_more(&pause);
    }
    jtree_free(params);
    return good;
}

static bool remove_for_each(struct world *world, const struct jtree *step, const char *symbol, double deadline) {
    const char *kind = each_kind(jtree_get(step, "params"));
    bool good = false;
    if (kind == NULL)
        return remove_by(world, step, symbol, NULL, deadline);
    for (size_t i = 0; i < world->script->symbols.count; i++) {
        const struct symbol *other = &world->script->symbols.at[i];
        if (other->id->index == 0 && world->bound[i] != NULL && strcmp(other->id->of->name, kind) == 0)
            good |= remove_by(world, step, symbol, other->name, deadline);
    }
    return good;
}

/* Waits until the object is gone, or as good as that. */
static void await_end(struct world *world, const struct script_kind *kind, const char *symbol, double deadline) {
    double pause = world->profile->poll_s;
    for (;;) {
        struct jtree *found = world_describe(world, kind, world_value(world, symbol));
        const char *state = jtree_string(world_at(found, "State.Name"));
        bool over = found == NULL || (state != NULL && strcmp(state, "terminated") == 0);
        jtree_free(found);
        if (over || now_s() > deadline)
            return;
        rest_more(&pause);
    }
}

/* Binds the object's further ids to what its description shows: some call may have made them that should have failed.
 */
static void learn_ids(struct world *world, const char *object, const struct wire_value *value,
                      const struct jtree *seen) {
    if (value->form == WIRE_OF && value->term == NULL && value->show != NULL) {
        learn_ids(world, object, value->show, seen);
        return;
    }
    for (size_t i = 0; value->form == WIRE_MEMBERS && i < value->fields.count; i++) {
        const struct wire_field *field = &value->fields.at[i];
        const struct jtree *inner = jtree_get(seen, field->member->name);
        const struct wire_id *id = field->value->form == WIRE_REFERENCE ? field->value->id : NULL;
        if (inner == NULL)
            continue;
        if (id == NULL || id->index == 0 || id->prefix == NULL || jtree_string(inner) == NULL) {
            learn_ids(world, object, field->value, inner);
            continue;
        }
        char name[500];
        snprintf(name, sizeof name, "%s#%s", object, id->name);
        size_t symbol = script_symbol(world->script, name);
        if (symbol != SYMBOL_NONE)
            world_bind(world, symbol, jtree_string(inner), false);
    }
}

/* The last call is tried first: mostly nothing is in its way. */
static bool remove_object(struct world *world, const struct script_kind *kind, const char *symbol) {
    const struct jtree *steps = jtree_get(kind->json, "remove");
    size_t count = jtree_count(steps);
    double deadline = now_s() + world->profile->settle_s;
    const struct jtree *last = count == 0 ? NULL : jtree_at(steps, count - 1);
    if (last == NULL)
        return true;
    bool good = remove_for_each(world, last, symbol, count > 1 ? 0 : deadline);
    if (!good && count > 1) {
        struct jtree *found = world_describe(world, kind, world_value(world, symbol));
        learn_ids(world, symbol, kind->kind->view, found);
        jtree_free(found);
        for (size_t i = 0; i + 1 < count; i++)
            remove_for_each(world, jtree_at(steps, i), symbol, deadline);
        good = remove_for_each(world, last, symbol, deadline);
    }
    if (good && jtree_get(last, "wait") != NULL)
        await_end(world, kind, symbol, deadline);
    return good;
}

static bool is_left(struct world *world, size_t symbol) {
    const struct script_kind *kind = script_kind(world->script, world->script->symbols.at[symbol].id->of->name);
    struct jtree *found = world_describe(world, kind, world->bound[symbol]);
    const char *state = jtree_string(world_at(found, "State.Name"));
    bool is_there = found != NULL && (state == NULL || strcmp(state, "terminated") != 0);
    jtree_free(found);
    return is_there;
}

void fixture_remove(struct world *world, const struct jtree *expected, fixture_problems *leaks) {
    const struct script *script = world->script;
    VEC(size_t) failed = {0};
    if (expected == NULL)
        world_adopt_strays(world);
    for (size_t k = script->kinds.count; k-- > 0;) {
        size_t before = failed.count;
        const struct script_kind *kind = &script->kinds.at[k];
        const struct jtree *there = jtree_get(expected, kind->kind->name);
        for (size_t i = script->symbols.count; i-- > 0;) {
            const struct symbol *symbol = &script->symbols.at[i];
            if (symbol->id->of != kind->kind || symbol->id->index != 0 || world->bound[i] == NULL ||
                !world->is_made[i] || (expected != NULL && jtree_get(there, symbol->name) == NULL))
                continue;
            if (!remove_object(world, kind, symbol->name))
                vec_push(&failed, i);
        }
        for (size_t i = before; i < failed.count; i++) /* others of its kind were in its way */
            if (remove_object(world, kind, script->symbols.at[failed.at[i]].name))
                failed.at[i--] = failed.at[--failed.count];
    }
    for (size_t i = 0; i < failed.count; i++) { /* some have gone with others, or these were in the way */
        const struct script_kind *kind = script_kind(script, script->symbols.at[failed.at[i]].id->of->name);
        if (is_left(world, failed.at[i]) && !remove_object(world, kind, script->symbols.at[failed.at[i]].name))
            vec_push(leaks, arena_text(world->arena, world->bound[failed.at[i]], strlen(world->bound[failed.at[i]])));
    }
    vec_free(&failed);
}
