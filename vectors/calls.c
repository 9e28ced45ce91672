#include "vectors/calls.h"

#include <string.h>

#include "vectors/format.h"
#include "vectors/settled.h"
#include "wire/place.h"

#define MOST_VALUES 4096 /* of a call: more are not looked at */

struct maker {
    const struct calls_source *source;
    struct arena *arena;
    const struct wire *wire;
    struct rulebook *rulebook;
    struct evaluator evaluator;
    struct wire_places *places;
    struct wire_show show;
    struct jtree *moving; /* symbols of objects on their way to another state -> "" */
    struct jtree *absent; /* symbols of objects that no call makes -> why */
};

/* ---- symbols ---- */

static const char *symbol(struct maker *maker, const struct wire_id *id, uint32_t object) {
    return arena_format(maker->arena, id->index == 0 ? "$%s:%s" : "$%s:%s#%s", id->of->name,
                        id->of->kind->objects.at[object].name, id->name);
}

static bool is_fixed(const struct wire_id *id) { return id->form != NULL && strcmp(id->form, "text") == 0; }

static const char *name_of(void *context, const struct wire_id *id, uint32_t object) {
    struct maker *maker = context;
    return is_fixed(id) ? wire_place_text(maker->places, id, object) : symbol(maker, id, object);
}

static const char *profile_of(void *context, const char *key) {
    struct maker *maker = context;
    return arena_format(maker->arena, "$profile.%s", key);
}

/* What each symbol stands for as long as nothing is bound to it: an address of our choice, or an id of nothing. */
static struct jtree *symbols_json(struct maker *maker) {
    struct jtree *object = jtree_object();
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        for (uint32_t o = 0; o < kind->kind->objects.count; o++)
            for (size_t i = 0; i < kind->ids.count; i++) {
                const struct wire_id *id = &kind->ids.at[i];
                if (!is_fixed(id) && id->from == NULL)
                    jtree_put(object, symbol(maker, id, o), jtree_text(wire_place_unknown(maker->places, id, o)));
            }
    }
    return object;
}

static struct jtree *profile_json(const struct maker *maker) {
    struct jtree *object = jtree_object();
    for (size_t i = 0; i < maker->wire->profile->count; i++)
        jtree_put(object, maker->wire->profile->keys[i]->text, jtree_text(maker->wire->profile->items[i]->text));
    return object;
}

/* ---- fixture ---- */

static struct jtree *pairs_json(struct maker *maker, const struct wire_kind *kind, uint32_t object,
                                const struct yaml *bind) {
    struct jtree *list = jtree_object();
    for (size_t i = 0; i < bind->count; i++) {
        char path[200];
        size_t length = 0;
        for (const char *from = bind->items[i]->text; *from != '\0' && length < sizeof path - 12; from++)
            length += *from == '#' ? (size_t)snprintf(path + length, 12, "%u", object)
                                   : (size_t)snprintf(path + length, 2, "%c", *from);
        path[length] = '\0';
        jtree_put(list, symbol(maker, wire_id(kind, bind->keys[i]->text), object), jtree_text(path));
    }
    return list;
}

static struct jtree *wait_json(struct maker *maker, const struct wire_kind *kind, const struct yaml *wait,
                               uint32_t it) {
    struct jtree *object = jtree_object();
    jtree_put(object, "symbol", jtree_text(symbol(maker, &kind->ids.at[0], it)));
    jtree_put(object, "path", jtree_text(wait->keys[0]->text));
    jtree_put(object, "value", jtree_text(wait->items[0]->text));
    return object;
}

static struct jtree *make_json(struct maker *maker, const struct wire_kind *kind, const struct wire_make *make,
                               uint32_t it, uint32_t up) {
    const struct wire_type structure = {WIRE_STRUCTURE, false, &make->operation->input};
    struct jtree *call = jtree_object();
    jtree_put(call, "op", jtree_text(make->operation->name));
    jtree_put(call, "params", wire_about(&maker->show, make->send, &structure, it, up));
    if (make->bind != NULL)
        jtree_put(call, "bind", pairs_json(maker, kind, it, make->bind));
    if (make->wait != NULL)
        jtree_put(call, "wait", wait_json(maker, kind, make->wait, it));
    return call;
}

/* What is said of the first object among `owners` whose symbols are in it, or NULL. */
static const char *find_owner(const struct jtree *owners, const struct jtree *tree) {
    const char *found = NULL;
    if (jtree_type(tree) == JTREE_TEXT) {
        char owner[300];
        const char *text = jtree_string(tree);
        snprintf(owner, sizeof owner, "%.*s", (int)strcspn(text, "#"), text);
        return jtree_get(owners, owner) != NULL ? jtree_string(jtree_get(owners, owner)) : NULL;
    }
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && found == NULL && i < jtree_count(tree); i++)
        found = find_owner(owners, jtree_at(tree, i));
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL && found == NULL;
         m = jtree_next(tree, m))
        found = find_owner(owners, jtree_value(m));
    return found;
}

static const char *find_absent(const struct maker *maker, const struct jtree *tree) {
    return find_owner(maker->absent, tree);
}

static void call_off(struct maker *maker, const struct wire_kind *kind, uint32_t object, const char *why) {
    const char *name = kind->kind->objects.at[object].name;
    jtree_put(maker->absent, symbol(maker, &kind->ids.at[0], object),
              jtree_text(arena_format(maker->arena, "%s %s: %s", kind->name, name, why)));
}

/* Adds a call, unless it needs an object that no call makes: then none makes this one, either. */
static void add_call(struct maker *maker, const struct wire_kind *kind, const struct wire_make *make, uint32_t object,
                     uint32_t other, struct jtree *calls) {
    bool is_inner = other != UINT32_MAX;
    struct jtree *call =
        is_inner ? make_json(maker, make->each, make, other, object) : make_json(maker, kind, make, object, UINT32_MAX);
    const char *why = find_absent(maker, call);
    if (why == NULL) {
        jtree_add(calls, call);
        return;
    }
    jtree_free(call);
    if (!is_inner)
        call_off(maker, kind, object, why);
}

/* Calls that make the object itself; that are about others, too, when all of its kind are there; that come
 * when everything is made. */
enum turn { TURN_ITSELF, TURN_KIND, TURN_LATE };

static void add_calls(struct maker *maker, const struct wire_kind *kind, uint32_t object, enum turn turn,
                      struct jtree *calls) {
    if (kind->exists != NULL && !wire_holds(&maker->show, kind->exists, object, UINT32_MAX))
        return;
    for (size_t m = 0; m < kind->make.count && turn == TURN_ITSELF; m++) {
        const struct wire_make *make = &kind->make.at[m];
        if (make->cannot != NULL && wire_holds(&maker->show, make->condition, object, UINT32_MAX))
            call_off(maker, kind, object, make->cannot);
    }
    for (size_t m = 0; m < kind->make.count; m++) {
        const struct wire_make *make = &kind->make.at[m];
        if (jtree_get(maker->absent, symbol(maker, &kind->ids.at[0], object)) != NULL || make->cannot != NULL ||
            make->without != NULL ||
            (make->is_late        ? TURN_LATE
             : make->each != NULL ? TURN_KIND
                                  : TURN_ITSELF) != turn ||
            !wire_holds(&maker->show, make->condition, object, UINT32_MAX))
            continue;
        if (make->each == NULL)
            add_call(maker, kind, make, object, UINT32_MAX, calls);
        for (uint32_t other = 0; make->each != NULL && other < make->each->kind->objects.count; other++)
            if (wire_holds(&maker->show, make->where, other, object))
                add_call(maker, kind, make, object, other, calls);
    }
}

/* All calls of an object, or none: half an object would be in the way. */
static void add_object(struct maker *maker, const struct wire_kind *kind, uint32_t object, enum turn turn,
                       struct jtree *calls) {
    struct jtree *tried = jtree_list();
    add_calls(maker, kind, object, turn, tried);
    jtree_free(tried);
    add_calls(maker, kind, object, turn, calls);
}

/* Addresses and blocks that an object would hold that no call makes. */
static void call_off_held(struct maker *maker, const struct wire_kind *kind) {
    for (uint32_t o = 0; o < kind->kind->objects.count; o++)
        for (size_t f = 0; f < kind->kind->fields.count; f++) {
            const struct field *field = kind->kind->fields.at[f];
            if (field->is_constant || field->type->form != TYPE_REF)
                continue;
            int32_t held = maker->show.valuation[kind->kind->state_base + o * kind->kind->state_width + field->offset];
            const struct wire_kind *other = held < 0 ? NULL : wire_kind(maker->wire, field->type->kind);
            const struct jtree *why =
                other == NULL ? NULL : jtree_get(maker->absent, symbol(maker, &other->ids.at[0], (uint32_t)held));
            if (why != NULL)
                call_off(maker, kind, o, jtree_string(why));
        }
}

static void add_fixture(struct maker *maker, struct jtree *file) {
    struct jtree *calls = jtree_list();
    maker->show.valuation = maker->source->initial;
    for (size_t k = 0; k < maker->wire->kinds.count; k++)
        for (enum turn turn = TURN_ITSELF; turn < TURN_LATE; turn++)
            for (uint32_t o = 0; o < maker->wire->kinds.at[k]->kind->objects.count; o++)
                add_object(maker, maker->wire->kinds.at[k], o, turn, calls);
    for (size_t k = 0; k < maker->wire->kinds.count; k++)
        for (uint32_t o = 0; o < maker->wire->kinds.at[k]->kind->objects.count; o++)
            add_object(maker, maker->wire->kinds.at[k], o, TURN_LATE, calls);
    jtree_put(file, "fixture", calls);
    for (size_t k = 0; k < maker->wire->kinds.count; k++)
        if (maker->wire->kinds.at[k]->exists == NULL)
            call_off_held(maker, maker->wire->kinds.at[k]);
}

/* ---- how to look, and how to tidy up ---- */

/* What is sent about any object: its ids by name, those of another one that is there by its kind. */
static struct jtree *removal_json(struct maker *maker, const struct wire_value *value, const struct wire_type *type) {
    struct arena *arena = maker->arena;
    struct wire_type one = {type->scalar, false, type->structure};
    struct jtree *tree;
    if (value->form == WIRE_REFERENCE && value->subject == WIRE_IT)
        return jtree_text(value->text != NULL ? arena_format(arena, "$each:%s", value->id->of->name)
                                              : arena_format(arena, "$it#%s", value->id->name));
    if (value->form == WIRE_LIST) {
        tree = jtree_list();
        for (size_t i = 0; i < value->items.count; i++)
            jtree_add(tree, removal_json(maker, value->items.at[i], &one));
        return tree;
    }
    if (value->form != WIRE_MEMBERS)
        return wire_about(&maker->show, value, type, 0, UINT32_MAX);
    tree = jtree_object();
    for (size_t i = 0; i < value->fields.count; i++) {
        const struct wire_field *field = &value->fields.at[i];
        jtree_put(tree, field->member->name, removal_json(maker, field->value, &field->member->type));
    }
    return tree;
}

static struct jtree *kinds_json(struct maker *maker) {
    struct jtree *list = jtree_list();
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        if (kind->describe == NULL)
            continue;
        struct jtree *object = jtree_object(), *remove = jtree_list(), *ids = jtree_object();
        jtree_put(object, "kind", jtree_text(kind->name));
        jtree_put(object, "describe", jtree_text(kind->describe->name));
        jtree_put(object, "select", jtree_text(kind->describe_ids->name));
        jtree_put(object, "list", jtree_text(kind->describe_list));
        for (size_t i = 0; i < kind->view->fields.count; i++) { /* where the description shows the ids */
            const struct wire_field *field = &kind->view->fields.at[i];
            if (field->value->form == WIRE_REFERENCE && field->value->id != NULL)
                jtree_put(ids, field->value->id->name, jtree_text(field->member->name));
        }
        jtree_put(object, "ids", ids);
        for (size_t m = 0; m < kind->remove.count && kind->kind->objects.count > 0; m++) {
            const struct wire_make *make = &kind->remove.at[m];
            struct jtree *call = jtree_object(), *sent = jtree_object();
            jtree_put(call, "op", jtree_text(make->operation->name));
            for (size_t i = 0; i < make->send->fields.count; i++) { /* of any object: its ids by name */
                const struct wire_field *field = &make->send->fields.at[i];
                jtree_put(sent, field->member->name, removal_json(maker, field->value, &field->member->type));
            }
            jtree_put(call, "params", sent);
            if (make->retry != NULL)
                jtree_put(call, "retry", jtree_text(make->retry));
            if (make->wait != NULL)
                jtree_put(call, "wait", jtree_bool(true));
            jtree_add(remove, call);
        }
        jtree_put(object, "remove", remove);
        jtree_add(list, object);
    }
    return list;
}

/* ---- vectors ---- */

static struct jtree *view_json(struct maker *maker, const struct wire_kind *kind, uint32_t object) {
    struct jtree *view = wire_view(&maker->show, kind, object);
    for (size_t i = 0; i < kind->of_scope.count; i++)
        jtree_remove(view, kind->of_scope.at[i]);
    return view;
}

/* Will it show the same when all has happened that happens by itself? */
static bool stays(struct maker *maker, const struct wire_kind *kind, uint32_t object, const struct jtree *view,
                  const int32_t *later) {
    if (find_owner(maker->moving, view) != NULL)
        return false;
    maker->show.valuation = later;
    struct jtree *last = view_json(maker, kind, object);
    char *now = jtree_canonical(view), *then = jtree_canonical(last);
    bool same = strcmp(now, then) == 0;
    free(now);
    free(then);
    jtree_free(last);
    return same;
}

/* NULL: no call makes it.  `null`: it exists, but may be gone at any time; {}: it exists, and what it shows is not
 * ours, or changes by itself. */
static struct jtree *object_json(struct maker *maker, const struct wire_kind *kind, uint32_t object,
                                 const int32_t *valuation, const int32_t *later) {
    maker->show.valuation = later;
    bool lasts = wire_holds(&maker->show, kind->exists, object, UINT32_MAX);
    maker->show.valuation = valuation;
    if (!wire_holds(&maker->show, kind->exists, object, UINT32_MAX) ||
        jtree_get(maker->absent, symbol(maker, &kind->ids.at[0], object)) != NULL)
        return NULL;
    if (!lasts)
        return jtree_null();
    struct jtree *view = view_json(maker, kind, object);
    if (find_absent(maker, view) == NULL && stays(maker, kind, object, view, later))
        return view;
    jtree_free(view);
    return jtree_object();
}

static struct jtree *moving_json(struct maker *maker, const int32_t *valuation) {
    struct jtree *moving = jtree_object();
    maker->show.valuation = valuation;
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        for (uint32_t o = 0; kind->settled != NULL && o < kind->kind->objects.count; o++)
            if (!wire_holds(&maker->show, kind->settled, o, UINT32_MAX))
                jtree_put(moving, symbol(maker, &kind->ids.at[0], o), jtree_text(""));
    }
    return moving;
}

/* Everything that descriptions show of interfaces, Elastic IPs, instances, …: those that exist. */
static struct jtree *observed_json(struct maker *maker, const int32_t *valuation) {
    struct jtree *object = jtree_object();
    int32_t *later = memory_resize(NULL, (maker->rulebook->state_width + 1) * sizeof *later);
    settled_later(&maker->show, valuation, later);
    maker->moving = moving_json(maker, valuation);
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        if (kind->describe == NULL || kind->exists == NULL)
            continue;
        struct jtree *list = jtree_object();
        for (uint32_t o = 0; o < kind->kind->objects.count; o++) {
            struct jtree *view = object_json(maker, kind, o, valuation, later);
            if (view != NULL)
                jtree_put(list, symbol(maker, &kind->ids.at[0], o), view);
        }
        jtree_put(object, kind->name, list);
    }
    jtree_free(maker->moving);
    free(later);
    return object;
}

static struct jtree *expect_json(const struct vector_step *step) {
    struct jtree *expect = jtree_object();
    if (step->failed == STEP_OK) {
        jtree_put(expect, "ok", jtree_object());
        return expect;
    }
    struct jtree *error = jtree_object(), *also = jtree_list();
    const struct check *check = &step->action->checks.at[step->failed];
    for (size_t i = 0; i < step->also_count; i++)
        jtree_add(also, jtree_text(step->also[i]));
    jtree_put(error, "code", jtree_text(check->codes[0]));
    jtree_put(error, "also", also);
    jtree_put(error, "rule", jtree_text(check->origin.id));
    jtree_put(error, "source", jtree_text(check->origin.source));
    jtree_put(expect, "error", error);
    return expect;
}

/* Which ids the answer tells: those of what the call made or the service chose, and ids that begin with the call. */
static struct jtree *bind_json(struct maker *maker, const struct wire_action *mapped, const struct vector_step *step) {
    struct jtree *object = jtree_object();
    for (size_t i = 0; i < mapped->answers.count; i++) {
        const struct wire_answer *answer = &mapped->answers.at[i];
        if (answer->value->form != WIRE_REFERENCE || answer->value->id == NULL ||
            answer->value->binding->type->form == TYPE_SET)
            continue;
        int32_t number = step->arguments[wire_offset(step->action, answer->value->binding)];
        if (number >= 0 && !is_fixed(answer->value->id))
            jtree_put(object, symbol(maker, answer->value->id, (uint32_t)number), jtree_text(answer->path));
    }
    return object;
}

/* Of objects that came into being with a call, but whose ids the answer does not tell, as a VPC's default group: the
 * descriptions that tell them. */
static struct jtree *find_json(struct maker *maker, const struct jtree *bound, const int32_t *before,
                               const int32_t *after) {
    struct jtree *calls = jtree_list();
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        for (uint32_t o = 0; kind->exists != NULL && kind->find.count > 0 && o < kind->kind->objects.count; o++) {
            maker->show.valuation = before;
            bool is_old = wire_holds(&maker->show, kind->exists, o, UINT32_MAX);
            maker->show.valuation = after;
            if (!is_old && wire_holds(&maker->show, kind->exists, o, UINT32_MAX) &&
                jtree_get(bound, symbol(maker, &kind->ids.at[0], o)) == NULL)
                for (size_t m = 0; m < kind->find.count; m++)
                    if (wire_holds(&maker->show, kind->find.at[m].condition, o, UINT32_MAX))
                        add_call(maker, kind, &kind->find.at[m], o, UINT32_MAX, calls);
        }
    }
    return calls;
}

/* Where an answer, if the call succeeded against the rules, would tell what it has made: path -> kind. */
static struct jtree *would_make_json(const struct wire_action *mapped) {
    struct jtree *object = jtree_object();
    for (size_t i = 0; i < mapped->answers.count; i++) {
        const struct wire_answer *answer = &mapped->answers.at[i];
        const struct wire_id *id = answer->value->form == WIRE_REFERENCE ? answer->value->id : NULL;
        if (id != NULL && id->prefix != NULL && id->index == 0 && answer->value->binding->mode == BINDING_NEW)
            jtree_put(object, answer->path, jtree_text(id->of->name));
    }
    return object;
}

/* Addresses and blocks that the service chose: an implementation may choose others. */
static struct jtree *chosen_json(struct maker *maker, const struct vector_step *step) {
    struct jtree *list = jtree_list();
    const int32_t *values = step->arguments + action_width(step->action, false);
    for (size_t i = 0; i < step->action->choices.count; i++) {
        const struct binding *choice = step->action->choices.at[i];
        const struct wire_kind *kind =
            choice->type->form == TYPE_REF ? wire_kind(maker->wire, choice->type->kind) : NULL;
        if (kind != NULL && *values >= 0 && kind->ids.at[0].form != NULL && !is_fixed(&kind->ids.at[0]))
            jtree_add(list, jtree_text(symbol(maker, &kind->ids.at[0], (uint32_t)*values)));
        values += choice->width;
    }
    return list;
}

static void add_once(struct jtree *list, const char *text) {
    for (size_t i = 0; i < jtree_count(list); i++)
        if (strcmp(jtree_string(jtree_at(list, i)), text) == 0)
            return;
    jtree_add(list, jtree_text(text));
}

static void require_limit(struct maker *maker, const char *code, struct jtree *requires) {
    for (size_t i = 0; i < maker->wire->small_limits.count; i++)
        if (strcmp(maker->wire->small_limits.at[i], code) == 0)
            add_once(requires, arena_format(maker->arena, "limit:%s", code));
}

/* Does the object have this id, and by which value of the rulebook does it change? */
static bool has_id(struct maker *maker, const struct wire_id *id, uint32_t object, const int32_t *state, int32_t *key) {
    maker->show.valuation = state;
    *key = 0;
    if ((id->of->exists != NULL && !wire_holds(&maker->show, id->of->exists, object, UINT32_MAX)) ||
        !wire_holds(&maker->show, id->exists, object, UINT32_MAX))
        return false;
    return id->changes == NULL || define_values(&maker->evaluator, id->changes, &object, state, key);
}

/* Ids that begin with the step: the implementation makes them up, each time others. */
static struct jtree *fresh_json(struct maker *maker, const int32_t *before, const int32_t *after) {
    struct jtree *list = jtree_list();
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        for (size_t i = 0; i < kind->ids.count; i++)
            for (uint32_t o = 0; kind->ids.at[i].prefix != NULL && o < kind->kind->objects.count; o++) {
                int32_t old_key, key;
                bool was = has_id(maker, &kind->ids.at[i], o, before, &old_key);
                if (has_id(maker, &kind->ids.at[i], o, after, &key) && (!was || key != old_key))
                    jtree_add(list, jtree_text(symbol(maker, &kind->ids.at[i], o)));
            }
    }
    return list;
}

static struct jtree *step_json(struct maker *maker, const struct vector_step *step, const int32_t *before,
                               struct jtree *requires, struct jtree *skip) {
    struct arena *arena = maker->arena;
    const int32_t *after = before + maker->rulebook->state_width;
    struct jtree *object = jtree_object();
    const struct action *action = step->action->base;
    if (action->origin.capability != NULL)
        add_once(requires, arena_format(arena, "capability:%s", action->origin.capability));
    if (action->by != BY_CLIENT) {
        const struct wire_event *event = wire_event(maker->wire, action);
        jtree_put(object, "event", jtree_text(action->name));
        for (size_t i = 0; i < action->choices.count; i++)
            if (action->choices.at[i]->mode == BINDING_NEW)
                add_once(skip, arena_format(arena, "event %s: makes an object whose id no answer tells", action->name));
        if (event == NULL || event->see == NULL)
            add_once(skip, arena_format(arena, "event %s: %s", action->name,
                                        event == NULL ? "not in the mapping" : event->cause));
    } else {
        const struct wire_action *mapped = wire_action(maker->wire, action);
        const char *reason = "the mapping has no such action";
        maker->show.valuation = before;
        struct jtree *params =
            mapped == NULL ? NULL : wire_request(&maker->show, mapped, step->arguments, NULL, &reason);
        if (params == NULL) {
            add_once(skip, arena_format(arena, "action %s: %s", action->name, reason));
            params = jtree_null();
        }
        if (mapped != NULL && mapped->as != NULL)
            add_once(skip, arena_format(arena, "action %s: %s calls it", action->name, mapped->as));
        const char *missing = find_absent(maker, params);
        if (missing != NULL)
            add_once(skip, missing);
        jtree_put(object, "op",
                  jtree_text(mapped == NULL || mapped->operation == NULL ? action->name : mapped->operation->name));
        jtree_put(object, "params", params);
        jtree_put(object, "expect", expect_json(step));
        if (step->failed == STEP_OK && mapped != NULL) {
            jtree_put(object, "bind", bind_json(maker, mapped, step));
            jtree_put(object, "find", find_json(maker, jtree_get(object, "bind"), before, after));
        }
        if (step->failed == STEP_OK)
            jtree_put(object, "chosen", chosen_json(maker, step));
        else if (mapped != NULL)
            jtree_put(object, "would_make", would_make_json(mapped));
        if (step->failed != STEP_OK) {
            const struct check *check = &action->checks.at[step->failed];
            require_limit(maker, check->codes[0], requires);
            if (check->origin.capability != NULL)
                add_once(requires, arena_format(arena, "capability:%s", check->origin.capability));
        }
    }
    jtree_put(object, "fresh", fresh_json(maker, before, after));
    jtree_put(object, "after", observed_json(maker, after));
    jtree_put(object, "unchanged",
              jtree_bool(memcmp(before, after, maker->rulebook->state_width * sizeof *before) == 0));
    return object;
}

/* The initial state as calls make it: without the objects that none makes, and without any word of them. */
static void leave_out_absent(struct maker *maker, int32_t *state) {
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct wire_kind *kind = maker->wire->kinds.at[k];
        for (uint32_t o = 0; o < kind->kind->objects.count; o++) {
            int32_t *own = state + kind->kind->state_base + (size_t)o * kind->kind->state_width;
            maker->show.valuation = maker->source->initial;
            for (size_t m = 0; m < kind->make.count; m++)
                if (kind->make.at[m].without != NULL &&
                    wire_holds(&maker->show, kind->make.at[m].condition, o, UINT32_MAX))
                    own[kind->make.at[m].without->offset] = kind->make.at[m].without->initial;
            if (jtree_get(maker->absent, symbol(maker, &kind->ids.at[0], o)) == NULL)
                continue;
            for (size_t f = 0; f < kind->kind->fields.count; f++)
                for (uint32_t i = 0; !kind->kind->fields.at[f]->is_constant && i < kind->kind->fields.at[f]->width; i++)
                    own[kind->kind->fields.at[f]->offset + i] = kind->kind->fields.at[f]->initial;
        }
    }
    for (size_t k = 0; k < maker->wire->kinds.count; k++) {
        const struct kind *kind = maker->wire->kinds.at[k]->kind;
        for (size_t f = 0; f < kind->fields.count; f++) {
            const struct field *field = kind->fields.at[f];
            const struct wire_kind *other =
                field->is_constant || field->type->form != TYPE_REF ? NULL : wire_kind(maker->wire, field->type->kind);
            for (uint32_t o = 0; other != NULL && o < kind->objects.count; o++) {
                int32_t *value = state + kind->state_base + (size_t)o * kind->state_width + field->offset;
                if (*value >= 0 && jtree_get(maker->absent, symbol(maker, &other->ids.at[0], (uint32_t)*value)) != NULL)
                    *value = field->initial;
            }
        }
    }
}

/* Would the answers be others in a network without the objects that no call makes? */
static bool depends_on_absent(struct maker *maker, const struct vector *vector) {
    uint32_t width = maker->rulebook->state_width;
    int32_t *state = memory_resize(NULL, 2 * (width + 1) * sizeof *state), *next = state + width + 1;
    bool same = true;
    memcpy(state, maker->source->initial, width * sizeof *state);
    leave_out_absent(maker, state);
    for (size_t i = 0; i < vector->steps.count && same; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        bool is_ok = step->failed == STEP_OK;
        enum eval_outcome outcome = eval_step(&maker->evaluator, step->action, step->arguments, is_ok, state, next);
        same = is_ok ? outcome == EVAL_OK : outcome == EVAL_ERROR && maker->evaluator.failed_check == step->failed;
        if (is_ok)
            memcpy(state, next, width * sizeof *state);
    }
    free(state);
    return !same;
}

/* The step's arguments with two objects of a kind in each other's place. */
static void swap_objects(const struct vector_step *step, const struct kind *kind, int32_t one, int32_t other,
                         int32_t *values) {
    size_t at = 0;
    memcpy(values, step->arguments, action_width(step->action, step->failed == STEP_OK) * sizeof *values);
    for (size_t i = 0; i < step->action->parameters.count + step->action->choices.count; i++) {
        bool is_choice = i >= step->action->parameters.count;
        const struct binding *binding =
            is_choice ? step->action->choices.at[i - step->action->parameters.count] : step->action->parameters.at[i];
        if (is_choice && step->failed != STEP_OK)
            return;
        if (binding->type->form == TYPE_REF && binding->type->kind == kind)
            values[at] = values[at] == one ? other : values[at] == other ? one : values[at];
        at += binding->width;
    }
}

/* Do the answers stay the same if the service chooses `other` in step `index`, and both names change places from then
 * on?  Also if it may not choose that. */
static bool answers_stay(struct maker *maker, const struct vector *vector, size_t index, const struct binding *choice,
                         int32_t one, int32_t other, bool *may) {
    uint32_t width = maker->rulebook->state_width;
    int32_t *state = memory_resize(NULL, (2 * (width + 1) + MOST_VALUES) * sizeof *state), *next = state + width + 1,
            *values = next + width + 1;
    bool same = true;
    memcpy(state, maker->source->initial, width * sizeof *state);
    leave_out_absent(maker, state);
    for (size_t i = 0; i < vector->steps.count && same; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        bool is_ok = step->failed == STEP_OK;
        if (action_width(step->action, true) > MOST_VALUES)
            break;
        memcpy(values, step->arguments, action_width(step->action, is_ok) * sizeof *values);
        if (i == index)
            values[wire_offset(step->action, choice)] = other;
        else if (i > index)
            swap_objects(step, choice->type->kind, one, other, values);
        enum eval_outcome outcome = eval_step(&maker->evaluator, step->action, values, is_ok, state, next);
        same = is_ok ? outcome == EVAL_OK : outcome == EVAL_ERROR && maker->evaluator.failed_check == step->failed;
        if (i == index && !same) { /* it may not */
            same = true;
            break;
        }
        *may = *may || i == index;
        if (is_ok)
            memcpy(state, next, width * sizeof *state);
    }
    free(state);
    return same;
}

/* Does it matter for later answers which address the service chooses in this step?  `*is_open`: may it choose others?
 */
static bool choice_matters(struct maker *maker, const struct vector *vector, size_t index, bool *is_open) {
    const struct vector_step *step = &vector->steps.at[index];
    bool matters = false;
    for (size_t c = 0; c < step->action->choices.count && step->failed == STEP_OK && !matters; c++) {
        const struct binding *choice = step->action->choices.at[c];
        const struct wire_kind *kind =
            choice->type->form == TYPE_REF ? wire_kind(maker->wire, choice->type->kind) : NULL;
        int32_t one = step->arguments[wire_offset(step->action, choice)];
        if (kind == NULL || kind->ids.at[0].form == NULL || one < 0)
            continue;
        for (int32_t other = 0; other < (int32_t)kind->kind->objects.count && !matters; other++)
            matters = other != one && !answers_stay(maker, vector, index, choice, one, other, is_open);
    }
    return matters;
}

static struct jtree *vector_json(struct maker *maker, const struct vector *vector) {
    struct jtree *object = jtree_object(), *steps = jtree_list(), *requires = jtree_list(), *skip = jtree_list();
    uint32_t width = maker->rulebook->state_width;
    int32_t *settled = memory_resize(NULL, ((vector->steps.count + 1) * width + 1) * sizeof *settled);
    bool *settles = memory_resize(NULL, (vector->steps.count + 1) * sizeof *settles);
    bool is_settled = settled_play(&maker->show, vector, settled, settles);
    if (!is_settled)
        add_once(requires, "held-transitions");
    for (size_t i = 0; i < vector->steps.count; i++) {
        const int32_t *before = (is_settled ? settled : vector->states) + i * width;
        struct jtree *step = step_json(maker, &vector->steps.at[i], before, requires, skip);
        bool is_open = false;
        jtree_put(step, "settles", jtree_bool(is_settled && settles[i]));
        if (i + 1 < vector->steps.count && choice_matters(maker, vector, i, &is_open))
            jtree_put(step, "choice_matters", jtree_bool(true));
        if (is_open)
            jtree_put(step, "choice_open", jtree_bool(true));
        jtree_add(steps, step);
    }
    free(settled);
    free(settles);
    if (jtree_count(skip) == 0 && depends_on_absent(maker, vector))
        add_once(skip, "its answers depend on an object that no call makes");
    jtree_put(object, "id", jtree_text(vector->id));
    jtree_put(object, "title", jtree_text(vector->title));
    jtree_put(object, "requires", requires);
    jtree_put(object, "cannot", skip);
    jtree_put(object, "steps", steps);
    return object;
}

struct jtree *calls_of(const struct calls_source *source, const struct wire *wire, const char *version) {
    struct maker maker = {.source = source, .arena = source->arena, .wire = wire, .rulebook = source->rulebook};
    struct jtree *file = jtree_object(), *vectors = jtree_list();
    maker.absent = jtree_object();
    evaluator_init(&maker.evaluator, maker.rulebook);
    maker.places = wire_places_new(wire, &maker.evaluator);
    maker.show = (struct wire_show){
        wire, &maker.evaluator, source->initial, {.context = &maker, .text = name_of, .profile = profile_of}};
    jtree_put(file, "format", jtree_text("enimc-calls"));
    jtree_put(file, "format_version", jtree_text("1.1"));
    jtree_put(file, "tool", jtree_text(version));
    jtree_put(file, "rulebook_sha256", jtree_text(maker.rulebook->sha256));
    jtree_put(file, "api_version", jtree_text(wire->version));
    jtree_put(file, "profile", profile_json(&maker));
    jtree_put(file, "symbols", symbols_json(&maker));
    jtree_put(file, "kinds", kinds_json(&maker));
    add_fixture(&maker, file);
    jtree_put(file, "initially", observed_json(&maker, source->initial));
    for (size_t i = 0; i < source->count; i++)
        jtree_add(vectors, vector_json(&maker, &source->vectors[i]));
    jtree_put(file, "vectors", vectors);
    jtree_put(file, "not_made", maker.absent);
    evaluator_clear(&maker.evaluator);
    return file;
}

struct jtree *calls_json(struct suite *suite, const struct wire *wire, const char *version) {
    const struct calls_source source = {.rulebook = suite->system->rulebook,
                                        .initial = suite->system->initial,
                                        .vectors = suite->vectors.at,
                                        .count = suite->vectors.count,
                                        .arena = &suite->arena};
    return calls_of(&source, wire, version);
}

/* Features that few implementations have; capabilities are left to the levels. */
static const char *rare_needs(struct arena *arena, const struct jtree *requires) {
    const char *text = "";
    for (size_t i = 0; i < jtree_count(requires); i++) {
        const char *feature = jtree_string(jtree_at(requires, i));
        if (strncmp(feature, "capability:", 11) != 0 || strcmp(feature, "capability:quotas") == 0)
            text = arena_format(arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", feature);
    }
    return text;
}

struct tour_kinds calls_kinds(struct suite *suite, const struct wire *wire) {
    struct jtree *file = calls_json(suite, wire, "");
    const struct jtree *vectors = jtree_get(file, "vectors");
    const char **kinds = arena_alloc(&suite->arena, (jtree_count(vectors) + 1) * sizeof *kinds);
    bool *settles = arena_alloc(&suite->arena, jtree_count(vectors) + 1);
    bool *at_once = arena_alloc(&suite->arena, wire->rulebook->actions.count + 1);
    for (size_t i = 0; i < jtree_count(vectors); i++) {
        const struct jtree *vector = jtree_at(vectors, i);
        const char *needs = rare_needs(&suite->arena, jtree_get(vector, "requires"));
        kinds[i] = jtree_count(jtree_get(vector, "cannot")) > 0 ? "cannot be brought about" : needs;
        settles[i] = strstr(needs, "held-transitions") == NULL;
    }
    for (size_t e = 0; e < wire->events.count; e++)
        at_once[wire->events.at[e]->action->index] = settled_event(wire->events.at[e]);
    jtree_free(file);
    return (struct tour_kinds){kinds, settles, at_once};
}
