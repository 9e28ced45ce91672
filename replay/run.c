#include "replay/run.h"

#include <string.h>

#include "replay/compare.h"

struct replaying {
    struct world *world;
    struct outcome *outcome;
    const struct jtree *vector, *step, *before; /* before: what was seen before the step */
    const char *untold;                         /* an address among those that were there, which the service chose */
    size_t number;
};

const char *replay_verdict_text(enum replay_verdict verdict) {
    static const char *const texts[] = {
#define VERDICT(name, text) text,
        VERDICTS
#undef VERDICT
    };
    return texts[verdict];
}

const char *failed_check_text(enum failed_check check) {
    static const char *const texts[] = {"none", "result", "answer", "identity", "state", "event"};
    return texts[check];
}

/* ---- features ---- */

/* Is the name of an instance type sent somewhere? */
static const char *find_type(const struct jtree *tree, const struct profile *profile) {
    const char *found = NULL;
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && found == NULL && i < jtree_count(tree); i++)
        found = find_type(jtree_at(tree, i), profile);
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && found == NULL;
         m = jtree_next(tree, m)) {
        const char *text = jtree_string(jtree_value(m));
        char feature[120];
        if (strcmp(jtree_name(m), "InstanceType") != 0 || text == NULL) {
            found = find_type(jtree_value(m), profile);
            continue;
        }
        snprintf(feature, sizeof feature, "type:%.100s", text);
        if (!profile_offers(profile, feature))
            found = text;
    }
    return found;
}

const char *run_skips(const struct script *script, size_t vector, const struct profile *profile, struct arena *arena) {
    const struct jtree *tree = script_vector(script, vector), *cannot = jtree_get(tree, "cannot"),
                       *requires = jtree_get(tree, "requires"), *steps = jtree_get(tree, "steps");
    if (jtree_count(cannot) > 0)
        return arena_format(arena, "no client can bring it about: %s", jtree_string(jtree_at(cannot, 0)));
    for (size_t i = 0; i < jtree_count(requires); i++)
        if (!profile_offers(profile, jtree_string(jtree_at(requires, i))))
            return arena_format(arena, "needs %s", jtree_string(jtree_at(requires, i)));
    const char *type = find_type(jtree_get(script->calls, "fixture"), profile);
    for (size_t i = 0; i < jtree_count(steps); i++) {
        const char *operation = jtree_string(jtree_get(jtree_at(steps, i), "op"));
        if (operation != NULL && !profile_offers(profile, arena_format(arena, "operation:%s", operation)))
            return arena_format(arena, "needs operation:%s", operation);
        if (type == NULL)
            type = find_type(jtree_get(jtree_at(steps, i), "params"), profile);
    }
    return type == NULL ? NULL : arena_format(arena, "needs type:%s", type);
}

/* ---- failures ---- */

static bool fail(struct replaying *run, enum failed_check check, const char *symbol, const char *path,
                 const char *expected, const char *found) {
    struct arena *arena = run->world->arena;
    const char *form = run->world->last_form, *answer = run->world->last_answer;
    run->outcome->verdict = REPLAY_FAIL;
    run->outcome->step = run->number;
    run->outcome->check = check;
    run->outcome->difference = (struct difference){symbol, path, expected, found, check == CHECK_IDENTITY};
    if (run->outcome->request == NULL && form != NULL) {
        run->outcome->request = arena_text(arena, form, strlen(form));
        run->outcome->answer = arena_text(arena, answer, strlen(answer));
    }
    return false;
}

static bool end_with(struct replaying *run, enum replay_verdict verdict, const char *reason) {
    run->outcome->verdict = verdict;
    run->outcome->step = run->number;
    run->outcome->reason = reason;
    return false;
}

/* ---- results ---- */

static bool is_allowed(const struct jtree *error, const char *code) {
    const struct jtree *also = jtree_get(error, "also");
    if (strcmp(jtree_string(jtree_get(error, "code")), code) == 0)
        return true;
    for (size_t i = 0; i < jtree_count(also); i++)
        if (strcmp(jtree_string(jtree_at(also, i)), code) == 0)
            return true;
    return false;
}

/* Codes of an endpoint that does not have the operation at all. */
static bool is_missing(const char *code) {
    static const char *const codes[] = {"InvalidAction", "NotImplemented", "NotYetImplemented", "UnknownOperation"};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

static const char *codes_text(struct arena *arena, const struct jtree *error) {
    const char *text = jtree_string(jtree_get(error, "code"));
    const struct jtree *also = jtree_get(error, "also");
    for (size_t i = 0; i < jtree_count(also); i++)
        text = arena_format(arena, "%s or %s", text, jtree_string(jtree_at(also, i)));
    return arena_text(arena, text, strlen(text));
}

static bool check_result(struct replaying *run, const struct message *message) {
    struct arena *arena = run->world->arena;
    const struct jtree *error = jtree_get(jtree_get(run->step, "expect"), "error");
    const char *operation = jtree_string(jtree_get(run->step, "op"));
    if (message->end == MESSAGE_BROKEN)
        return end_with(run, REPLAY_ERROR, run->world->trouble);
    if (message->end == MESSAGE_ERROR && is_missing(message->code) &&
        (error == NULL || !is_allowed(error, message->code)))
        return end_with(run, REPLAY_SKIP,
                        arena_format(arena, "needs operation:%s: the endpoint answers %s", operation, message->code));
    if (error == NULL && message->end == MESSAGE_ERROR)
        return fail(run, CHECK_RESULT, "", "", "success",
                    arena_format(arena, "%s: %s", message->code, world_names(run->world, message->text)));
    if (error != NULL && message->end == MESSAGE_OK)
        return fail(run, CHECK_RESULT, "", "", codes_text(arena, error), "success");
    if (error != NULL && !is_allowed(error, message->code))
        return fail(run, CHECK_RESULT, "", "", codes_text(arena, error),
                    arena_format(arena, "%s: %s", message->code, world_names(run->world, message->text)));
    return true;
}

/* ---- ids ---- */

static bool is_listed(const struct jtree *list, const char *text) {
    for (size_t i = 0; i < jtree_count(list); i++)
        if (strcmp(jtree_string(jtree_at(list, i)), text) == 0)
            return true;
    return false;
}

static bool is_sent(const struct jtree *tree, const char *text) {
    bool found = jtree_type(tree) == JTREE_TEXT && strcmp(jtree_string(tree), text) == 0;
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && !found && i < jtree_count(tree); i++)
        found = is_sent(jtree_at(tree, i), text);
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && !found;
         m = jtree_next(tree, m))
        found = is_sent(jtree_value(m), text);
    return found;
}

/* Ids in the answer: new ones are new, others are what they were, an address that was asked for is that one. */
static bool check_id(struct replaying *run, const char *name, const char *path, const char *value) {
    struct world *world = run->world;
    size_t symbol = script_symbol(world->script, name);
    bool is_id = world->script->symbols.at[symbol].id->prefix != NULL;
    bool is_new = is_listed(jtree_get(run->step, "fresh"), name);
    bool is_given = !is_new && (is_id ? world->bound[symbol] != NULL : is_sent(jtree_get(run->step, "params"), name));
    const char *now = arena_text(world->arena, value, strlen(value));
    if (is_given && !compare_texts(world_value(world, name), value))
        return is_id ? fail(run, CHECK_IDENTITY, name, path, name, world_names(world, now))
                     : fail(run, CHECK_ANSWER, name, path, world_value(world, name), now);
    if (world->is_open[symbol] && !compare_texts(world_value(world, name), value))
        world->renamed = world->script->symbols.at[symbol].name;
    world->is_open[symbol] = false;
    if (!is_given && !world_bind(world, symbol, value, is_new))
        return fail(run, CHECK_IDENTITY, name, path, "an id that nothing had before", now);
    if (is_new)
        world->is_made[symbol] = true;
    return true;
}

static bool bind_answer(struct replaying *run, const struct jtree *answer) {
    struct world *world = run->world;
    const struct jtree *fresh = jtree_get(run->step, "fresh"), *bind = jtree_get(run->step, "bind"),
                       *chosen = jtree_get(run->step, "chosen");
    for (size_t i = 0; i < jtree_count(chosen); i++) {
        const char *name = jtree_string(jtree_at(chosen, i));
        size_t symbol = script_symbol(world->script, name);
        bool was_there = is_sent(run->before, name), is_given = is_sent(jtree_get(run->step, "params"), name);
        if (symbol != SYMBOL_NONE && !is_given)
            world->is_open[symbol] = !was_there;
        if (was_there && !is_given && jtree_get(bind, name) == NULL)
            run->untold = name;
    }
    for (size_t i = 0; i < jtree_count(fresh); i++) {
        size_t symbol = script_symbol(world->script, jtree_string(jtree_at(fresh, i)));
        if (symbol != SYMBOL_NONE) {
            world_unbind(world, symbol);
            world->is_made[symbol] = true;
        }
    }
    for (const void *m = jtree_next(bind, NULL); m != NULL; m = jtree_next(bind, m)) {
        const char *path = jtree_string(jtree_value(m));
        const struct jtree *value = world_at(answer, path);
        if (script_symbol(world->script, jtree_name(m)) == SYMBOL_NONE)
            continue;
        if (jtree_string(value) == NULL || jtree_string(value)[0] == '\0')
            return fail(run, CHECK_ANSWER, jtree_name(m), path, "a value in the answer", "none");
        if (!check_id(run, jtree_name(m), path, jtree_string(value)))
            return false;
    }
    return true;
}

/* Objects that came with the call, and whose ids only a description tells. */
static void find_ids(struct replaying *run) {
    struct world *world = run->world;
    const struct jtree *calls = jtree_get(run->step, "find");
    for (size_t i = 0; i < jtree_count(calls) && world->trouble == NULL; i++) {
        const struct jtree *call = jtree_at(calls, i), *bind = jtree_get(call, "bind");
        struct message message;
        world_call(world, jtree_string(jtree_get(call, "op")), jtree_get(call, "params"), &message);
        for (const void *m = message.end == MESSAGE_OK ? jtree_next(bind, NULL) : NULL; m != NULL;
             m = jtree_next(bind, m)) {
            const char *value = jtree_string(world_at(message.answer, jtree_string(jtree_value(m))));
            size_t symbol = script_symbol(world->script, jtree_name(m));
            if (value != NULL && symbol != SYMBOL_NONE)
                world_bind(world, symbol, value, false);
        }
        message_clear(&message);
    }
}

/* ---- steps ---- */

static bool check_state(struct replaying *run, bool is_event) {
    struct world *world = run->world;
    difference_list differences = {0};
    size_t count = jtree_count(jtree_get(run->vector, "steps"));
    bool waits = is_event || jtree_truth(jtree_get(run->step, "settles")) || world->profile->is_eventual;
    bool good = world_await(world, jtree_get(run->step, "after"), run->number == count ? WORLD_ALL : WORLD_MOVING,
                            waits, &differences);
    if (!good)
        end_with(run, REPLAY_ERROR, world->trouble == NULL ? "a description failed" : world->trouble);
    else if (differences.count > 0) {
        const struct difference *one = &differences.at[0];
        good = fail(run,
                    is_event           ? CHECK_EVENT
                    : one->is_identity ? CHECK_IDENTITY
                                       : CHECK_STATE,
                    one->symbol, one->path, one->expected, one->found);
    }
    vec_free(&differences);
    return good;
}

static bool run_call(struct replaying *run) {
    struct message message;
    struct world *world = run->world;
    world_call(world, jtree_string(jtree_get(run->step, "op")), jtree_get(run->step, "params"), &message);
    run->outcome->request = arena_text(world->arena, world->last_form, strlen(world->last_form));
    run->outcome->answer = arena_text(world->arena, world->last_answer, strlen(world->last_answer));
    bool good = check_result(run, &message);
    const struct jtree *made = jtree_get(run->step, "would_make");
    for (const void *m = !good && message.end == MESSAGE_OK ? jtree_next(made, NULL) : NULL; m != NULL;
         m = jtree_next(made, m)) {
        const char *id = jtree_string(world_at(message.answer, jtree_name(m)));
        const struct script_kind *kind = script_kind(world->script, jtree_string(jtree_value(m)));
        if (id != NULL && kind != NULL)
            world_adopt(world, kind, id);
    }
    if (good && message.end == MESSAGE_OK)
        good = bind_answer(run, message.answer);
    if (good && message.end == MESSAGE_OK)
        find_ids(run);
    message_clear(&message);
    return good;
}

/* ---- what the fixture spoiled ---- */

static bool mentions(const struct world *world, const struct jtree *tree, const bool *wanted) {
    bool found = false;
    if (jtree_type(tree) == JTREE_TEXT && jtree_string(tree)[0] == '$') {
        size_t symbol = script_symbol(world->script, jtree_string(tree));
        return symbol != SYMBOL_NONE && wanted[world->script->symbols.at[symbol].owner];
    }
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && !found && i < jtree_count(tree); i++)
        found = mentions(world, jtree_at(tree, i), wanted);
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && !found;
         m = jtree_next(tree, m))
        found = mentions(world, jtree_value(m), wanted);
    return found;
}

/* Does the vector, up to this step, speak of an object that the fixture got wrong, or of one that such an object is
 * seen with at the start? */
static bool is_spoiled(const struct replaying *run) {
    const struct world *world = run->world;
    const struct jtree *initially = jtree_get(world->script->calls, "initially"),
                       *steps = jtree_get(run->vector, "steps");
    size_t count = world->script->symbols.count;
    bool *wide = memory_resize(NULL, count + 1), found = false;
    memcpy(wide, world->is_tainted, count);
    for (const void *k = jtree_next(initially, NULL); k != NULL; k = jtree_next(initially, k))
        for (const void *m = jtree_next(jtree_value(k), NULL); m != NULL; m = jtree_next(jtree_value(k), m)) {
            size_t symbol = script_symbol(world->script, jtree_name(m));
            if (symbol != SYMBOL_NONE && mentions(world, jtree_value(m), world->is_tainted))
                wide[symbol] = true;
        }
    for (size_t i = 0; i < run->number && !found; i++)
        found = mentions(world, jtree_get(jtree_at(steps, i), "params"), wide);
    size_t symbol = run->outcome->difference.symbol == NULL
                        ? SYMBOL_NONE
                        : script_symbol(world->script, run->outcome->difference.symbol);
    found = found || (symbol != SYMBOL_NONE && wide[world->script->symbols.at[symbol].owner]);
    free(wide);
    return found;
}

/* An address that the service chose and nothing has told. */
static const char *find_open(const struct world *world) {
    for (size_t i = 0; i < world->script->symbols.count; i++)
        if (world->is_open[i])
            return world->script->symbols.at[i].name;
    return NULL;
}

void run_vector(struct world *world, size_t vector, struct outcome *outcome, bool *unchanged,
                const struct jtree **there) {
    struct replaying run = {.world = world, .outcome = outcome, .vector = script_vector(world->script, vector)};
    const struct jtree *steps = jtree_get(run.vector, "steps");
    bool good = true;
    *unchanged = true;
    *there = NULL;
    outcome->verdict = REPLAY_PASS;
    for (size_t i = 0; i < jtree_count(steps) && good; i++) {
        run.step = jtree_at(steps, i);
        run.number = i + 1;
        run.untold = NULL;
        if (i == 0)
            run.before = jtree_get(world->script->calls, "initially");
        bool is_event = jtree_get(run.step, "event") != NULL;
        good = is_event || run_call(&run);
        good = good && check_state(&run, is_event);
        if (world->renamed != NULL && jtree_truth(jtree_get(run.step, "choice_matters")) &&
            outcome->verdict != REPLAY_ERROR) {
            outcome->check = CHECK_NONE;
            good = end_with(&run, REPLAY_SKIP,
                            arena_format(world->arena, "needs a service that chooses %s for %s", world->renamed,
                                         jtree_string(jtree_get(run.step, "op"))));
        }
        const char *untold = !jtree_truth(jtree_get(run.step, "choice_open"))         ? NULL
                             : run.untold != NULL                                     ? run.untold
                             : jtree_next(jtree_get(run.step, "after"), NULL) != NULL ? find_open(world)
                                                                                      : NULL;
        if (jtree_next(jtree_get(run.step, "after"), NULL) != NULL)
            run.before = jtree_get(run.step, "after");
        if (good && untold != NULL)
            good =
                end_with(&run, REPLAY_SKIP,
                         arena_format(world->arena, "needs a service that tells which address it took for %s", untold));
        world->renamed = NULL;
        *unchanged = *unchanged && good && jtree_truth(jtree_get(run.step, "unchanged"));
    }
    if (good && jtree_next(jtree_get(run.step, "after"), NULL) != NULL)
        *there = jtree_get(run.step, "after");
    if (outcome->verdict == REPLAY_FAIL && is_spoiled(&run)) {
        outcome->verdict = REPLAY_BLOCKED;
        outcome->reason = "the fixture did not become what the vector speaks of";
    }
    if (outcome->verdict == REPLAY_FAIL && world->known.count > 0) {
        outcome->known = arena_copy(world->arena, world->known.at, world->known.count * sizeof *world->known.at);
        outcome->known_count = world->known.count;
    }
}
